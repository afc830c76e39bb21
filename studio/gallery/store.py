"""Every painting kept: an SQLite database with the image files beside it.

A file is written once, whoever it is for (``content_files.py``). All changes of files and rows happen
inside a write transaction, so that any number of threads and processes may share a store, and a crash at any point
loses at most the painting being written: what it leaves half there is healed at the next start.
"""

import hashlib
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from studio.gallery.content_files import FILES, ContentFiles, encoded, make_thumb
from studio.gallery.database import StoreError, open_database, transaction
from studio.gallery.models import DEFAULT_QUOTA, NO_FILTER, ORDERS, Filter, Quota, Result
from studio.gallery.publications import Publications
from studio.gallery.recipe import Recipe, read_texts
from studio.settings import UNDO_SECONDS
from studio.web.visitor import owner_digest


class Store:
    """Results by owner. An owner's key is not on the disk, only its digest.

    Raises:
        StoreError: a newer version of the app has written the database.
    """

    def __init__(self, root: Path, quota: Quota = DEFAULT_QUOTA):
        self._quota = quota
        self._lock = threading.RLock()
        self._untidy = False  # whether there may be files that no result names
        self._db = open_database(root / "gallery.sqlite")
        self._files = ContentFiles(self._db, root)
        self._heal()

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def publications(self, dataset: str) -> Publications:
        """Which results are on the public wall that a dataset on the Hub keeps."""
        return Publications(self._db, self._lock, dataset)

    # Keeping.

    def add(
        self,
        owner_key: str,
        painting: Path,
        photo: Image.Image,
        recipe: Recipe,
        name: str,
        picture: Image.Image | None = None,
    ) -> tuple[Result, int]:
        """Keep a painting, its photo and the picture that gave the style.

        Args:
            owner_key: of the visitor.
            painting: a PNG file; it is copied.
            photo: RGB without metadata, whose digest the recipe names.
            recipe: with it, the same painting is kept once.
            name: what to call the file at a download.
            picture: RGB without metadata, whose digest the recipe names.

        Returns:
            the result, and how many of the owner's older ones had to go for it.

        Raises:
            StoreError: there is no room or no owner.
        """
        owner, data = _digest_of(owner_key), painting.read_bytes()
        with Image.open(BytesIO(data)) as image:
            width, height = image.size
            thumb = encoded(make_thumb(image), "WEBP")
        rows: dict[str, Any] = {
            "painting": hashlib.sha256(data).hexdigest(),
            "thumb": hashlib.sha256(thumb).hexdigest(),
        }
        contents = {rows["painting"]: ("png", data), rows["thumb"]: ("webp", thumb)}
        for column, source in (("photo", photo), ("picture", picture)):
            rows[column] = getattr(recipe, column) if source else None
            if source and not self._path(rows[column], "png").exists():
                contents[rows[column]] = "png", encoded(source, "PNG")
        rows |= {"owner": owner, "created": time.time(), "name": name, "title": recipe.title, "recipe": _packed(recipe)}
        rows |= {"id": secrets.token_urlsafe(16), "width": width, "height": height}
        try:
            with self._writing():
                for column, source in (("photo", photo), ("picture", picture)):  # gone since we looked: rare
                    if source and rows[column] not in contents and not self._path(rows[column], "png").exists():
                        contents[rows[column]] = "png", encoded(source, "PNG")
                self._files.add((digest, *content) for digest, content in contents.items())
                rows["bytes"] = sum(self._size(rows[column], column) for column in FILES)
                gone = self._insert(rows)
                result = self._one("id = ?", [self._id_of(rows)])
        except (OSError, sqlite3.OperationalError) as error:
            self._delete_written(contents)
            raise StoreError("The gallery's disk cannot take it.") from error
        except StoreError:
            self._delete_written(contents)
            raise
        if self._untidy:
            self._delete_unused_files()
        return result, gone

    def _insert(self, rows: dict[str, Any]) -> int:
        """Add a row, or refresh the one with the same recipe; returns how many of the owner's had to go."""
        marks = ", ".join("?" for _ in rows)
        self._db.execute(
            f"INSERT INTO result ({', '.join(rows)}) VALUES ({marks}) ON CONFLICT (owner, recipe) DO UPDATE SET"
            " created = excluded.created, deleted = NULL, painting = excluded.painting, thumb = excluded.thumb",
            list(rows.values()),
        )
        own, kept = rows["owner"], self._id_of(rows)
        self._delete_expired()
        gone = 0
        while self._owned(own) > self._quota.results or self._too_large(own):
            dropped = self._delete_oldest(
                "owner = ? AND (NOT favourite OR deleted IS NOT NULL) AND id != ?", [own, kept]
            )
            if not dropped:
                raise StoreError("Your gallery is full of favourites. Delete some to keep more.")
            gone += not dropped["deleted"]
        if self._files.bytes_on_disk() > self._quota.bytes_of_all:
            while self._files.bytes_in_use() > self._quota.bytes_of_all and self._delete_oldest("id != ?", [kept]):
                pass
        return gone

    def _id_of(self, rows: dict[str, Any]) -> str:
        query = "SELECT id FROM result WHERE owner = ? AND recipe = ?"
        return self._db.execute(query, [rows["owner"], rows["recipe"]]).fetchone()[0]

    def _delete_oldest(self, condition: str, values: list) -> sqlite3.Row | None:
        """Delete the oldest row that may be deleted, and return it."""
        row = self._rows(f"{condition} ORDER BY deleted IS NULL, favourite, created LIMIT 1", values).fetchone()
        if row:
            self._db.execute("DELETE FROM result WHERE id = ?", [row["id"]])
            self._untidy = True
        return row

    def _delete_expired(self) -> None:
        """Remove rows whose deletion can no longer be undone."""
        purged = self._db.execute("DELETE FROM result WHERE deleted < ?", [time.time() - UNDO_SECONDS])
        self._untidy |= purged.rowcount > 0

    def _owned(self, owner: str) -> int:
        return self._db.execute("SELECT count(*) FROM result WHERE owner = ? AND deleted IS NULL", [owner]).fetchone()[
            0
        ]

    def _too_large(self, owner: str) -> bool:
        """Whether an owner's files take more than they may."""
        query = "SELECT coalesce(sum(bytes), 0) FROM result WHERE owner = ?"  # shared photos count several times
        if self._db.execute(query, [owner]).fetchone()[0] <= self._quota.bytes:
            return False
        return self._files.bytes_of(owner) > self._quota.bytes

    # Finding.

    def page(self, owner_key: str, wanted: Filter = NO_FILTER, limit: int = 60, offset: int = 0) -> list[Result]:
        """An owner's results, a page of them."""
        condition, values = wanted.condition(_digest_of(owner_key))
        query = f"{condition} ORDER BY {ORDERS[wanted.order]} LIMIT ? OFFSET ?"
        with self._lock:
            return [self._result(row) for row in self._rows(query, [*values, limit, offset])]

    def count(self, owner_key: str, wanted: Filter = NO_FILTER) -> int:
        """How many results an owner has."""
        condition, values = wanted.condition(_digest_of(owner_key))
        with self._lock:
            return self._db.execute(f"SELECT count(*) FROM result WHERE {condition}", values).fetchone()[0]

    def count_of_all(self) -> int:
        """How many results are kept, of all owners."""
        with self._lock:
            return self._db.execute("SELECT count(*) FROM result WHERE deleted IS NULL").fetchone()[0]

    def titles(self, owner_key: str) -> list[str]:
        """The styles of an owner's results."""
        query = "SELECT DISTINCT title FROM result WHERE owner = ? AND deleted IS NULL ORDER BY title"
        with self._lock:
            return [title for (title,) in self._db.execute(query, [_digest_of(owner_key)])]

    def get(self, owner_key: str, id: str) -> Result:
        """One of an owner's results.

        Raises:
            StoreError: the owner has no such result.
        """
        return self._one("owner = ? AND id = ? AND deleted IS NULL", [_digest_of(owner_key), id])

    def same(self, owner_key: str, recipe: Recipe) -> Result | None:
        """The owner's painting of this very recipe, if there is one."""
        query = "owner = ? AND recipe = ? AND deleted IS NULL"
        with self._lock:
            found = [self._result(row) for row in self._rows(query, [_digest_of(owner_key), _packed(recipe)])]
        return found[0] if found and found[0].painting.exists() else None

    def source(self, owner_key: str, digest: str) -> tuple[Path, str] | None:
        """A photo or style picture of one of the owner's results, by the digest of its pixels, and that one's name."""
        query = "owner = ? AND ? IN (photo, picture) LIMIT 1"
        with self._lock:
            row = self._rows(query, [_digest_of(owner_key), digest]).fetchone()
        return (self._path(digest, "png"), row["name"]) if row else None

    # Changing.

    def set_favourite(self, owner_key: str, id: str, favourite: bool) -> None:
        """Mark a result as a favourite, or no longer."""
        with self._writing():
            self._db.execute(
                "UPDATE result SET favourite = ? WHERE owner = ? AND id = ?", [favourite, _digest_of(owner_key), id]
            )

    def delete(self, owner_key: str, ids: Sequence[str]) -> None:
        """Delete results. They can be restored for some minutes, then their files are deleted, too."""
        self._mark(owner_key, ids, time.time())
        with self._writing():
            self._delete_expired()
        if self._untidy:
            self._delete_unused_files()

    def restore(self, owner_key: str, ids: Sequence[str]) -> None:
        """Undo a deletion."""
        self._mark(owner_key, ids, None)

    def _mark(self, owner_key: str, ids: Sequence[str], deleted: float | None) -> None:
        owner = _digest_of(owner_key)
        with self._writing():
            query = "UPDATE result SET deleted = ? WHERE owner = ? AND id = ?"
            self._db.executemany(query, [(deleted, owner, id) for id in ids])

    # Rows.

    def _rows(self, query: str, values: list) -> sqlite3.Cursor:
        named = ", ".join(f"(SELECT suffix FROM file WHERE digest = {column}) AS {column}_suffix" for column in FILES)
        cursor = self._db.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(f"SELECT *, {named} FROM result WHERE {query}", values)

    def _one(self, query: str, values: list) -> Result:
        with self._lock:
            row = self._rows(query, values).fetchone()
        if row is None:
            raise StoreError("This painting is not there any more.")
        return self._result(row)

    def _result(self, row: sqlite3.Row) -> Result:
        paths: dict[str, Any] = {c: self._path(row[c], row[f"{c}_suffix"]) if row[c] else None for c in FILES}
        facts = {name: row[name] for name in ("id", "created", "name", "title", "width", "height")}
        recipe = read_texts(json.loads(row["recipe"])) or Recipe(title=row["title"])
        return Result(**facts, recipe=recipe, favourite=bool(row["favourite"]), **paths)

    # Files.

    def _path(self, digest: str, suffix: str) -> Path:
        return self._files.path(digest, suffix)

    def _size(self, digest: str | None, column: str) -> int:
        return self._path(digest, "webp" if column == "thumb" else "png").stat().st_size if digest else 0

    def _delete_unused_files(self) -> None:
        with self._writing():
            self._files.delete_unused()
            self._untidy = False

    def _delete_written(self, contents: dict[str, tuple[str, bytes]]) -> None:
        """Delete files that were written for a row that was not added."""
        with suppress(sqlite3.OperationalError), self._writing():
            self._files.delete_unlisted((digest, suffix) for digest, (suffix, _) in contents.items())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A write transaction; no other thread or process changes rows or files meanwhile."""
        with self._lock, transaction(self._db):
            yield

    def _heal(self) -> None:
        """Make files and rows agree again after a crash."""
        with self._writing():
            for digest in self._files.reconcile():
                self._delete_results_of(digest)
            self._delete_expired()
        self._delete_unused_files()

    def _delete_results_of(self, digest: str) -> None:
        """Delete the results of a lost file; a lost thumbnail is made anew."""
        self._db.execute("DELETE FROM result WHERE ? IN (painting, photo, picture)", [digest])
        row = self._rows("thumb = ? LIMIT 1", [digest]).fetchone()
        if row is None:
            return
        with Image.open(self._result(row).painting) as painting:
            thumb = encoded(make_thumb(painting), "WEBP")
        fresh = hashlib.sha256(thumb).hexdigest()
        self._files.delete(digest, row["thumb_suffix"])
        self._files.add([(fresh, "webp", thumb)])
        self._db.execute("UPDATE result SET thumb = ? WHERE thumb = ?", [fresh, digest])


def _digest_of(owner_key: str) -> str:
    """What the column ``owner`` holds.

    Raises:
        StoreError: it is no key.
    """
    digest = owner_digest(owner_key)
    if not digest:
        raise StoreError("Your browser keeps no data for this page, so your paintings cannot be told from others'.")
    return digest


def _packed(recipe: Recipe) -> str:
    return json.dumps(recipe.texts(), ensure_ascii=False)
