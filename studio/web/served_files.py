"""Painted files on disk for the page to show and to download; what lasts is in the store."""

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from PIL import Image

from studio.web.guard import folder_name

# Strokes of pure colours lie side by side: JPEG must not average their colours.
OPTIONS = {
    "PNG": {"compress_level": 3},
    "JPEG": {"quality": 92, "subsampling": 0},
    "WEBP": {"quality": 80, "method": 2},
}


class ResultFolder:
    """A temporary folder with a bounded number of files, each in a folder of unguessable name.

    Gradio serves the files from here and makes no copies. visit: the browser that a file is for; nobody else gets it.
    """

    def __init__(self, kept: int):
        self._holder = tempfile.TemporaryDirectory(prefix="atelier-")
        self._root, self._kept = Path(self._holder.name), kept
        self._shelves: dict[str, Path] = {}  # by visit
        gr.set_static_paths([self._root])

    def add(self, name: str, image: Image.Image, format: str = "PNG", visit: str = "", **options: object) -> Path:
        """Write an image under a name that suits a download; options are Pillow's."""
        path = self.place(name, format.lower(), visit)
        image.save(path, format, **OPTIONS[format] | options)
        return path

    def copy(self, name: str, source: Path, visit: str = "") -> Path:
        """Copy a file under a name that suits a download."""
        return Path(shutil.copyfile(source, self._room(visit) / name))

    def shelf(self, sources: Sequence[Path], visit: str) -> list[Path]:
        """Copies of files that are only looked at; all of a visit count as one.

        A file keeps its address from one call to the next, so that a browser need not load it again.
        """
        folder = self._shelves.get(visit)
        if not folder or not folder.exists():
            folder = self._room(visit)
            if visit:  # without one, nobody would find it again
                self._shelves = {key: path for key, path in self._shelves.items() if path.exists()} | {visit: folder}
        os.utime(folder)  # in use, so it is not the oldest
        paths = [folder / source.name for source in sources]
        for source, path in zip(sources, paths):
            if not path.exists():
                fresh = folder / secrets.token_hex(8)  # another thread must not find half a file
                os.replace(shutil.copyfile(source, fresh), path)
        return paths

    def place(self, name: str, suffix: str, visit: str = "") -> Path:
        """Where to write a file whose name suits a download."""
        return self._room(visit) / f"{clean_stem(name)}.{suffix}"

    def _room(self, visit: str) -> Path:
        """A new folder, for which the oldest may have to go."""
        oldest_first = sorted(self._root.iterdir(), key=lambda f: f.stat().st_mtime)
        for folder in oldest_first[: len(oldest_first) + 1 - self._kept]:
            shutil.rmtree(folder, ignore_errors=True)
        folder = self._root / folder_name(visit)
        folder.mkdir()
        return folder


def clean_stem(name: str) -> str:
    """A file name without its ending, whatever the text."""
    return re.sub(r"[^\w.-]+", "_", name)[:80].strip("._") or "painting"
