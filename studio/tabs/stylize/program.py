"""The endpoint /stylize, for programs and assistants."""

from typing import Any

import gradio as gr
from gradio.blocks import Block

from studio.operation.jobs import job
from studio.operation.shares import dear
from studio.painting.painter import Painter
from studio.painting.request import DEFAULT_STYLE, RequestReader
from studio.tabs.wiring import PAINTING
from studio.web.caller import while_caller_waits
from studio.web.components import file_input
from studio.web.guard import session_of
from studio.web.messages import user_errors

FIRST = ("photo", "style", "style_image")
THEN = ("strength", "keep_colors", "brush", "seed", "blend", "mix", "size")


class Program:
    """The endpoint: its parameters are those of ``stylize``, in their order."""

    def __init__(self, painter: Painter, requests: RequestReader, values: dict[str, Any]):
        """values: the page's controls by name, which say what a program may send."""
        self._painter, self._requests = painter, requests
        given: dict[str, Block] = {name: values[name] for name in (*FIRST, *THEN)}
        given["pack"] = file_input(visible=False, label="Style pack")
        given["finish"] = gr.Checkbox(False, visible=False, label="Finish")
        given["between"] = values["between"]  # last: scripts that name no parameters go by their order
        painting = gr.File(visible=False, label="Painting")
        gr.Button(visible=False).click(
            self.stylize, inputs_kwargs=given, outputs=painting, api_name="stylize", **PAINTING
        )

    @dear("stylize")
    @job("stylize")
    def stylize(
        self,
        photo: str,
        style: str | None = DEFAULT_STYLE,
        style_image: str | None = None,
        strength: float = 1.0,
        keep_colors: bool = False,
        brush: float = 1.0,
        seed: int = 0,
        blend: str = "",
        mix: float = 0.5,
        size: int = 0,
        pack: str | None = None,
        finish: bool = False,
        between: float = 0.0,
        request: gr.Request | None = None,
    ) -> str:
        """Paint a photo and return the painting as a PNG file.

        Args:
            photo: The photo.
            style: Name of a built-in style.
            style_image: Any picture to use as the style instead.
            strength: 0 gives the photo back, 1 the boldest painting.
            keep_colors: Keep the photo's own colours.
            brush: Size of the strokes, 0.5 to 2.
            seed: Another number is another take, with other parts of the style in sky and ground.
            blend: Name of a second built-in style to mix in.
            mix: How much of the second style, 0 to 1.
            size: Longer side of the painting in pixels; 0 is the photo's own.
            pack: A style pack, as /finetune returns it, to use as the style instead.
            finish: Work on the painting for some seconds more, for crisper strokes.
            between: On the way from this take to the next, 0 to 1.
        """
        with user_errors(), while_caller_waits():
            asked = self._requests.from_program(
                session_of(request),
                photo=photo,
                style=style,
                style_image=style_image,
                strength=strength,
                keep_colors=keep_colors,
                brush=brush,
                seed=seed,
                between=between,
                blend=blend,
                mix=mix,
                size=size,
                pack=pack,
            )
            return str(self._painter.paint(asked, float(bool(finish))).path)
