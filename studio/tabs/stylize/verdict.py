"""Under the painting: how much of the photo and of the style is in it, and buttons that set the strength by that."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr
from gradio.blocks import Block

from studio.painting.painter import Painter
from studio.painting.request import PaintRequest
from studio.painting.small_views import PATIENCE
from studio.painting.verdict import FULL_STYLE, WISHES, strength_for, words
from studio.painting.wishes import Shown
from studio.tabs.wiring import PAINTING, TELLING, Updates
from studio.web.visitor import Visitor
from stylegan import UserError
from stylegan.evaluation.glance import Glance, glance
from stylegan.images import load_image
from stylegan.interrupt import Interrupted
from stylegan.pipeline import canvas_size

BAR = '<label><span>{}: <b>{}</b></span><progress value="{:.2f}" max="1"></progress></label>'
LOOKING = '<div role="status" class="busy">Looking for the right strength…</div>'
LOOKED_AT: dict[str, Any] = {"concurrency_id": "verdict", "concurrency_limit": 1, "trigger_mode": "always_last"}
Read = Callable[[Visitor, Mapping[str, Any]], PaintRequest]
Wanted = Callable[[gr.Request, Mapping[str, Any]], bool]


class Verdict:
    """Its components, inside the current Blocks, and its events."""

    def __init__(self, painter: Painter, opening: Glance):
        """opening: of the painting that the page opens with."""
        self._painter = painter
        self.bars = gr.HTML(bars(opening), elem_id="verdict")
        with gr.Row(elem_id="auto"):
            gr.HTML("Auto", elem_id="auto-label", min_width=40)
            self._buttons = {wish: gr.Button(wish, size="sm", min_width=90) for wish in WISHES}

    def wire(
        self,
        owner_key: gr.BrowserState,
        values: dict[str, Block],
        now: gr.State,
        said: gr.HTML,
        read: Read,
        wanted: Wanted,
    ) -> None:
        """values: the controls. now: what is shown. read: values as a request. wanted: whether they still count."""
        self._strength, self._said, self._read, self._wanted = values["strength"], said, read, wanted
        self.looking: dict[str, Any] = {
            "fn": self._look, "inputs": owner_key, "inputs_kwargs": {"now": now} | values, "outputs": self.bars,
            **TELLING, **LOOKED_AT,
        }  # fmt: skip
        for wish, button in self._buttons.items():
            button.click(
                self._set, [owner_key, gr.State(WISHES[wish])], [self._strength, said], inputs_kwargs=values,
                **TELLING, **PAINTING,
            )  # fmt: skip

    def _look(self, request: gr.Request, owner_key: str, *, now: Shown | None, **values: Any) -> Updates:
        """Say what is in the painting that is shown, once nobody waits for one."""
        while self._painter.busy and self._wanted(request, values):
            time.sleep(PATIENCE)
        if now is None or not self._wanted(request, values):
            return gr.skip()
        before, after = now.views
        try:
            asked = self._read(Visitor.of(owner_key, request), {**values, "photo": before})
            if not now.is_of(asked.recipe):
                return gr.skip()
            canvas = canvas_size(*now.size, asked.settings.brush)
            seen = glance(self._painter.transfer, asked.photo, load_image(after), asked.styles, canvas)
        except UserError:  # the painting itself has told it
            return gr.skip()
        return {self.bars: bars(seen)} if self._wanted(request, values) else gr.skip()

    def _set(self, request: gr.Request, owner_key: str, kept: float, **values: Any) -> Iterator[Updates]:
        """Set the strength that keeps so much of the photo, unless the page wants something else by then."""
        yield {self._said: LOOKING}
        try:
            asked = self._read(Visitor.of(owner_key, request), values)
            strength = strength_for(self._painter, asked, kept)
        except (UserError, Interrupted) as error:
            yield {self._said: "" if isinstance(error, Interrupted) else str(error)}
            return
        yield {self._said: ""} | ({self._strength: strength} if self._wanted(request, values) else {})


def bars(seen: Glance | None) -> str:
    """Two short bars with words; None: not looked at yet."""
    if seen is None:
        return BAR.format("Photo", "…", 0) + BAR.format("Style", "…", 0)
    photo, style = words(seen)
    return BAR.format("Photo", photo, seen.photo) + BAR.format("Style", style, min(1, seen.style / FULL_STYLE))
