"""The Fine-tune tab: teach a style from a few pictures, watch it learn, keep it."""

import html
from functools import partial

import gradio as gr
from gradio.blocks import Block

from studio.operation.shares import dear
from studio.settings import API_TRAININGS
from studio.styles.library import OwnStyle, StyleLibrary, download_name, new_owner_key
from studio.styles.training_queue import EFFORTS, Job, TrainingQueue, TrainingRequest
from studio.tabs.finetune.comparison import Comparison
from studio.tabs.finetune.loss_menus import Lab, chosen_objectives, compared, comparison
from studio.tabs.finetune.progress import Progress
from studio.tabs.stylize.tab import StylizeTab
from studio.tabs.undo import UndoBar
from studio.tabs.wiring import QUIET, TELLING, Updates, scroll_to
from studio.web.caller import Caller
from studio.web.components import file_input, number, picture_input
from studio.web.guard import check_files, session_of
from studio.web.messages import escape_markdown, status_line, user_errors
from studio.web.served_files import ServedFiles

CALLER_SECONDS = 0.5  # after which it is looked again whether a program still waits
TICK = 1.0  # seconds after which the page asks again how far a training is
HELP = (
    "Add 1 to 20 pictures that share a look: drawings, prints, paintings, photos of a fabric. One picture alone is a "
    "style at once in the Stylize tab; here Atelier practises it and comes nearer to it."
)
IDLE = "Your new style will appear in the Stylize tab as soon as it is learnt."


class FinetuneTab:
    """The tab's components, inside the current Blocks, and its events."""

    def __init__(
        self,
        trainings: TrainingQueue,
        library: StyleLibrary,
        files: ServedFiles,
        owner_key: gr.BrowserState,
        changed: gr.Number,
        stylize: StylizeTab,
        tabs: gr.Tabs,
    ):
        """owner_key: the visitor's key. changed: counts up when the visitor's styles have changed. stylize, tabs: where
        a new style is tried."""
        self._trainings, self._library, self._files, self._changed = trainings, library, files, changed
        with gr.Row():
            with gr.Column(scale=5, min_width=320):
                gr.Markdown(f"## 1. Show it a style\n{HELP}")
                pictures = gr.Gallery(
                    label="Pictures of the style", file_types=["image"], type="filepath", columns=4, height=200,
                    sources=["upload", "clipboard"], interactive=True, buttons=[], elem_id="pictures",
                )  # fmt: skip
                name = gr.Textbox(
                    label="Name of the style",
                    placeholder="For instance: Anna's drawings",
                    max_length=60,
                    elem_id="name",
                )
                self.effort = gr.Radio(self._efforts(), value=EFFORTS["Good"], label="How thoroughly", elem_id="effort")
                self._forecast = gr.HTML(visible=False, elem_id="forecast")
                with gr.Row():
                    self._start = gr.Button("Start learning", variant="primary", elem_id="start")
                    self._stop = gr.Button("Stop and keep it", interactive=False, elem_id="stop")
                with gr.Accordion("Watch it learn on your own photo", open=False):
                    photo = picture_input(label="Your photo", sources=["upload", "clipboard"], height=200)
                with gr.Accordion("Licence", open=False):
                    license = gr.Textbox(
                        label="What others may do with the style", max_length=200, placeholder="For instance: CC BY 4.0"
                    )
                lab = Lab()
            with gr.Column(scale=6, min_width=320):
                gr.Markdown("## 2. Watch it learn")
                self._status = gr.HTML(status_line(IDLE), elem_id="status")
                self._progress = Progress(trainings, files)
                self._comparison = Comparison(files)
                gr.Markdown("## 3. Your styles\nOnly this browser sees them. Use them in the Stylize tab.")
                self._mine = gr.Dropdown([], label="Your styles", interactive=True, elem_id="mine")
                with gr.Row():
                    self._download = gr.DownloadButton(
                        "Download", interactive=False, size="sm", elem_id="download-style"
                    )
                    self._delete = gr.Button(
                        "Delete", interactive=False, size="sm", variant="stop", elem_id="delete-style"
                    )
                    upload = gr.UploadButton(
                        "Load a style file", file_types=[".safetensors"], size="sm", elem_id="load"
                    )
                with gr.Row(equal_height=True):
                    self._new_name = gr.Textbox(label="New name", max_length=60, scale=3, elem_id="new-name")
                    self._rename = gr.Button("Rename", interactive=False, size="sm", scale=1, elem_id="rename")
                self._table = comparison()
                self._undo = UndoBar("style")
        self._last_shown = gr.State((0, 0, ""))  # number of the job, of its preview, and its state, as the page has it
        asked: dict[str, Block] = {
            "name": name,
            "pictures": pictures,
            "photo": photo,
            "steps": self.effort,
            "license": license,
        }
        self._clock = gr.Timer(TICK, active=False)  # runs while something is learnt for this visitor
        asked |= {"ways": lab.ways} | lab.menus
        starting = self._start.click(self.start, owner_key, self._status, inputs_kwargs=asked, **TELLING)
        starting.then(self.watch, owner_key, self._clock, **QUIET)
        self._stop.click(self.stop, owner_key, self._stop, **QUIET)
        gr.on([lab.ways.change, self.effort.change], self.forecast, [lab.ways, self.effort], self._forecast, **QUIET)
        self._wire_progress(owner_key)
        self._wire_choice(owner_key)
        self._progress.wire(owner_key, photo, stylize, tabs)
        self._wire_styles(owner_key, upload)
        self._offer_to_programs()

    def _wire_progress(self, owner_key: gr.BrowserState) -> None:
        parts = [self._status, self._start, self._stop, self._last_shown, self._changed, self._mine, self._clock]
        progress = [*parts, *self._progress.parts, *self._comparison.parts]
        self._clock.tick(self.poll, [owner_key, self._last_shown, self._changed], progress, **QUIET)
        self._changed.change(self.watch, owner_key, self._clock, **QUIET)  # the page opens, or styles have changed

    def _wire_choice(self, owner_key: gr.BrowserState) -> None:
        """One of those that were compared is kept, or none."""
        for place, button in enumerate(self._comparison.keep):
            keeping = button.click(partial(self.keep, place), owner_key, self._clock, **TELLING)
            keeping.success(**scroll_to("status"))
        answered = [self._status, *self._comparison.parts]
        self._comparison.none.click(self.keep_none, owner_key, answered, **TELLING)

    def _wire_styles(self, owner_key: gr.BrowserState, upload: gr.UploadButton) -> None:
        changed, mine, title = self._changed, self._mine, self._new_name
        usable = [self._download, self._delete, self._rename]
        changed.change(self.list_styles, [owner_key, mine], [mine, self._table, *usable], **QUIET)
        mine.input(self.choose, [owner_key, mine], usable, **QUIET)
        upload.upload(self.load, [owner_key, upload, changed], [changed, mine], **TELLING)
        self._rename.click(self.rename, [owner_key, mine, title, changed], [changed, title], **TELLING)
        self._delete.click(self.delete, [owner_key, mine, changed], [changed, *self._undo.parts], **TELLING)
        self._undo.wire(self.restore, [owner_key, changed], [changed, mine])

    def _offer_to_programs(self) -> None:
        """The endpoint /finetune: its parameters are those of ``finetune``."""
        given = {
            "pictures": file_input(visible=False, file_count="multiple"),
            "name": gr.Textbox("My style", visible=False, label="Name"),
            "steps": number(EFFORTS["Good"], visible=False, minimum=1, maximum=2000, label="Steps"),
        }
        pack = gr.File(visible=False, label="Style pack")
        options = {"api_name": "finetune", "concurrency_limit": API_TRAININGS}
        gr.Button(visible=False).click(self.finetune, inputs_kwargs=given, outputs=pack, **options)

    @property
    def opened(self) -> list[Block]:
        """What changes as the tab is opened."""
        return [self.effort, self._clock]

    def open(self, owner_key: str) -> Updates:
        """The efforts with the times that they take here, once measured; and a training begun in another window."""
        return {self.effort: gr.Radio(self._efforts()), self._clock: self.watch(owner_key)}

    @dear("finetune")
    def finetune(
        self,
        pictures: list[str],
        name: str = "My style",
        steps: int | None = EFFORTS["Good"],
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
            asked = TrainingRequest.read(new_owner_key(), name, pictures or [], steps or EFFORTS["Good"])
            job = self._trainings.submit(asked)
        caller = Caller()
        while not job.ended.wait(CALLER_SECONDS):
            if not caller.waits:
                self._trainings.discard(job)
        self._trainings.delete(job)
        if job.state == "failed":
            raise gr.Error(job.message, print_exception=False)
        owner_key = job.request.owner_key
        style = self._library.find(owner_key, job.style)
        file = self._files.copy(download_name(style.title), style.path)
        self._library.delete(owner_key, job.style)
        return str(file)

    # Events.

    @dear("finetune")
    def start(
        self, request: gr.Request, owner_key: str, *, name: str, pictures: list | None, photo: str | None, steps: int,
        license: str | None, ways: int | None = 1, **losses: str | None,
    ) -> str:  # fmt: skip
        """Ask for a training; returns what the page says of it."""
        files = [file for file, _ in pictures or []]
        with user_errors():
            check_files(session_of(request), photo, *files)
            objectives = chosen_objectives(ways, **losses)
            options = {"photo": photo, "license": license or "", "objectives": objectives}
            job = self._trainings.submit(TrainingRequest.read(owner_key, name, files, steps, **options))
        return self._status_of(job)

    def forecast(self, ways: int | None, steps: int) -> gr.HTML:
        """How long a comparison takes in all, before it is begun; the menu of efforts says it of a single training."""
        if not ways or ways == 1:
            return gr.HTML(visible=False)
        seconds = self._trainings.forecast(steps)
        if not seconds:
            return gr.HTML(status_line(f"{ways} ways, one after another: {ways} times as long as one."), visible=True)
        text = f"{ways} ways, {duration(seconds)} each: about {duration(ways * seconds)} in all"
        wait = self._trainings.wait_seconds()
        text += f", after about {duration(wait)} for those who asked before." if wait else "."
        return gr.HTML(status_line(text), visible=True)

    def keep(self, place: int, owner_key: str) -> gr.Timer:
        """Keep one of the styles that were compared; the page shows it like any that is done."""
        with user_errors():
            self._trainings.keep(owner_key, place)
        return gr.Timer(active=True)

    def keep_none(self, owner_key: str) -> Updates:
        """Let all that were compared go."""
        job = self._trainings.latest(owner_key)
        if job and job.to_choose:
            self._trainings.delete(job)
        return self._comparison.hide() | {self._status: status_line(IDLE)}

    def stop(self, owner_key: str) -> gr.Button:
        """Stop the visitor's training; what it has learnt is kept."""
        job = self._trainings.latest(owner_key)
        if job:
            self._trainings.cancel(job)
        return gr.Button("Stopping…", interactive=False)

    def watch(self, owner_key: str) -> gr.Timer:
        """Ask for progress only where there is any: fifty open pages that ask each second would fill a core."""
        return gr.Timer(active=self._trainings.latest(owner_key) is not None)

    def poll(
        self, owner_key: str, last_shown: tuple[int, int, str], changed: int, request: gr.Request
    ) -> Updates:  # fmt: skip
        """What has changed since the page last asked for the visitor's training."""
        job = self._trainings.latest(owner_key)
        if not job:
            return {self._clock: gr.Timer(active=False)}
        now = job.number, job.previews, job.state
        if job.state in ("done", "failed") and now == last_shown:
            return {self._clock: gr.Timer(active=False)}
        running = job.state in ("waiting", "learning")
        updates = {
            self._status: self._status_of(job),
            self._start: gr.Button(interactive=not running),
            self._stop: gr.Button(
                "Do not wait"
                if job.state == "waiting"
                else "Stop and keep what is there"
                if job.compares
                else "Stop and keep it",
                interactive=running and not job.stop.is_set(),
            ),
            self._last_shown: now,
        }
        if now != last_shown and job.previews:
            anew = (job.number, job.state) != last_shown[::2] or not last_shown[1]
            updates |= self._seen(job, session_of(request), anew)
        if job.style and last_shown != now:
            updates |= {self._changed: changed + 1} | self._chosen(job.request.name, job.style)
        return updates

    def _seen(self, job: Job, session: str, anew: bool) -> Updates:
        """A training alone, or several side by side, in the place of the other."""
        if job.compares:
            return self._comparison.show(job, session, anew) | self._progress.hide()
        return self._progress.show(job, session) | self._comparison.hide()

    def list_styles(self, owner_key: str, chosen: str | None, request: gr.Request) -> Updates:
        """The visitor's styles, one of them chosen."""
        styles = self._library.styles(owner_key) if owner_key else []
        keys = [style.key for style in styles]
        chosen = chosen if chosen in keys else next(reversed(keys), None)
        menu = gr.Dropdown([(style.title, style.key) for style in styles], value=chosen)
        return {self._mine: menu, self._table: compared(styles)} | self.choose(owner_key, chosen, request)

    def choose(self, owner_key: str, key: str | None, request: gr.Request) -> Updates:
        """What can be done with a style."""
        file = None
        if key:
            style = self._find(owner_key, key)
            file = str(self._files.copy(download_name(style.title), style.path, session_of(request)))
        button = gr.Button(interactive=bool(key))
        download = gr.DownloadButton(value=file, interactive=bool(key))
        return {self._download: download, self._delete: button, self._rename: button}

    def load(self, owner_key: str, file: str, changed: int, request: gr.Request) -> Updates:
        """Keep the style of an uploaded file, and choose it."""
        with user_errors():
            check_files(session_of(request), file)
            style = self._library.load(owner_key, file)
        return {self._changed: changed + 1} | self._chosen(style.title, style.key)

    def rename(self, owner_key: str, key: str, title: str, changed: int) -> Updates:
        """Give a style another name."""
        self._find(owner_key, key)
        with user_errors():
            self._library.rename(owner_key, key, title)
        return {self._changed: changed + 1, self._new_name: ""}

    def delete(self, owner_key: str, key: str, changed: int) -> Updates:
        """Delete a style; that can be undone for some minutes."""
        style = self._find(owner_key, key)
        self._library.set_aside(owner_key, key)
        return self._undo.offer(key, f"{escape_markdown(style.title)} deleted.") | {self._changed: changed + 1}

    def restore(self, owner_key: str, changed: int, key: str) -> Updates:
        """Undo the deletion, and choose the style."""
        with user_errors():
            style = self._library.bring_back(owner_key, key)
        return {self._changed: changed + 1} | self._chosen(style.title, style.key)

    def _chosen(self, title: str, key: str) -> Updates:
        """A style is the chosen one before the menu has been made anew, which keeps it."""
        return {self._mine: gr.Dropdown([(title, key)], value=key)}

    def _find(self, owner_key: str, key: str) -> OwnStyle:
        with user_errors():
            return self._library.find(owner_key, key)

    def _efforts(self) -> list[tuple[str, int]]:
        labels = []
        for name, steps in EFFORTS.items():
            seconds = self._trainings.forecast(steps)
            labels.append((f"{name} ({duration(seconds)})" if seconds else name, steps))
        return labels

    def _status_of(self, job: Job) -> str:
        name = html.escape(job.request.name)
        if job.state == "failed":
            return status_line(html.escape(job.message))
        if job.to_choose:
            return status_line(f"<b>{name}</b> is learnt. Which way do you like best? Keep one, the others go.", 1)
        if job.state == "done":
            return status_line(
                f"<b>{name}</b> is ready. Move the handle to see what it has learnt. {job.message}".strip(), 1
            )
        if job.state == "waiting":
            before, seconds = self._trainings.queue_position(job)
            people = "1 person is" if before == 1 else f"{before} people are"
            wait = f"; your turn in about {duration(seconds)}" if seconds else ""
            return status_line(f"{people} before you{wait}." if before else "Starting…", 0)
        if not job.previews:
            return status_line(f"Looking at the pictures of <b>{name}</b>…", 0)
        return status_line(f"Learning <b>{name}</b>: about {duration(job.left)} left", job.done)


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    return f"{round(seconds / 60)} minutes"
