"""Painted files on disk, until the Gallery keeps them for good."""

import re
import secrets
import shutil
import tempfile
from pathlib import Path

from PIL import Image


class ResultFolder:
    """A temporary folder with a bounded number of files, each in a folder of unguessable name."""

    def __init__(self, kept: int):
        self._holder = tempfile.TemporaryDirectory(prefix="atelier-")
        self._root, self._kept = Path(self._holder.name), kept

    def add(self, name: str, image: Image.Image, format: str = "PNG") -> Path:
        """Write an image under a name that suits a download."""
        clean = re.sub(r"[^\w.-]+", "_", name)[:80].strip("._") or "painting"
        path = self._room() / f"{clean}.{format.lower()}"
        options = {"compress_level": 3} if format == "PNG" else {"quality": 92}
        image.save(path, format, **options)
        return path

    def copy(self, name: str, source: Path) -> Path:
        """Copy a file under a name that suits a download."""
        return Path(shutil.copyfile(source, self._room() / name))

    def _room(self) -> Path:
        """A new folder, for which the oldest may have to go."""
        oldest_first = sorted(self._root.iterdir(), key=lambda f: f.stat().st_mtime)
        for folder in oldest_first[: len(oldest_first) + 1 - self._kept]:
            shutil.rmtree(folder, ignore_errors=True)
        folder = self._root / secrets.token_urlsafe(16)
        folder.mkdir()
        return folder
