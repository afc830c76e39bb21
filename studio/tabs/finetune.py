"""The Fine-tune tab: teach a style from a few pictures, watch it learn, keep it."""

import html

import gradio as gr
import pandas as pd

from studio.settings import API_TRAININGS
from studio.styles.library import OwnStyle, StyleLibrary, download_name, new_owner
from studio.styles.training_queue import EFFORTS, Job, TrainingQueue
from studio.tabs.loss_menus import chosen_objective, compared, comparison, loss_choices
from studio.web.guard import check_files, session_of
from studio.web.inputs import picture_input
from studio.web.messages import status_line, user_errors
from studio.web.served_files import ServedFiles
from stylegan import Objective

TICK = 1.0  # seconds between looks at a running training
CURVE_POINTS = 60
HELP = (
    "Add 1 to 20 pictures that share a look: drawings, prints, paintings, photos of a fabric. One picture alone is a "
    "style at once in the Stylize tab; here Atelier practises it and comes nearer to it."
)
IDLE = "Your new style will appear in the Stylize tab as soon as it is learnt."


class FinetuneTab:
    """Builds the tab and answers its events."""

    def __init__(self, trainings: TrainingQueue, library: StyleLibrary, results: ServedFiles):
        self.trainings, self.library, self.results = trainings, library, results

    def build(self, owner: gr.BrowserState, changed: gr.Number) -> None:
        """Lay out the components inside the current Blocks and wire them.

        owner: the visitor's key. changed: counts up when the visitor's styles have changed.
        """
        with gr.Row():
            with gr.Column(scale=5, min_width=320):
                gr.Markdown(f"### 1. Show it a style\n{HELP}")
                pictures = gr.Gallery(
                    label="Pictures of the style", file_types=["image"], type="filepath", columns=4, height=260,
                    sources=["upload", "clipboard"], interactive=True, buttons=[], elem_id="pictures",
                )  # fmt: skip
                name = gr.Textbox(
                    label="Name of the style",
                    placeholder="For instance: Anna's drawings",
                    max_length=60,
                    elem_id="name",
                )
                self.effort = gr.Radio(self._efforts(), value=EFFORTS["Good"], label="How thoroughly", elem_id="effort")
                with gr.Accordion("Watch it learn on your own photo", open=False):
                    photo = picture_input(label="Your photo", sources=["upload", "clipboard"], height=200)
                with gr.Accordion("Licence", open=False):
                    license = gr.Textbox(
                        label="What others may do with the style", max_length=200, placeholder="For instance: CC BY 4.0"
                    )
                losses = loss_choices()
                with gr.Row():
                    start = gr.Button("Start learning", variant="primary", elem_id="start")
                    stop = gr.Button("Stop and keep it", interactive=False, elem_id="stop")
            with gr.Column(scale=6, min_width=320):
                gr.Markdown("### 2. Watch it learn")
                status = gr.HTML(status_line(IDLE), elem_id="status")
                preview = gr.Gallery(
                    label="How it paints now", columns=3, height="auto", object_fit="cover", allow_preview=False,
                    interactive=False, buttons=[], format="jpeg", elem_id="preview",
                )  # fmt: skip
                with gr.Accordion("Curves", open=False):
                    curves = gr.LinePlot(
                        x="step",
                        y="value",
                        color="what",
                        x_title="step",
                        y_title="distance, lower is better",
                        height=240,
                    )
                gr.Markdown("### 3. Your styles\nOnly this browser sees them. Use them in the Stylize tab.")
                mine = gr.Dropdown([], label="Your styles", interactive=True, elem_id="mine")
                with gr.Row():
                    download = gr.DownloadButton("Download", interactive=False, size="sm", elem_id="download-style")
                    delete = gr.Button("Delete", interactive=False, size="sm", variant="stop", elem_id="delete-style")
                    upload = gr.UploadButton(
                        "Load a style file", file_types=[".safetensors"], size="sm", elem_id="load"
                    )
                with gr.Row(equal_height=True):
                    title = gr.Textbox(label="New name", max_length=60, scale=3, elem_id="new-name")
                    rename = gr.Button("Rename", interactive=False, size="sm", scale=1, elem_id="rename")
                table = comparison()
        timer = gr.Timer(TICK)
        seen = gr.State((0, 0, ""))  # number of the job, of its preview, and its state as the page shows it
        api = [gr.File(visible=False, file_count="multiple"), gr.Textbox("My style", visible=False, label="Name")]
        api += [gr.Number(EFFORTS["Good"], visible=False, precision=0, minimum=1, maximum=2000, label="Steps")]
        pack, call = gr.File(visible=False, label="Style pack"), gr.Button(visible=False)

        told = {"show_progress": "hidden", "api_visibility": "private"}  # the page shows errors of queued events alone
        ui = told | {"queue": False}
        page = [status, preview, curves, start, stop, seen, changed]
        listed = [mine, table, download, delete, rename]
        asked = [owner, name, pictures, photo, self.effort, license, *losses]
        start.click(self._start, asked, status, **told)
        stop.click(self._stop, owner, stop, **ui)
        timer.tick(self._look, [owner, seen, changed], page, **ui)
        changed.change(self._list, [owner, mine], listed, **ui)
        mine.input(self._choose, [owner, mine], [download, delete, rename], **ui)
        upload.upload(self._load, [owner, upload, changed], [changed, mine], **told)
        rename.click(self._rename, [owner, mine, title, changed], [changed, title], **told)
        delete.click(self._delete, [owner, mine, changed], changed, **told)
        call.click(self.finetune, api, pack, api_name="finetune", concurrency_limit=API_TRAININGS)

    def efforts(self) -> gr.Radio:
        """The choices with the times that they take on this machine, once these have been measured."""
        return gr.Radio(self._efforts())

    def finetune(
        self,
        pictures: list[str],
        name: str = "My style",
        steps: int = EFFORTS["Good"],
        request: gr.Request | None = None,
    ) -> str:
        """Learn a style from pictures and return it as a style pack, to be given to /stylize.

        Args:
            pictures: 1 to 20 pictures of the style.
            name: What to call it.
            steps: How long to learn; 180 is good, 600 is best.
        """
        with user_errors():
            check_files(session_of(request), *(pictures or []))
            job = self.trainings.submit(new_owner(), name, pictures or [], None, int(steps), "", Objective())
        job.ended.wait()
        if job.state == "failed":
            raise gr.Error(job.message, print_exception=False)
        style = self.library.find(job.owner, job.style)
        file = self.results.copy(download_name(style.title), style.path)
        self.library.delete(job.owner, job.style)
        return str(file)

    # Events.

    def _start(
        self,
        owner: str,
        name: str,
        pictures: list | None,
        photo: str | None,
        steps: int,
        license: str | None,
        content_loss: str | None,
        style_loss: str | None,
        adversarial_loss: str | None,
        request: gr.Request,
    ) -> str:
        files = [file for file, _ in pictures or []]
        with user_errors():
            check_files(session_of(request), photo, *files)
            objective = chosen_objective(content_loss, style_loss, adversarial_loss)
            job = self.trainings.submit(owner, name, files, photo, steps, license or "", objective)
        return self._status(job)

    def _stop(self, owner: str) -> gr.Button:
        job = self.trainings.latest(owner)
        if job:
            self.trainings.cancel(job)
        return gr.Button("Stopping…", interactive=False)

    def _look(self, owner: str, seen: tuple[int, int, str], changed: int) -> tuple:
        """What has changed since the page last looked at the visitor's training."""
        job = self.trainings.latest(owner)
        if not job:
            return gr.skip()
        now = job.number, job.previews, job.state
        if job.state in ("done", "failed") and now == seen:
            return gr.skip()
        running = job.state in ("waiting", "learning")
        new_picture = now[:2] != seen[:2] and job.preview
        arrived = job.state == "done" and seen != now
        return (
            self._status(job),
            list(job.preview) if new_picture else gr.skip(),
            _curves(job) if new_picture else gr.skip(),
            gr.Button(interactive=not running),
            gr.Button("Stop and keep it", interactive=running and not job.stop.is_set()),
            now,
            changed + 1 if arrived else gr.skip(),
        )

    def _list(self, owner: str, chosen: str | None, request: gr.Request) -> tuple:
        styles = self._styles(owner)
        keys = [style.key for style in styles]
        chosen = chosen if chosen in keys else next(reversed(keys), None)
        menu = gr.Dropdown([(style.title, style.key) for style in styles], value=chosen)
        return menu, compared(styles), *self._choose(owner, chosen, request)

    def _choose(self, owner: str, key: str | None, request: gr.Request) -> tuple:
        if not key:
            return (
                gr.DownloadButton(value=None, interactive=False),
                gr.Button(interactive=False),
                gr.Button(interactive=False),
            )
        style = self._find(owner, key)
        file = self.results.copy(download_name(style.title), style.path, session_of(request))
        return (
            gr.DownloadButton(value=str(file), interactive=True),
            gr.Button(interactive=True),
            gr.Button(interactive=True),
        )

    def _load(self, owner: str, file: str, changed: int, request: gr.Request) -> tuple:
        with user_errors():
            check_files(session_of(request), file)
            style = self.library.load(owner, file)
        return changed + 1, gr.Dropdown([(style.title, style.key)], value=style.key)

    def _rename(self, owner: str, key: str, title: str, changed: int) -> tuple[int, str]:
        self._find(owner, key)
        with user_errors():
            self.library.rename(owner, key, title)
        return changed + 1, ""

    def _delete(self, owner: str, key: str, changed: int) -> int:
        self._find(owner, key)
        self.library.delete(owner, key)
        return changed + 1

    def _find(self, owner: str, key: str) -> OwnStyle:
        with user_errors():
            return self.library.find(owner, key)

    def _styles(self, owner: str) -> list[OwnStyle]:
        return self.library.styles(owner) if owner else []

    def _efforts(self) -> list[tuple[str, int]]:
        labels = []
        for name, steps in EFFORTS.items():
            seconds = self.trainings.forecast(steps)
            labels.append((f"{name} ({duration(seconds)})" if seconds else name, steps))
        return labels

    def _status(self, job: Job) -> str:
        name = html.escape(job.name)
        if job.state == "failed":
            return status_line(html.escape(job.message))
        if job.state == "done":
            return status_line(f"<b>{name}</b> is ready: you find it in the Stylize tab.", 1)
        if job.state == "waiting":
            before, seconds = self.trainings.queue_position(job)
            people = "1 person is" if before == 1 else f"{before} people are"
            wait = f"; your turn in about {duration(seconds)}" if seconds else ""
            return status_line(f"{people} before you{wait}." if before else "Starting…", 0)
        if not job.step:
            return status_line(f"Looking at the pictures of <b>{name}</b>…", 0)
        return status_line(f"Learning <b>{name}</b>: about {duration(job.left)} left", job.done)


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    return f"{round(seconds / 60)} minutes"


def _curves(job: Job) -> pd.DataFrame:
    """Running means of the two losses, thinned out to what a plot can show."""
    frame = pd.DataFrame(job.history, columns=["step", "style", "photo kept"])
    smooth = frame.rolling(20, min_periods=1).mean().assign(step=frame["step"])
    thinned = smooth.iloc[:: max(1, len(smooth) // CURVE_POINTS)]
    return thinned.melt("step", var_name="what", value_name="value")
