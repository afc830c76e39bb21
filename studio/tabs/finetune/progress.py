"""A style while it is learnt and when it is done: from the start to now, what it learnt from, and the curves."""

from typing import Any

import gradio as gr
import pandas as pd
from gradio.blocks import Block, BlockContext
from gradio.components import Component

from studio.styles.training_queue import Job, Run, TrainingQueue
from studio.tabs.stylize.tab import StylizeTab
from studio.tabs.wiring import TELLING, Updates, scroll_to
from studio.web.components import picture_wall
from studio.web.messages import user_errors
from studio.web.served_files import ServedFiles
from stylegan import StyleError

CURVE_POINTS = 60
FIRST_STEPS = 10  # whose mean is the start of a curve: single steps differ by the photo they happen to show
CURVES = {"style": "looks like the style", "photo": "looks like the photo"}
EXPLAINED = (
    "100 % is where it started. The higher a line climbs, the more its paintings look like your pictures, or like the "
    "photo. The two pull at each other, so one may fall a little."
)


class Progress:
    """The components, inside the current Blocks."""

    def __init__(self, trainings: TrainingQueue, files: ServedFiles):
        self._trainings, self._files = trainings, files
        with gr.Column(visible=False, elem_id="learning") as self._all:
            self._slider = gr.ImageSlider(
                label="At the start, and now", type="filepath", interactive=False, buttons=["fullscreen"],
                max_height=420, elem_id="start-now",
            )  # fmt: skip
            self.paint = gr.Button("Paint my photo in it", variant="primary", visible=False, elem_id="paint-in-it")
            options = {"height": "auto", "object_fit": "cover", "allow_preview": False, "interactive": False}
            options |= {"show_label": False, "container": False, "buttons": [], "format": "jpeg"}
            with gr.Row():
                with gr.Column(min_width=140):
                    gr.Markdown("It learns from these:")
                    self._pictures = picture_wall(
                        label="It learns from these", columns=3, elem_id="learns-from", **options
                    )
                with gr.Column(min_width=140):
                    gr.Markdown("It paints now:")
                    self._others = picture_wall(label="It paints now", columns=2, elem_id="preview", **options)
            with gr.Accordion("How it gets better", open=False):
                gr.Markdown(EXPLAINED)
                self._curves = gr.LinePlot(
                    x="step", y="percent", color="what", x_title="practised", y_title="% of the start",
                    color_title="", height=240, elem_id="curves",
                )  # fmt: skip

    @property
    def parts(self) -> list[Component | BlockContext]:
        """What ``show`` changes."""
        return [self._all, self._slider, self.paint, self._pictures, self._others, self._curves]

    def hide(self) -> Updates:
        """Something else is shown in its place."""
        return {self._all: gr.Column(visible=False)}

    def show(self, job: Job, session: str) -> Updates:
        """What a training paints now beside what it painted at its start."""
        run = job.runs[0]
        (start, *_), (now, *others) = run.first_preview, run.preview
        pair = (str(self._files.add(name, view, "JPEG", session)) for name, view in (("start", start), ("now", now)))
        return {
            self._all: gr.Column(visible=True),
            self._slider: tuple(pair),
            self._pictures: list(job.learnt_from),
            self._others: others,
            # Of a plot without points Gradio takes its numbers for names, and goes on doing so.
            self._curves: curves(run) if len(run.history) > FIRST_STEPS + 1 else gr.skip(),
            self.paint: gr.Button(visible=job.state == "done"),
        }

    def wire(self, owner_key: gr.BrowserState, photo: gr.Image, stylize: StylizeTab, tabs: gr.Tabs) -> None:
        """A click on the button paints the visitor's photo in the new style, in the Stylize tab.

        photo: on which the style was watched; it is painted where the Stylize tab has none.
        """
        controls = stylize.controls
        filled: list[Block] = [tabs, controls.photo, controls.style, controls.style_image, controls.wanted]

        def use(owner_key: str, watched: str | None, given: str | None) -> dict[Any, Any]:
            job = self._trainings.latest(owner_key)
            with user_errors():
                if not job or not job.style:
                    raise StyleError("This style is not there any more.")
            updates = {controls.style: job.style, controls.style_image: None, controls.wanted: None}
            photo = {controls.photo: watched} if watched and not given else {}
            return updates | photo | {tabs: gr.Tabs(selected="stylize")}

        using = self.paint.click(use, [owner_key, photo, controls.photo], filled, **TELLING)
        stylize.paint_after(using.success).then(**scroll_to("result"))


def curves(run: Run) -> pd.DataFrame:
    """How near paintings are to the style and to the photo, in percent of how near they were at the start.

    Nearness is one over the distance, as a running mean, thinned out to what a plot can show.
    """
    frame = pd.DataFrame(run.history, columns=["step", *CURVES.values()], dtype=float)
    names = list(CURVES.values())
    start = frame[names].head(FIRST_STEPS).mean()
    smooth = frame[names].rolling(20, min_periods=min(FIRST_STEPS, len(frame)) or 1).mean()
    nearness = (100 * start / smooth).assign(step=frame["step"]).dropna()
    thinned = nearness.iloc[:: max(1, len(nearness) // CURVE_POINTS)]
    return thinned.melt("step", var_name="what", value_name="percent")
