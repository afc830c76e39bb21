"""Which photo was painted in which style, and by whom: pictures found by their names."""

import csv
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from stylegan.errors import EvaluationError, ImageError
from stylegan.images import image_files

NAMED = 3  # pictures that a message names at most


@dataclass(frozen=True)
class Pair:
    """A photo and a style picture."""

    photo: Path
    style: Path

    @property
    def name(self) -> str:
        """The file name of its painting, without the suffix."""
        return f"{self.photo.stem}__{self.style.stem}"


def pictures(folder: Path) -> dict[str, Path]:
    """The picture files of a folder by their names without suffix.

    Raises:
        EvaluationError: no such folder, no picture in it, or two of one name.
    """
    try:
        files = image_files(folder)
    except (ImageError, OSError):
        raise EvaluationError(f"There are no pictures in {folder}.") from None
    found = {file.stem: file for file in files}
    if len(found) < len(files):
        twice = next(file for file in files if found[file.stem] != file)
        raise EvaluationError(f"{twice} and {found[twice.stem].name} have one name: rename one of them.")
    return found


def every_pair(photos: dict[str, Path], styles: dict[str, Path]) -> list[Pair]:
    """Each photo with each style."""
    return [Pair(photo, style) for photo, style in product(photos.values(), styles.values())]


def listed(file: Path) -> list[list[str]]:
    """The rows of a CSV file with a photo and a painting in each, by name without suffix.

    Raises:
        EvaluationError: it is none.
    """
    try:
        with open(file, newline="", encoding="utf-8") as rows:
            return [[cell.strip() for cell in row] for row in csv.reader(rows)]
    except (UnicodeDecodeError, csv.Error):
        raise EvaluationError(
            f"{file} is no list of names: write a CSV file with a photo and a painting in each row."
        ) from None


def listed_pairs(rows: list[list[str]], photos: dict[str, Path], styles: dict[str, Path]) -> list[Pair]:
    """The pairs of a list whose photo and style are there; a head and others are passed over."""
    named = [row[:2] for row in rows if len(row) >= 2]
    return [Pair(photos[a], styles[b]) for a, b in named if a in photos and b in styles]


def paintings(folder: Path, photos: dict[str, Path], styles: dict[str, Path]) -> dict[Pair, Path]:
    """Paintings of any system by what they were made of; they are called CONTENT__STYLE.png.

    Raises:
        EvaluationError: none are there, or one names a photo or a style that is not there.
    """
    known = {pair.name: pair for pair in every_pair(photos, styles)}
    files = pictures(folder)
    unknown = [file.name for name, file in files.items() if name not in known]
    if unknown:
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        named = ", ".join(unknown[:NAMED])
        raise EvaluationError(f"{folder}: {named}{more}: no CONTENT__STYLE of the photos and styles that are there.")
    return {known[name]: file for name, file in files.items()}
