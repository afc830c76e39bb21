"""What the store keeps of a painting, and how one asks for it."""

from dataclasses import dataclass
from pathlib import Path

from studio.gallery.recipe import Recipe
from studio.settings import GALLERY_BYTES, GALLERY_BYTES_OF_ALL, GALLERY_RESULTS

ORDERS = {
    "Newest first": "created DESC, id",
    "Oldest first": "created, id",
    "By style": "title, created DESC, id",
    "Favourites first": "favourite DESC, created DESC, id",
}


@dataclass(frozen=True)
class Result:
    """A kept painting."""

    id: str
    created: float  # seconds since 1970
    name: str  # for its file, without the ending
    title: str  # of its style
    width: int
    height: int
    recipe: Recipe
    favourite: bool
    painting: Path
    thumb: Path
    photo: Path
    picture: Path | None  # that gave the style


@dataclass(frozen=True)
class Filter:
    """Which of an owner's results to list, and in which order."""

    title: str = ""
    favourites: bool = False
    since: float = 0.0  # seconds since 1970
    order: str = "Newest first"

    def condition(self, owner: str) -> tuple[str, list]:
        """For an SQL query, with its values."""
        terms, values = ["owner = ?", "deleted IS NULL", "created >= ?"], [owner, self.since]
        if self.title:
            terms.append("title = ?")
            values.append(self.title)
        if self.favourites:
            terms.append("favourite")
        return " AND ".join(terms), values


@dataclass(frozen=True)
class Quota:
    """How much is kept. When it is used up, the oldest go first."""

    results: int = GALLERY_RESULTS  # of one owner
    bytes: int = GALLERY_BYTES  # of one owner
    bytes_of_all: int = GALLERY_BYTES_OF_ALL


NO_FILTER, DEFAULT_QUOTA = Filter(), Quota()
