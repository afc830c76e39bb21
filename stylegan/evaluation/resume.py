"""What an interrupted evaluation has measured already, so that the same command resumes it."""

import hashlib
import json
from pathlib import Path

from stylegan.evaluation.measures import Values
from stylegan.formats.checkpoint import file_digest
from stylegan.formats.safe_write import replacing


class ValueCache:
    """Values by the contents of the files that they were measured of, in one JSON file."""

    def __init__(self, path: Path):
        """path: the file; one that cannot be read counts as none, for everything in it can be measured again."""
        self.path = path
        try:
            self._values: dict[str, Values] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._values = {}

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __getitem__(self, key: str) -> Values:
        return self._values[key]

    def add(self, key: str, values: Values) -> None:
        """Add values and write the file; the folder is made with the first."""
        self._values[key] = values
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path) as partial:
            partial.write_text(json.dumps(self._values), encoding="utf-8")


def key_of(*parts: Path | str | int) -> str:
    """One name for some files, by what is in them, and for whatever else the values depend on."""
    known = [file_digest(part) if isinstance(part, Path) else str(part) for part in parts]
    return hashlib.sha256("\n".join(known).encode()).hexdigest()
