"""What each page asked for last: the last click wins, and earlier paintings are given up."""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from studio.gallery.recipe import Recipe

PAGES = 1000  # remembered; the oldest go first
REST = 2.0  # seconds on a slider's value that count as stopping there
REMEMBERED = 12  # paintings of a visit
SLIDERS = ("strength", "brush", "mix", "between")


@dataclass(frozen=True)
class Shown:
    """The painting that a page shows."""

    recipe: Recipe
    tile: int | None  # that is lit
    at: float  # when it was shown
    kept: str = ""  # its id in the Gallery
    passing: bool = False  # a slider stopped here and may move on
    photo: str = ""  # its photo's file
    thumb: str = ""  # a small picture of it
    views: tuple[str, str] = ("", "")  # photo and painting as the page shows them
    size: tuple[int, int] = (0, 0)  # px, of the painting

    def is_of(self, planned: Recipe) -> bool:
        """Whether this is the painting that is planned, of whatever photo, however far it was finished."""
        return replace(planned, photo=self.recipe.photo, finish=self.recipe.finish) == self.recipe

    def settled(self) -> "Shown":
        """The same, as a painting to keep."""
        return replace(self, passing=False)

    def only_passed(self, asked: float) -> bool:
        """Whether a slider only passed here on its way to what was asked for at that time."""
        return self.passing and asked - self.at < REST

    def differs_by_slider(self, recipe: Recipe) -> bool:
        """Whether that recipe differs from this one in sliders alone."""
        return replace(recipe, **{name: getattr(self.recipe, name) for name in SLIDERS}) == self.recipe


def remembered(past: Sequence[Shown], shown: Shown, gone: str = "") -> list[Shown]:
    """What a visit has painted, the newest first, with one more; what was painted before keeps its place.

    gone: the id of a painting that is not kept any more.
    """
    others = [each for each in past if not gone or each.kept != gone]
    if any(each.recipe == shown.recipe for each in others):
        return [shown if each.recipe == shown.recipe else each for each in others]
    return [shown, *others][:REMEMBERED]


class Numbers:
    """The numbers of what pages asked: what arrives after something later was overtaken on its way."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def is_last(self, page: str, number: int) -> bool:
        """Note a number, from 1 on; False where a later one came first."""
        with self._lock:
            last = self._last.pop(page, 0)
            self._last[page] = max(number, last)
            while len(self._last) > PAGES:
                self._last.popitem(last=False)
            return number >= last


class Latest:
    """The last wish of each page, named by Gradio's number for it."""

    def __init__(self) -> None:
        self._wishes: OrderedDict[str, tuple[dict, float]] = OrderedDict()
        self._asked = Numbers()
        self._lock = threading.Lock()

    def ask(self, page: str, number: int, values: Mapping[str, object]) -> None:
        """Note what a page waits for now, instead of what it waited for before.

        number: the page's own, which grows; what was overtaken on its way here is not wanted any more.
        """
        if not self._asked.is_last(page, number):
            return
        with self._lock:
            self._wishes[page] = dict(values), time.monotonic()
            self._wishes.move_to_end(page)
            while len(self._wishes) > PAGES:
                self._wishes.popitem(last=False)

    def wanted(self, page: str, values: Mapping[str, object]) -> bool:
        """Whether the page still waits for this."""
        wish = self._wishes.get(page)
        return wish is None or wish[0] == values

    def asked_at(self, page: str) -> float | None:
        """When the page asked last; None where it never has."""
        wish = self._wishes.get(page)
        return wish[1] if wish else None
