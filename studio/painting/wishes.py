"""What each page asked for last: the last click wins, and earlier paintings are given up."""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from studio.gallery.recipe import Recipe

PAGES = 1000  # remembered; the oldest go first
REST = 2.0  # seconds on a slider's value that count as stopping there
SLIDERS = ("strength", "brush", "mix")


@dataclass(frozen=True)
class Shown:
    """The painting that a page shows."""

    recipe: Recipe
    tile: int | None  # that is lit
    at: float  # when it was shown
    kept: str = ""  # its id in the Gallery
    passing: bool = False  # a slider stopped here and may move on

    def settled(self) -> "Shown":
        """The same, as a painting to keep."""
        return replace(self, passing=False)

    def only_passed(self, asked: float) -> bool:
        """Whether a slider only passed here on its way to what was asked for at that time."""
        return self.passing and asked - self.at < REST

    def differs_by_slider(self, recipe: Recipe) -> bool:
        """Whether that recipe differs from this one in sliders alone."""
        return replace(recipe, **{name: getattr(self.recipe, name) for name in SLIDERS}) == self.recipe


class Latest:
    """The last wish of each page, named by Gradio's number for it."""

    def __init__(self) -> None:
        self._wishes: OrderedDict[str, tuple[dict, float]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, page: str, values: Mapping[str, object]) -> None:
        """Note what a page waits for now, instead of what it waited for before."""
        with self._lock:
            self._wishes[page] = dict(values), time.monotonic()
            self._wishes.move_to_end(page)
            while len(self._wishes) > PAGES:
                self._wishes.popitem(last=False)

    def wanted(self, page: str, values: Mapping[str, object]) -> bool:
        """Whether the page still waits for this."""
        wish = self._wishes.get(page)
        return wish is None or wish[0] == values

    def asked_at(self, page: str) -> float:
        """When the page asked last."""
        wish = self._wishes.get(page)
        return wish[1] if wish else time.monotonic()
