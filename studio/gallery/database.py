"""The gallery's database: its tables, and how a file of it is opened."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stylegan import UserError

MIGRATIONS = (
    """
    CREATE TABLE file (digest TEXT PRIMARY KEY, suffix TEXT NOT NULL, bytes INTEGER NOT NULL);
    CREATE TABLE result (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        created REAL NOT NULL,
        name TEXT NOT NULL,
        title TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        recipe TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        favourite INTEGER NOT NULL DEFAULT 0,
        deleted REAL,
        painting TEXT NOT NULL REFERENCES file,
        thumb TEXT NOT NULL REFERENCES file,
        photo TEXT NOT NULL REFERENCES file,
        picture TEXT REFERENCES file,
        UNIQUE (owner, recipe)
    );
    CREATE INDEX result_wall ON result (owner, created);
    CREATE INDEX result_age ON result (favourite, created);
    CREATE INDEX result_deleted ON result (deleted) WHERE deleted IS NOT NULL;
    CREATE INDEX result_painting ON result (painting);
    CREATE INDEX result_thumb ON result (thumb);
    CREATE INDEX result_photo ON result (photo);
    CREATE INDEX result_picture ON result (picture);
    """,
    """
    CREATE TABLE publication (
        name TEXT PRIMARY KEY,
        dataset TEXT NOT NULL,
        result TEXT NOT NULL,
        withdrawn INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX publication_result ON publication (result);
    """,
)


class StoreError(UserError):
    """Something that the gallery cannot do, told to the user."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database, made or brought up to date as needed; one that is damaged is set aside with its folder.

    Raises:
        StoreError: a newer version of the app has written it.
        sqlite3.OperationalError: the disk does not let it be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _connect(path)
    except sqlite3.OperationalError:  # locked, or a disk that cannot be written: not damaged
        raise
    except sqlite3.DatabaseError:
        folder = path.parent
        shutil.move(folder, folder.with_name(f"{folder.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"))
        folder.mkdir()
        return _connect(path)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """A write transaction, undone by any exception."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        if db.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")
        _migrate(db)
    except BaseException:
        db.close()
        raise
    return db


def _migrate(db: sqlite3.Connection) -> None:
    """Bring a database of an older version up to date."""
    with transaction(db):
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise StoreError("The gallery on this disk was written by a newer version of the app.")
        for script in MIGRATIONS[version:]:
            for statement in script.split(";"):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
