"""The styles that visitors have added or taught the generator: each is its owner's alone."""

import os
import re
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from studio.settings import OWN_STYLES, UNDO_SECONDS
from studio.web.visitor import owner_digest
from stylegan import StyleError, StylePack, StyleTransfer
from stylegan.formats.safe_write import delete_unfinished
from stylegan.formats.style_pack import MAX_NAME, SUFFIX, PackFacts, save_pack
from stylegan.images import to_image

OWN_PREFIX = "own:"  # prefix of the keys of visitors' styles; built-in styles use their bare name
ASIDE = ".deleted"  # added to the file of a style whose deletion can be undone
NUMBER = re.compile(r"[0-9a-f]{16,32}")  # of a style: when it was added, and what nobody can guess


def new_owner_key() -> str:
    """A key that only its owner's browser knows."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class OwnStyle:
    """A visitor's style, as the page shows it."""

    key: str  # "own:…", to choose it by
    title: str
    path: Path
    tile: Image.Image | None
    digest: str  # of what it knows, whatever it is called
    facts: PackFacts


class StyleLibrary:
    """Style packs in one folder for each owner. The owner's key is not on the disk, only its digest."""

    def __init__(self, root: Path, transfer: StyleTransfer):
        self._root, self._transfer = root, transfer
        self._known: dict[Path, OwnStyle] = {}  # without the packs, which are large
        self._lock = threading.Lock()
        self._delete_expired()
        for folder in root.glob("*"):
            delete_unfinished(folder)

    def styles(self, owner_key: str) -> list[OwnStyle]:
        """An owner's styles, the oldest first; those of another generator are left out."""
        folder = self._folder(owner_key)
        files = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
        return [style for path in files if (style := self._read(path))]

    def find(self, owner_key: str, key: str) -> OwnStyle:
        """One of an owner's styles.

        Raises:
            StyleError: the owner has no such style.
        """
        number = key.removeprefix(OWN_PREFIX)
        path = self._folder(owner_key) / f"{number}{SUFFIX}"
        style = self._read(path) if NUMBER.fullmatch(number) and path.is_file() else None
        if not style:
            raise StyleError("This style is not there any more.")
        return style

    def add(self, owner_key: str, pack: StylePack) -> OwnStyle:
        """Keep a style.

        Raises:
            StyleError: the owner has as many as can be kept.
        """
        self._check_room(owner_key)
        path = self._folder(owner_key) / f"{time.time_ns():016x}{secrets.token_hex(8)}{SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        delete_unfinished(path.parent)
        save_pack(path, pack)
        return self._style(path, pack)

    def remember(self, owner_key: str, picture: str) -> OwnStyle:
        """Keep a picture as a style, called as its file.

        Raises:
            ImageError, StyleError: the picture cannot be used, or there is no room.
        """
        self._check_room(owner_key)
        return self.add(owner_key, self._transfer.remember([picture], title_of(picture)))

    def load(self, owner_key: str, file: str) -> OwnStyle:
        """Keep the style of an uploaded file.

        Raises:
            StyleError: it is no style pack for this generator, or there is no room.
        """
        return self.add(owner_key, self._transfer.load_pack(file))

    def rename(self, owner_key: str, key: str, title: str) -> None:
        """Give a style another name; its place in the list stays."""
        path = self.find(owner_key, key).path
        save_pack(path, self._transfer.load_pack(path).renamed(title))
        with self._lock:
            self._known.pop(path, None)

    def delete(self, owner_key: str, key: str) -> None:
        """Delete a style."""
        path = self.find(owner_key, key).path
        path.unlink(missing_ok=True)
        with self._lock:
            self._known.pop(path, None)

    def set_aside(self, owner_key: str, key: str) -> None:
        """Delete a style so that ``bring_back`` can undo it for some minutes; those set aside longer ago are gone."""
        path = self.find(owner_key, key).path
        self._delete_expired()
        os.utime(path)
        path.replace(path.with_name(path.name + ASIDE))
        with self._lock:
            self._known.pop(path, None)

    def bring_back(self, owner_key: str, key: str) -> OwnStyle:
        """Undo a deletion.

        Raises:
            StyleError: there is no room any more, or it was too long ago.
        """
        self._check_room(owner_key)
        number = key.removeprefix(OWN_PREFIX)
        path = self._folder(owner_key) / f"{number}{SUFFIX}"
        aside = path.with_name(path.name + ASIDE)
        if NUMBER.fullmatch(number) and aside.is_file():
            aside.replace(path)
        return self.find(owner_key, key)

    def _delete_expired(self) -> None:
        """Delete the styles whose deletion can no longer be undone."""
        for path in self._root.glob(f"*/*{SUFFIX}{ASIDE}"):
            with suppress(FileNotFoundError):  # another thread was quicker
                if path.stat().st_mtime < time.time() - UNDO_SECONDS:
                    path.unlink()

    def _check_room(self, owner_key: str) -> None:
        if len(self.styles(owner_key)) >= OWN_STYLES:
            raise StyleError(f'You have {OWN_STYLES} styles. Delete one under "Teach a style" to make room.')

    def _folder(self, owner_key: str) -> Path:
        digest = owner_digest(owner_key)
        if not digest:
            raise StyleError("Your browser keeps no data for this page, so your styles cannot be told from others'.")
        return self._root / digest

    def _read(self, path: Path) -> OwnStyle | None:
        with self._lock:
            if path not in self._known:
                try:
                    self._known[path] = self._style(path, self._transfer.load_pack(path))
                except (StyleError, OSError):
                    return None
            return self._known[path]

    @staticmethod
    def _style(path: Path, pack: StylePack) -> OwnStyle:
        tile = to_image(pack.preview.float() / 255) if pack.preview is not None else None
        return OwnStyle(OWN_PREFIX + path.name.removesuffix(SUFFIX), pack.name, path, tile, pack.digest, pack.facts)


def title_of(picture: str) -> str:
    """A title for a style, from the name of a picture's file."""
    words = " ".join(re.sub(r"[^\w'.,()&+]|_", " ", Path(picture).stem).split())[:MAX_NAME].strip()
    return words[:1].upper() + words[1:] or "My style"


def download_name(title: str) -> str:
    """A file name for a style, from its title."""
    return (re.sub(r"[^\w-]+", "_", title).strip("_") or "style") + SUFFIX
