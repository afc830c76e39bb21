"""Painted files on disk for the page to show and to download; what lasts is in the store."""

import os
import re
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from studio.web.guard import folder_name, open_by_name
from stylegan.formats.safe_write import replacing
from stylegan.temporary import delete_left_behind, temporary_folder

# Strokes of pure colours lie side by side: JPEG must not average their colours.
OPTIONS = {
    "PNG": {"compress_level": 3},
    "JPEG": {"quality": 92, "subsampling": 0},
    "WEBP": {"quality": 80, "method": 2},
}


class ServedFiles:
    """A temporary folder with a bounded number of files, each in a folder of unguessable name.

    Gradio serves the files from here and makes no copies. session: the browser that a file is for; nobody else gets it.
    """

    def __init__(self, kept: int):
        delete_left_behind()
        self._holder = temporary_folder()
        self._root, self._kept = Path(self._holder.name), kept
        self._lock = threading.Lock()
        self._thumbnails: dict[str, Path] = {}  # by session
        gr.set_static_paths([self._root])
        open_by_name(self._root)

    def add(self, name: str, image: Image.Image, format: str = "PNG", session: str = "", **options: Any) -> Path:
        """Write an image under a name that suits a download; options are Pillow's."""
        path = self.new_path(name, format.lower(), session)
        image.save(path, format, **OPTIONS[format] | options)
        return path

    def copy(self, name: str, source: Path, session: str = "") -> Path:
        """Copy a file under a name that suits a download."""
        return Path(shutil.copyfile(source, self._new_folder(session) / name))

    def thumbnails(self, sources: Sequence[Path], session: str) -> list[Path]:
        """Copies of files that are only looked at; all of a session count as one.

        A file keeps its address from one call to the next, so that a browser need not load it again.
        """
        folder = self._thumbnails.get(session)
        if not folder or not _touched(folder):  # what is in use must not be the oldest
            folder = self._new_folder(session)
            if session:  # without one, nobody would find it again
                self._thumbnails = {key: path for key, path in self._thumbnails.items() if path.exists()} | {
                    session: folder
                }
        paths = [folder / source.name for source in sources]
        for source, path in zip(sources, paths):
            if not path.exists():
                with replacing(path, durable=False) as partial:  # another thread must not find half a file
                    shutil.copyfile(source, partial)
        return paths

    def new_path(self, name: str, suffix: str, session: str = "") -> Path:
        """Where to write a file whose name suits a download."""
        return self._new_folder(session) / f"{clean_stem(name)}.{suffix}"

    def _new_folder(self, session: str) -> Path:
        """Create a folder; the oldest ones beyond the limit are deleted."""
        folder = self._root / folder_name(session)
        with self._lock:  # two threads must not count, and delete, the same folders
            self._root.mkdir(mode=0o700, exist_ok=True)  # the system may have tidied it away
            folder.mkdir()
            others = sorted((each for each in self._root.iterdir() if each != folder), key=_age)
            for old in others[: max(0, len(others) + 1 - self._kept)]:
                shutil.rmtree(old, ignore_errors=True)
        return folder


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _touched(folder: Path) -> bool:
    try:
        os.utime(folder)
    except FileNotFoundError:
        return False
    return True


def clean_stem(name: str) -> str:
    """A file name without its ending, whatever the text."""
    return re.sub(r"[^\w.-]+", "_", name)[:80].strip("._-") or "painting"
