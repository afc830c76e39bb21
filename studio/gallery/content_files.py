"""The image files of the gallery, each named by the digest of its content, and the table that lists them."""

import os
import shutil
import sqlite3
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from PIL import Image

from stylegan.formats.safe_write import replacing

THUMB_SIDE = 256  # px
FILES = ("painting", "thumb", "photo", "picture")  # columns of a result that name a file
_USED = " OR ".join(f"EXISTS (SELECT 1 FROM result WHERE {column} = file.digest)" for column in FILES)


class ContentFiles:
    """Files and their rows. Whatever changes them is called inside a write transaction."""

    def __init__(self, db: sqlite3.Connection, root: Path):
        self._db = db
        self._folder, self._partial = root / "files", root / "fresh"

    def path(self, digest: str, suffix: str) -> Path:
        """Where the file of this content lies, if it is there."""
        return self._folder / f"{digest}.{suffix}"

    def add(self, contents: Iterable[tuple[str, str, bytes]]) -> None:
        """Write files by digest, suffix and content, unless they are there; they outlast a power cut.

        Raises:
            OSError: the disk cannot take them.
        """
        for digest, suffix, content in contents:
            path = self.path(digest, suffix)
            if not path.exists():
                with replacing(path, self._partial) as partial:
                    partial.write_bytes(content)
            self._db.execute("INSERT OR IGNORE INTO file VALUES (?, ?, ?)", [digest, suffix, len(content)])
        if os.name == "posix":  # the names, too, before a row names them
            handle = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def bytes_on_disk(self) -> int:
        """The size of all files."""
        return self._db.execute("SELECT coalesce(sum(bytes), 0) FROM file").fetchone()[0]

    def bytes_in_use(self) -> int:
        """The size of the files that a result names."""
        return self._db.execute(f"SELECT coalesce(sum(bytes), 0) FROM file WHERE {_USED}").fetchone()[0]

    def bytes_of(self, owner: str) -> int:
        """The size of an owner's files; one that several results name counts once."""
        named = " UNION ".join(f"SELECT {column} FROM result WHERE owner = :owner" for column in FILES)
        query = f"SELECT coalesce(sum(bytes), 0) FROM file WHERE digest IN ({named})"
        return self._db.execute(query, {"owner": owner}).fetchone()[0]

    def delete(self, digest: str, suffix: str) -> None:
        """Delete a file from the disk."""
        self.path(digest, suffix).unlink(missing_ok=True)

    def delete_unused(self) -> None:
        """Delete the files that no result names any more, and their rows."""
        unused = self._db.execute(f"SELECT digest, suffix FROM file WHERE NOT ({_USED})").fetchall()
        for digest, suffix in unused:
            self.delete(digest, suffix)
        self._db.executemany("DELETE FROM file WHERE digest = ?", [(digest,) for digest, _ in unused])

    def delete_unlisted(self, names: Iterable[tuple[str, str]]) -> None:
        """Delete those of these files, by digest and suffix, that have no row: their transaction was undone."""
        for digest, suffix in names:
            if not self._db.execute("SELECT 1 FROM file WHERE digest = ?", [digest]).fetchone():
                self.delete(digest, suffix)

    def reconcile(self) -> set[str]:
        """Delete files without a row, as after a crash; returns the digests of rows whose file is lost or cut."""
        self._folder.mkdir(exist_ok=True)
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir()
        known = {
            self.path(digest, suffix): (digest, size)
            for digest, suffix, size in self._db.execute("SELECT digest, suffix, bytes FROM file")
        }
        there = {path: path.stat().st_size for path in self._folder.iterdir()}
        for path in there.keys() - known.keys():
            path.unlink()
        return {digest for path, (digest, size) in known.items() if there.get(path) != size}


def make_thumb(painting: Image.Image) -> Image.Image:
    """A small RGB copy for the wall."""
    thumb = painting.convert("RGB")
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BICUBIC)
    return thumb


def encoded(image: Image.Image, format: str) -> bytes:
    """A file's content: PNG without loss, or WEBP."""
    options = {"compress_level": 1} if format == "PNG" else {"quality": 76, "method": 2}
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()
