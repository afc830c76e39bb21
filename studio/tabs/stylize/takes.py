"""Four takes at once: the same painting four times, each composed differently, to choose one of.

The page calls a take a version, and counts from one.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import gradio as gr

from studio.painting.painter import Painter
from studio.painting.request import PaintRequest
from studio.tabs.wiring import Updates
from studio.web.messages import user_errors

TAKES = 4
SIDE = 384  # px, long side of each


class Takes:
    """The sheet, inside the current Blocks."""

    def __init__(self, painter: Painter):
        self._painter = painter
        self.sheet = gr.Gallery(
            label="Four versions: click the one you like", columns=2, height="auto", object_fit="contain",
            visible=False, allow_preview=False, interactive=False, buttons=[], elem_id="takes",
        )  # fmt: skip
        self.numbers = gr.State([])  # the take that each picture is

    @property
    def parts(self) -> list:
        """What painting a sheet changes."""
        return [self.sheet, self.numbers]

    def paint(self, asked: PaintRequest, wanted: Callable[[], bool]) -> Iterator[Updates]:
        """The sheet after each take, the one that is seen first; until the page wants something else."""
        first, pictures = asked.settings.seed, []
        numbers = [first + number for number in range(TAKES)]
        for seed in numbers:
            with user_errors():
                take = self._painter.sketch(
                    replace(asked, settings=replace(asked.settings, seed=seed, between=0)), SIDE
                )
            if not wanted():
                return
            path = self._painter.files.add("take", take, "WEBP", asked.visitor.session)
            pictures.append((str(path), f"Version {seed + 1}"))
            yield {self.sheet: gr.Gallery(list(pictures), visible=True, selected_index=None), self.numbers: numbers}

    def choose(self, numbers: list[int], event: gr.SelectData) -> tuple[int, int]:
        """The take that was clicked, and no step on the way from it to the next."""
        return numbers[event.index], 0
