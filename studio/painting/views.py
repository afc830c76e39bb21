"""How a painting is shown on the page: beside its photo, and no larger than a page needs."""

from pathlib import Path

from PIL import Image

from studio.gallery.recipe import Recipe
from studio.settings import PAGE_SIDE
from studio.web.served_files import ServedFiles

PAINTING_SEEN = 0  # % of a before/after slider: the painting is seen whole, and the handle at its edge


def page_view(size: tuple[int, int]) -> tuple[int, int]:
    """The size in which a painting is shown."""
    k = min(1, PAGE_SIDE / max(size))
    return max(1, round(k * size[0])), max(1, round(k * size[1]))


def before_after(
    files: ServedFiles, photo: Image.Image, painting: Image.Image, session: str, whole: Path | None = None
) -> tuple[str, str]:
    """The files of a before/after slider. whole: the painting's own, shown where it is small enough."""
    view = page_view(painting.size)
    shown = whole if whole and painting.size == view else files.add("view", painting.resize(view), "JPEG", session)
    return str(files.add("before", photo.resize(view), "JPEG", session)), str(shown)


def how_far(finish: float) -> str:
    """What is said of a painting that was finished, or in part; empty for a plain one."""
    if not finish:
        return ""
    return "finished" if finish == 1 else f"{percent(finish)} finished"


def version(recipe: Recipe) -> str:
    """Which take a painting is, as people count: from one on."""
    number = recipe.seed + 1
    return f"version {number}" + (f", {percent(recipe.between)} towards {number + 1}" if recipe.between else "")


def percent(share: float) -> str:
    """A share of 0..1 as people write it."""
    return f"{round(100 * share)} %"
