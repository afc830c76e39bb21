"""The stage of the Stylize tab: the painting, what is said of it, and what can be done with it.

Picture, caption, Download and the lit tile change together, when a painting is ready; until then, and after a mistake,
the last good painting stays.
"""

import html
import time

import gradio as gr
from gradio.components import Component
from PIL import Image

from studio.painting.finishing import Finishing
from studio.painting.painter import Painted, Painter
from studio.painting.views import PAINTING_SEEN, before_after, how_far
from studio.painting.wishes import Shown
from studio.tabs.wiring import QUIET, Updates
from studio.web.messages import escape_markdown

BUSY = '<div role="status" class="busy">{}</div>'  # the page dims the picture while this is there
SAID = '<div role="status" class="reason">{}</div>'


class Stage:
    """Its components, inside the current Blocks."""

    def __init__(self, painter: Painter, finishing: Finishing):
        self._painter, self._finishing = painter, finishing
        self.slider = gr.ImageSlider(
            label="Before and after", type="filepath", interactive=False, buttons=["fullscreen"], max_height=620,
            slider_position=PAINTING_SEEN, elem_id="result",
        )  # fmt: skip
        self.said = gr.HTML(elem_id="said")  # what it waits for, or what is wrong
        self.caption = gr.Markdown("", elem_id="caption")
        with gr.Row(elem_id="actions"):
            self.another = gr.Button("Another take", min_width=140, elem_id="another")
            self.finish = gr.Button("Finish", interactive=False, min_width=140, elem_id="finish")
            self.stop = gr.Button("Stop", variant="stop", visible=False, min_width=140, elem_id="stop-finish")
            self.every = gr.Button("All styles at once", min_width=140, elem_id="every")
            self.download = gr.DownloadButton(
                "Download", interactive=False, variant="primary", min_width=140, elem_id="download"
            )
        self.present = gr.Button("Present it in all styles on the whole screen", size="sm", elem_id="present")
        self.now = gr.State(None)  # the ``Shown`` painting
        self.download.click(_downloaded, self.now, self.now, **QUIET)

    @property
    def parts(self) -> list[Component]:
        """What a painting changes."""
        return [self.slider, self.said, self.caption, self.finish, self.download, self.now]

    def waiting(self, title: str, before: int) -> Updates:
        """A painting is on its way: the old one stays, but nobody takes it for the new one.

        before: how many paintings of all visitors come first.
        """
        people = "" if not before else " One other comes first." if before == 1 else f" {before} others come first."
        said = BUSY.format(html.escape(f"Painting in {title}…{people}"))
        return {self.said: said, self.download: gr.DownloadButton(interactive=False)}

    def stay(self, reason: str, now: Shown | None) -> Updates:
        """Nothing new: the last painting stays as it was, with the reason."""
        said = SAID.format(html.escape(reason)) if reason else ""
        return {self.said: said, self.download: gr.DownloadButton(interactive=now is not None)}

    def show(self, painted: Painted, tile: int | None, before: Shown | None, asked: float) -> Updates:
        """A painting as the page shows it; it is kept in the Gallery.

        tile: of its style. before: what was shown until now. asked: when this one was asked for.
        """
        request, (id, note) = painted.request, self._painter.add_to_gallery(painted)
        by_slider = before is not None and before.differs_by_slider(painted.recipe)
        if before and by_slider and before.only_passed(asked):
            self._painter.delete_passing(request.visitor, before.kept)
        with Image.open(painted.path) as painting:
            size = painting.size
            pair = before_after(
                self._painter.files, request.photo, painting, request.visitor.session, whole=painted.path
            )
        facts = [f"In {escape_markdown(request.style.caption)}", f"{size[0]} × {size[1]} pixels"]
        caption = " · ".join(filter(None, [*facts, how_far(painted.recipe.finish)]))
        return {
            self.slider: pair,
            self.said: "",
            self.download: gr.DownloadButton(value=str(painted.path), interactive=True),
            self.caption: caption + (f"\n\n{escape_markdown(note)}" if note else ""),
            self.finish: self._finishing.offer(painted, size),
            self.now: Shown(painted.recipe, tile, time.monotonic(), id, by_slider and painted.fresh),
        }


def _downloaded(now: Shown | None) -> Shown | None:
    """Keep a painting that its visitor has downloaded."""
    return now and now.settled()
