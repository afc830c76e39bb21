"""The styles that visitors have added or taught the generator: each is its owner's alone."""

import logging
import os
import re
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
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
from stylegan.temporary import temporary_folder

log = logging.getLogger(__name__)
OWN_PREFIX = "own:"  # prefix of the keys of visitors' styles; built-in styles use their bare name
SPARE = (None, "/dev/shm")  # where a style goes that the data folder's disk cannot take: the usual folder, the memory
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
        self._spare: list[tempfile.TemporaryDirectory] = []  # made when it is needed
        self._known: dict[Path, OwnStyle] = {}  # without the packs, which are large
        self._lock = threading.Lock()
        self._delete_expired()
        for folder in root.glob("*"):
            delete_unfinished(folder)

    def styles(self, owner_key: str) -> list[OwnStyle]:
        """An owner's styles, the oldest first; those of another generator are left out."""
        files = [path for folder in self._folders(owner_key) for path in folder.glob(f"*{SUFFIX}")]
        return [style for path in sorted(files, key=lambda path: path.name) if (style := self._read(path))]

    def find(self, owner_key: str, key: str) -> OwnStyle:
        """One of an owner's styles.

        Raises:
            StyleError: the owner has no such style.
        """
        number = key.removeprefix(OWN_PREFIX)
        files = [folder / f"{number}{SUFFIX}" for folder in self._folders(owner_key) if NUMBER.fullmatch(number)]
        style = next((style for path in files if path.is_file() and (style := self._read(path))), None)
        if not style:
            raise StyleError("This style is not there any more.")
        return style

    def add(self, owner_key: str, pack: StylePack) -> OwnStyle:
        """Keep a style; where the disk cannot take it, until the app stops.

        Raises:
            StyleError: the owner has as many as can be kept, or there is no room anywhere.
        """
        self._check_room(owner_key)
        name = f"{time.time_ns():016x}{secrets.token_hex(8)}{SUFFIX}"
        for folder in self._places(owner_key):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                delete_unfinished(folder)
                save_pack(folder / name, pack)
            except OSError as error:
                log.warning("A style cannot be kept in %s: %s", folder.parent, error.strerror)
                continue
            return self._style(folder / name, pack)
        raise StyleError("The disk is full: the style cannot be kept.")

    def lasts(self, style: OwnStyle) -> bool:
        """Whether a style will still be there when the app was started anew."""
        return style.path.is_relative_to(self._root)

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
        try:
            save_pack(path, self._transfer.load_pack(path).renamed(title))
        except OSError as error:
            raise StyleError(f"The style keeps its name: {error.strerror}.") from None
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
        for folder in self._folders(owner_key) if NUMBER.fullmatch(number) else ():
            with suppress(FileNotFoundError):
                (folder / f"{number}{SUFFIX}{ASIDE}").replace(folder / f"{number}{SUFFIX}")
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

    def _folders(self, owner_key: str) -> list[Path]:
        """Where an owner's styles are."""
        name = self._folder(owner_key).name
        return [self._root / name, *(Path(spare.name) / name for spare in self._spare)]

    def _places(self, owner_key: str) -> Iterator[Path]:
        """Where an owner's next style can go, the best first."""
        yield self._folder(owner_key)
        with self._lock:
            for parent in SPARE if not self._spare else ():
                with suppress(OSError):  # there is none, or it is full as well
                    self._spare.append(temporary_folder(parent))
        yield from self._folders(owner_key)[1:]

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
