"""The public wall: paintings that visitors chose to show to everybody.

A painting there is two files: the picture, with its pixels alone, and a JSON record of how it was made, which names
nothing of the visitor's own. What is to be uploaded waits in ``new``; ``shown`` holds a small picture and the record of
what the page shows, wherever it came from.
"""

import json
import re
import secrets
import shutil
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from studio.gallery.database import StoreError
from studio.gallery.models import Result
from studio.gallery.recipe import Recipe, bare_photo, read_texts
from studio.gallery.store import Store
from studio.settings import PAGE_SIDE, WALL_BYTES, WALL_OF_ONE, WALL_RECORD_BYTES, WALL_SHOWN, WALL_WAITING
from studio.web.guard import keep_open
from stylegan.formats.safe_write import replacing
from stylegan.settings import MIN_SIDE

PICTURE, RECORD = ".webp", ".json"
SMALL_SIDE = 384  # px
FROM_A_PICTURE = "From a picture"  # what a style is called there that came from the visitor's picture
NAME = re.compile(r"[0-9a-f]{12}-[0-9a-f]{16}")  # when it was published, and what nobody can guess


@dataclass(frozen=True)
class PublishedPainting:
    """A painting on the wall."""

    name: str
    picture: Path  # a small one
    recipe: Recipe


class PublicWall:
    """What is on the wall, and which visitor may take it off."""

    def __init__(self, root: Path, store: Store, dataset: str):
        self.dataset = dataset  # owner/name, on the Hub
        self.new = root / "new"
        self.urgent = threading.Event()  # something should leave the dataset at once
        self._store, self._publications = store, store.publications(dataset)
        self._shown, self._fresh = root / "shown", root / "fresh"
        self._lock = threading.Lock()
        shutil.rmtree(self._fresh, ignore_errors=True)
        for folder in (self.new, self._shown, self._fresh):
            folder.mkdir(parents=True, exist_ok=True)
        gr.set_static_paths([self._shown])
        keep_open([self._shown])

    def has(self, owner_key: str, id: str) -> bool:
        """Whether a painting of the owner's is on the wall.

        Raises:
            StoreError: the owner has no such painting.
        """
        return bool(self._publications.name_of(self._store.get(owner_key, id).id))

    def publish(self, owner_key: str, id: str) -> None:
        """Show one of the owner's paintings to everybody.

        Raises:
            StoreError: the owner has no such painting, or as many there as can be; too many wait; the disk is full.
        """
        result = self._store.get(owner_key, id)
        name = f"{int(time.time() * 1000):012x}-{secrets.token_hex(8)}"
        picture, recipe = _bare_picture(result), _bare_recipe(result)
        facts = {"width": picture.width, "height": picture.height, "date": time.strftime("%Y-%m-%d", time.gmtime())}
        files = {PICTURE: _encoded(picture, quality=88), RECORD: _record(recipe, **facts)}
        with self._lock:  # nothing is taken off in between, so that no file is without its row
            if sum(path.suffix == RECORD for path in self.new.iterdir()) >= WALL_WAITING:
                raise StoreError("Many paintings wait for their place on the wall. Try again in some minutes.")
            if not self._publications.add(result.id, name, WALL_OF_ONE):
                return
            try:
                for suffix, content in files.items():
                    self._write(self.new / f"{name}{suffix}", content)
                self._show(name, picture, recipe)
            except OSError as error:
                self._remove([name])
                self._publications.delete([name])
                raise StoreError("The public wall's disk cannot take it.") from error

    def withdraw(self, owner_key: str, id: str) -> None:
        """Take one of the owner's paintings off: here at once, in the dataset as soon as it can be reached.

        Raises:
            StoreError: the owner has no such painting.
        """
        self._publications.withdraw(self._store.get(owner_key, id).id)
        self.take_off_withdrawn()

    def take_off_withdrawn(self) -> None:
        """Remove withdrawn and deleted paintings here at once, and from the dataset as soon as it can be reached."""
        if self.purge_withdrawn():
            self.urgent.set()

    def purge_withdrawn(self) -> list[str]:
        """Remove the files of what was withdrawn or deleted; returns the names, which the dataset may still have."""
        with self._lock:
            names = self._publications.mark_withdrawn()
            self._remove(names)
        return names

    def delete_publications(self, names: Sequence[str]) -> None:
        """Delete the rows of paintings that have left the dataset, too."""
        self._publications.delete(names)

    def latest(self) -> list[PublishedPainting]:
        """What the page shows, the newest first."""
        self.purge_withdrawn()
        paintings = map(self._published, sorted((path.stem for path in self._shown.glob(f"*{RECORD}")), reverse=True))
        return [painting for painting in paintings if painting][:WALL_SHOWN]

    def find(self, name: str) -> PublishedPainting:
        """A painting on the wall.

        Raises:
            StoreError: it was taken off.
        """
        painting = self._published(name)
        if not painting:
            raise StoreError("This painting is not on the wall any more.")
        return painting

    # What the dataset holds.

    def delete_others(self, names: Collection[str]) -> None:
        """Delete local paintings that are neither among the dataset's names nor queued for upload."""
        with self._lock:
            names = {*names, *(path.stem for path in self.new.iterdir())}
            self._remove([path.stem for path in self._shown.iterdir() if path.stem not in names])
            self._publications.delete_others(names)

    def is_missing(self, name: str) -> bool:
        """Whether a painting of the dataset is still to be downloaded."""
        return not (self._shown / f"{name}{RECORD}").exists()

    def import_painting(self, folder: Path, name: str) -> bool:
        """Show a painting whose two files came from the dataset; false for one that the app cannot have published."""
        recipe, picture = _read_record(folder / f"{name}{RECORD}"), _read_picture(folder / f"{name}{PICTURE}")
        if recipe is None or picture is None:
            return False
        with self._lock:
            self._show(name, picture, recipe)
        return True

    # Files.

    def _show(self, name: str, picture: Image.Image, recipe: Recipe) -> None:
        small = picture.copy()
        small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
        self._write(self._shown / f"{name}{PICTURE}", _encoded(small, quality=80))
        self._write(self._shown / f"{name}{RECORD}", _record(recipe))
        oldest_first = sorted(path.stem for path in self._shown.glob(f"*{RECORD}"))
        for old in oldest_first[:-WALL_SHOWN]:
            for suffix in (RECORD, PICTURE):
                (self._shown / f"{old}{suffix}").unlink(missing_ok=True)

    def _published(self, name: str) -> PublishedPainting | None:
        recipe, picture = _read_record(self._shown / f"{name}{RECORD}"), self._shown / f"{name}{PICTURE}"
        return PublishedPainting(name, picture, recipe) if recipe and picture.exists() else None

    def _write(self, path: Path, content: bytes) -> None:
        with replacing(path, self._fresh) as partial:
            partial.write_bytes(content)

    def _remove(self, names: Sequence[str]) -> None:
        for name in names:
            for folder in (self.new, self._shown):
                for suffix in (RECORD, PICTURE):
                    (folder / f"{name}{suffix}").unlink(missing_ok=True)


def _bare_picture(result: Result) -> Image.Image:
    picture = bare_photo(result.painting)
    picture.thumbnail((PAGE_SIDE, PAGE_SIDE), Image.Resampling.LANCZOS)
    return picture


def _bare_recipe(result: Result) -> Recipe:
    recipe = result.recipe.public()
    return replace(recipe, title=FROM_A_PICTURE) if result.recipe.picture else recipe


def _encoded(picture: Image.Image, quality: int) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "WEBP", quality=quality)
    return buffer.getvalue()


def _record(recipe: Recipe, **facts: Any) -> bytes:
    """What is said of a painting, as JSON."""
    return json.dumps({"recipe": recipe.texts(), **facts}, ensure_ascii=False, indent=2).encode()


def _read_record(path: Path) -> Recipe | None:
    """The recipe in a record from anywhere; None where there is none that the app could have written."""
    try:
        if path.stat().st_size > WALL_RECORD_BYTES:
            return None
        texts = json.loads(path.read_bytes())["recipe"]
        recipe = read_texts(texts) if isinstance(texts, dict) else None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return recipe.public() if recipe else None


def _read_picture(path: Path) -> Image.Image | None:
    """The pixels of a picture from anywhere; None where it is none that the app could have written."""
    try:
        if path.stat().st_size > WALL_BYTES:
            return None
        with Image.open(path, formats=["WEBP"]) as picture:
            if max(picture.size) > PAGE_SIDE or min(picture.size) < MIN_SIDE or getattr(picture, "n_frames", 1) > 1:
                return None
            return bare_photo(picture)
    except Exception:  # Pillow's decoders raise almost anything for damaged files
        return None
