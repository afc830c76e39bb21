"""Ways to learn one style side by side: one photo painted in each, their curves in one plot, and one to keep."""

from string import ascii_uppercase

import gradio as gr
import pandas as pd
from gradio.blocks import BlockContext
from gradio.components import Component

from studio.styles.training_queue import Job, Run
from studio.tabs.finetune.loss_menus import WAYS, in_words
from studio.tabs.wiring import Updates
from studio.web.served_files import ServedFiles

EXPLAINED = (
    "100 % is where each of them started. The higher a line climbs, the more its paintings look like your pictures; "
    "all are measured in the same way, whatever they learn with."
)


class Comparison:
    """The components, inside the current Blocks."""

    def __init__(self, files: ServedFiles):
        self._files = files
        with gr.Column(visible=False, elem_id="comparing") as self._all:
            self._columns, self._pictures, self._texts, self.keep = [], [], [], []
            with gr.Row():
                with gr.Column(min_width=150):
                    self._photo = _picture("The photo", "compared-photo")
                for letter in ascii_uppercase[: len(WAYS)]:
                    with gr.Column(min_width=150, visible=False) as column:
                        self._pictures.append(_picture(f"Way {letter}", f"compared-{letter}"))
                        self.keep.append(gr.Button(f"Keep {letter}", variant="primary", visible=False))
                        self._texts.append(gr.Markdown(elem_id=f"compared-text-{letter}"))
                    self._columns.append(column)
            self.none = gr.Button("Keep none of them", size="sm", visible=False, elem_id="keep-none")
            gr.Markdown(EXPLAINED)
            self._curves = gr.LinePlot(
                x="seconds", y="percent", color="way", x_title="seconds practised", y_title="% of the start",
                color_title="", height=240, elem_id="compared-curves",
            )  # fmt: skip

    @property
    def parts(self) -> list[Component | BlockContext]:
        """What ``show`` and ``hide`` change."""
        shown = [self._photo, self._curves, self.none, *self._columns, *self._pictures, *self._texts, *self.keep]
        return [self._all, *shown]

    def hide(self) -> Updates:
        """Nothing is compared any more."""
        return {self._all: gr.Column(visible=False)}

    def show(self, job: Job, session: str, anew: bool) -> Updates:
        """How far each of them is. anew: the page has nothing of it yet, or it has ended; else only what may differ."""
        learning = next((i for i, run in enumerate(job.runs) if not run.pack and not run.failure), len(job.runs))
        photo = {self._photo: str(self._files.add("photo", job.watched, "JPEG", session))} if job.watched else {}
        updates: Updates = (photo if anew else {}) | {
            self._all: gr.Column(visible=True),
            self.none: gr.Button(visible=job.to_choose),
            self._curves: curves(job),
        }
        for number, column in enumerate(self._columns):
            run = job.runs[number] if number < len(job.runs) else None
            updates[column] = gr.Column(visible=run is not None)
            if anew and not (run and run.preview):
                updates[self._pictures[number]] = None  # of another comparison
            if run:
                if run.preview and (anew or number >= learning - 1):  # the last one may have ended since
                    updates[self._pictures[number]] = str(self._files.add("way", run.preview[0], "JPEG", session))
                updates |= {
                    self._texts[number]: _said(run),
                    self.keep[number]: gr.Button(visible=job.to_choose and run.pack is not None),
                }
        return updates


def _picture(label: str, elem_id: str) -> gr.Image:
    return gr.Image(label=label, interactive=False, type="filepath", buttons=["fullscreen"], elem_id=elem_id)


def _said(run: Run) -> str:
    """What is said under a painting."""
    if run.failure:
        return f"{in_words(run.objective)}\n\n**Learning failed:** {run.failure}"
    if not run.step:
        return f"{in_words(run.objective)}\n\n*Not begun yet*"
    _, near, layout = run.distances[-1]
    return f"{in_words(run.objective)}\n\n{run.step} steps; distance to the style {near:.3f}, to the photo {layout:.3f}"


def curves(job: Job) -> pd.DataFrame:
    """How near to the style each way paints, in percent of how near it was at the start, over its own seconds.

    One that has not begun has a point, too: of a plot Gradio learns once which lines there are.
    """
    points = [
        (seconds, 100 * (run.distances[0][1] / near if run.distances else 1), f"Way {letter}")
        for letter, run in zip(ascii_uppercase, job.runs)
        for seconds, near, _ in (run.distances or [(0.0, 1.0, 1.0)])
    ]
    return pd.DataFrame(points, columns=["seconds", "percent", "way"]).astype({"seconds": float, "percent": float})
