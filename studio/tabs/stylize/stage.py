"""The stage of the Stylize tab: the painting, what is said of it, what can be done with it, and the ones before it.

Picture, caption, Download and the lit tile change together, when a painting is ready; until then, and after a mistake,
the last good painting stays.
"""

import html
import time
from pathlib import Path

import gradio as gr
from gradio.components import Component
from PIL import Image

from studio.painting.finishing import Finishing
from studio.painting.painter import Painted, Painter
from studio.painting.request import PaintRequest
from studio.painting.showcase import Opening
from studio.painting.views import PAINTING_SEEN, before_after, how_far, percent
from studio.painting.wishes import Shown, remembered
from studio.tabs.stylize.verdict import Verdict, bars
from studio.tabs.wiring import QUIET, Updates
from studio.web.components import slider
from studio.web.messages import escape_markdown
from stylegan.images import fitted

BUSY = '<div role="status" class="busy">{}</div>'  # the page dims the picture while this is there
SKETCHED = '<div role="status" class="busy sketched">{}</div>'  # and does not dim a picture that is small for now
SAID = '<div role="status" class="reason">{}</div>'
EXAMPLE = "**This is an example: add your own photo.**"
SKETCH_SIDE = 320  # px, of what is seen at once while a slider moves
THUMB_SIDE = 144  # px, in the strip


class Stage:
    """Its components, inside the current Blocks."""

    def __init__(self, painter: Painter, finishing: Finishing, opening: Opening):
        self._painter, self._finishing, self._opening = painter, finishing, opening
        self.slider = gr.ImageSlider(
            (str(opening.before), str(opening.after)), label="Before and after", show_label=False, type="filepath",
            interactive=False, buttons=["fullscreen"], max_height=480, slider_position=PAINTING_SEEN, elem_id="result",
        )  # fmt: skip
        self.said = gr.HTML(elem_id="said")  # what it waits for, or what is wrong
        self.caption = gr.Markdown(EXAMPLE, elem_id="caption")
        self.verdict = Verdict(painter, opening.seen)
        with gr.Row(elem_id="actions"):
            self.strength = slider(
                0, 1, 1, step=0.05, label="Strength", info="0 is your photo, 1 the boldest painting",
                elem_id="strength",
            )  # fmt: skip
            self.look = gr.Button("See photo (hold)", min_width=140, elem_id="look")
            self.another = gr.Button("Another version", min_width=140, elem_id="another")
            self.four = gr.Button("Four versions", min_width=140, elem_id="four")
            self.finish = gr.Button("Finish", interactive=False, min_width=140, elem_id="finish")
            self.stop = gr.Button("Stop", variant="stop", visible=False, min_width=140, elem_id="stop-finish")
            self.every = gr.Button("All styles at once", min_width=140, elem_id="every")
            self.download = gr.DownloadButton(
                "Download", interactive=False, variant="primary", min_width=140, elem_id="download"
            )
        self.present = gr.Button("Present it in all styles on the whole screen", size="sm", elem_id="present")
        self.strip = gr.Gallery(
            label="What you painted: click to go back", columns=8, height="auto", object_fit="cover", visible=False,
            allow_preview=False, interactive=False, buttons=[], elem_id="strip",
        )  # fmt: skip
        self.now = gr.State(None)  # the ``Shown`` painting
        self.past = gr.State([])  # those of this visit, the newest first
        self.download.click(_downloaded, self.now, self.now, **QUIET)

    @property
    def parts(self) -> list[Component]:
        """What a painting changes."""
        shown = [self.slider, self.said, self.caption, self.verdict.bars]
        return [*shown, self.finish, self.download, self.strip, self.now, self.past]

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

    def sketch(self, request: PaintRequest, now: Shown | None) -> Updates:
        """What a slider asks for, small and at once; empty where the painting itself is hardly larger.

        Raises:
            Interrupted: nobody waits for it.
        """
        small = max(request.photo.size) <= 2 * SKETCH_SIDE
        if small or now is None or not now.differs_by_slider(request.recipe):
            return {}
        sketch = self._painter.sketch(request, SKETCH_SIDE)
        pair = before_after(self._painter.files, request.photo, sketch, request.visitor.session)
        return {self.slider: pair, self.said: SKETCHED.format(html.escape(f"Painting in {request.style.title}…"))}

    def show(
        self, painted: Painted, tile: int | None, before: Shown | None, past: list[Shown], asked: float, photo: str
    ) -> Updates:
        """A painting as the page shows it; it is kept in the Gallery.

        tile: of its style. before: what was shown until now. past: what this visit painted. asked: when this one was
        asked for. photo: its file; empty for the example.
        """
        request, (id, note) = painted.request, self._painter.add_to_gallery(painted)
        by_slider = before is not None and before.differs_by_slider(painted.recipe)
        passed = before.kept if before and by_slider and before.only_passed(asked) else ""
        if passed and passed != id:
            self._painter.delete_passing(request.visitor, passed)
        files, session = self._painter.files, request.visitor.session
        with Image.open(painted.path) as painting:
            size = painting.size
            pair = before_after(files, request.photo, painting, session, whole=painted.path)
            thumb = files.add("thumb", fitted(painting.convert("RGB"), THUMB_SIDE), "WEBP", session)
        passing = by_slider and painted.fresh
        now = Shown(painted.recipe, tile, time.monotonic(), id, passing, photo, str(thumb), pair, size)
        past = remembered(past, now, passed if passed != id else "")
        mixed = f" with {percent(request.mix)} of {escape_markdown(request.second.title)}" if request.second else ""
        facts = [f"In {escape_markdown(request.style.caption)}{mixed}", f"{size[0]} × {size[1]} pixels"]
        caption = " · ".join(filter(None, [*facts, how_far(painted.recipe.finish)]))
        return {
            self.slider: pair,
            self.said: "",
            self.download: gr.DownloadButton(value=str(painted.path), interactive=True),
            self.caption: ("" if photo else f"{EXAMPLE} ") + caption + (f"\n\n{escape_markdown(note)}" if note else ""),
            self.verdict.bars: bars(None),
            self.finish: self._finishing.offer(painted, size),
            self.strip: self._strip(past, now),
            self.now: now,
            self.past: past,
        }

    @staticmethod
    def _strip(past: list[Shown], now: Shown) -> gr.Gallery:
        """The strip with the painting lit that is shown; one painting alone needs none."""
        pictures = [(each.thumb, each.recipe.title) for each in past if Path(each.thumb).exists()]
        lit = next((number for number, each in enumerate(past) if each.recipe == now.recipe), None)
        return gr.Gallery(pictures, visible=len(past) > 1, selected_index=lit)


def _downloaded(now: Shown | None) -> Shown | None:
    """Keep a painting that its visitor has downloaded."""
    return now and now.settled()
