"""Which kept paintings are on a public wall. Whose they are, this database alone knows."""

import sqlite3
import threading
from collections.abc import Collection, Sequence

from studio.gallery.database import StoreError, transaction


class Publications:
    """Results by the names that they have in one dataset on the Hub.

    Deleting a result withdraws its publication. Withdrawn rows stay until the dataset has dropped the files.
    """

    def __init__(self, db: sqlite3.Connection, lock: threading.RLock, dataset: str):
        self._db, self._lock, self._dataset = db, lock, dataset

    def name_of(self, id: str) -> str:
        """The name of a result on the wall; empty where it is not there."""
        query = "SELECT name FROM publication WHERE dataset = ? AND result = ? AND NOT withdrawn"
        with self._lock:
            row = self._db.execute(query, [self._dataset, id]).fetchone()
        return row[0] if row else ""

    def add(self, id: str, name: str, most: int) -> bool:
        """Note that a result is on the wall; false where it was there already.

        most: how many one owner may have there.

        Raises:
            StoreError: the owner has as many as that, or the result is gone.
        """
        owned = "SELECT result FROM publication WHERE dataset = ? AND NOT withdrawn"
        with self._lock, transaction(self._db):
            row = self._db.execute("SELECT owner FROM result WHERE id = ? AND deleted IS NULL", [id]).fetchone()
            if row is None:
                raise StoreError("This painting is not there any more.")
            if self.name_of(id):
                return False
            query = f"SELECT count(*) FROM result WHERE owner = ? AND id IN ({owned})"
            if self._db.execute(query, [row[0], self._dataset]).fetchone()[0] >= most:
                raise StoreError(f"You have {most} paintings on the public wall. Take one off to make room.")
            self._db.execute(
                "INSERT INTO publication (name, dataset, result) VALUES (?, ?, ?)", [name, self._dataset, id]
            )
        return True

    def withdraw(self, id: str) -> None:
        """Mark a result as withdrawn."""
        with self._lock, transaction(self._db):
            self._db.execute(
                "UPDATE publication SET withdrawn = 1 WHERE dataset = ? AND result = ?", [self._dataset, id]
            )

    def mark_withdrawn(self) -> list[str]:
        """Mark publications of deleted results as withdrawn; returns the names of all that are."""
        there = "SELECT 1 FROM result WHERE id = publication.result AND deleted IS NULL"
        with self._lock, transaction(self._db):
            self._db.execute(
                f"UPDATE publication SET withdrawn = 1 WHERE dataset = ? AND NOT EXISTS ({there})", [self._dataset]
            )
            rows = self._db.execute("SELECT name FROM publication WHERE dataset = ? AND withdrawn", [self._dataset])
            return [name for (name,) in rows]

    def delete_others(self, names: Collection[str]) -> None:
        """Delete the rows that are neither among the names nor withdrawn."""
        query = "SELECT name FROM publication WHERE dataset = ? AND NOT withdrawn"
        with self._lock:
            gone = [name for (name,) in self._db.execute(query, [self._dataset]) if name not in names]
        self.delete(gone)

    def delete(self, names: Sequence[str]) -> None:
        """Delete the rows of files that the dataset no longer holds."""
        with self._lock, transaction(self._db):
            self._db.executemany("DELETE FROM publication WHERE name = ?", [(name,) for name in names])
