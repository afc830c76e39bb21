"""Trainings in the background, one at a time, in the order in which they were asked for.

A training belongs to its owner's key, not to a page: reloading or leaving the page does not touch it.
"""

import atexit
import contextvars
import itertools
import math
import statistics
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps

from studio.operation.jobs import note_error, note_size, running
from studio.settings import COMPARISONS_KEPT, PROBE_STEPS, TRAININGS_WAITING, on_zero_gpu
from studio.styles.library import StyleLibrary
from studio.web.caller import NOBODY
from stylegan import Objective, StyleError, StylePack, StyleTransfer, UserError
from stylegan.errors import TrainingError
from stylegan.formats.style_pack import MAX_PICTURES, clean_name
from stylegan.images import load_image, style_view
from stylegan.interrupt import Interrupted
from stylegan.sample_photos import sample_photos
from stylegan.training.losses import DEFAULT_OBJECTIVE

if TYPE_CHECKING:
    from stylegan.training.finetune import FinetuneProgress

EFFORTS = {"Quick": 60, "Good": 180, "Best": 600}  # steps; one takes about a second on two cores
PREVIEW_SIDE, WATCHED_SIDE = 320, 512  # px, of the previews, and of the first of them
THUMB_SIDE = 160  # px, of the pictures that a style is learnt from
CLOSING_SECONDS = 20.0  # that the end of the app waits for what was learnt to be kept
PASSING = "The disk here is full: download it now, for it is kept only until Atelier is started anew."
_numbers = itertools.count(1)


@dataclass(frozen=True)
class TrainingRequest:
    """A style that a visitor wants to have learnt, and from what."""

    owner_key: str
    name: str
    pictures: Sequence[Image.Image]
    photos: Sequence[Image.Image]  # the visitor's own
    steps: int
    license: str
    objectives: Sequence[Objective]  # several: the style is learnt in each, and the visitor keeps one

    @classmethod
    def read(
        cls, owner_key: str, name: str, pictures: Sequence[str], steps: int, *, photo: str | None = None,
        license: str = "", objectives: Sequence[Objective] = (DEFAULT_OBJECTIVE,),
    ) -> "TrainingRequest":  # fmt: skip
        """Check and open what the page or a program gave; pictures and photo are files.

        Raises:
            ImageError, StyleError: something cannot be used.
        """
        if not pictures:
            raise StyleError("Add at least one picture of the style.")
        name = clean_name(name or "")
        if len(pictures) > MAX_PICTURES:
            raise StyleError(f"That is {len(pictures)} pictures; at most {MAX_PICTURES} can be used.")
        opened = [style_view(load_image(picture), 512) for picture in pictures]
        photos = [style_view(load_image(photo), 512)] if photo else []
        return cls(owner_key, name, opened, photos, steps, license, objectives)


@dataclass(eq=False)
class Run:
    """How far the training with one objective has come."""

    objective: Objective = DEFAULT_OBJECTIVE
    step: int = 0
    history: list[tuple[int, float, float]] = field(default_factory=list)  # step, style loss, content loss
    distances: list[tuple[float, float, float]] = field(default_factory=list)  # seconds, near, layout
    first_preview: list[Image.Image] = field(default_factory=list)  # at the start
    preview: list[Image.Image] = field(default_factory=list)  # now; of the first photo larger than of the others
    pack: StylePack | None = None  # what was learnt, until it is kept
    failure: str = ""  # why nothing was learnt


@dataclass(eq=False)
class Job:
    """One training, or several to be compared: what was asked for, and how far it has come."""

    request: TrainingRequest
    runs: list[Run] = field(default_factory=lambda: [Run()])  # one for each objective; of those compared one is kept
    number: int = field(default_factory=lambda: next(_numbers))
    asked_at: float = field(default_factory=time.monotonic)
    state: str = "waiting"  # waiting | learning | done | failed
    message: str = ""  # why it failed, or what to know of what was learnt
    done: float = 0.0
    left: float = 0.0  # seconds
    learnt_from: list[Image.Image] = field(default_factory=list)  # the pictures, small
    watched: Image.Image | None = None  # the photo that is seen first
    previews: int = 0  # how many there have been
    style: str = ""  # its key in the library, at the end
    stop: threading.Event = field(default_factory=threading.Event)
    dropped: threading.Event = field(default_factory=threading.Event)  # nobody waits for it any more
    ended: threading.Event = field(default_factory=threading.Event)
    context: contextvars.Context = field(default_factory=contextvars.copy_context)  # of the request: who asked for it

    @property
    def compares(self) -> bool:
        """Whether several are, or will be, there to choose from."""
        return len(self.request.objectives) > 1 and not self.style

    @property
    def to_choose(self) -> bool:
        """Whether it is done, and nothing of it kept yet."""
        return self.state == "done" and not self.style


class TrainingQueue:
    """Runs trainings in one thread of its own."""

    def __init__(self, transfer: StyleTransfer, library: StyleLibrary):
        self._transfer, self._library = transfer, library
        self._waiting: deque[Job] = deque()
        self._latest: dict[str, Job] = {}  # by owner
        self._current: Job | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, daemon=True, name="training")
        self._closing = False
        self._step_seconds: float | None = None
        self._setup_seconds = 0.0
        self._previewed = [_small(path, WATCHED_SIDE) for path in sample_photos()[1:3]]

    def start(self) -> None:
        """Measure this machine, then train what is asked for, in a thread of its own."""
        self._thread.start()
        atexit.register(self.close)

    def close(self) -> None:
        """End at the next step and keep what was learnt: Python must not end under PyTorch's feet."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            current = self._current
        if current:
            current.stop.set()
        self._thread.join(CLOSING_SECONDS)

    def forecast(self, steps: int, runs: int = 1) -> float | None:
        """Seconds that so many steps take on this machine, so many times; None until that has been measured."""
        return None if self._step_seconds is None else runs * (self._setup_seconds + steps * self._step_seconds)

    def submit(self, request: TrainingRequest) -> Job:
        """Queue a training.

        Raises:
            StyleError: there are too many already.
        """
        owner_key = request.owner_key
        with self._changed:
            mine = self._latest.get(owner_key)
            if mine and not mine.ended.is_set():
                raise StyleError("You are teaching a style already. Wait until it is done, or stop it.")
            if mine and mine.to_choose:
                raise StyleError("Keep one of the styles that were learnt last, or none of them, before you go on.")
            if len(self._waiting) >= TRAININGS_WAITING:
                raise StyleError("Many people are teaching styles right now. Please try again in some minutes.")
            job = Job(request, [Run(objective) for objective in request.objectives])
            self._waiting.append(job)
            self._latest[owner_key] = job
            self._changed.notify()
        return job

    def latest(self, owner_key: str) -> Job | None:
        """The training that an owner asked for last."""
        return self._latest.get(owner_key)

    @property
    def waiting(self) -> int:
        """How many trainings wait for their turn."""
        return len(self._waiting)

    def queue_position(self, job: Job) -> tuple[int, float]:
        """How many are before a waiting training, and the seconds until it begins."""
        with self._changed:
            return self._before(list(itertools.takewhile(lambda other: other is not job, self._waiting)))

    def wait_seconds(self) -> float:
        """Seconds until one that is asked for now would begin."""
        with self._changed:
            return self._before(list(self._waiting))[1]

    def _before(self, waiting: Sequence[Job]) -> tuple[int, float]:
        seconds = sum(self.forecast(job.request.steps, len(job.runs)) or 0 for job in waiting)
        current = self._current
        return len(waiting) + bool(current), seconds + (current.left if current else 0)

    def cancel(self, job: Job) -> None:
        """Stop a training: what it has learnt is kept; one that has not begun is dropped."""
        job.stop.set()
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
                self._finish(job, "failed", "Stopped before it began.")

    def discard(self, job: Job) -> None:
        """Stop a training and discard what it has learnt."""
        job.dropped.set()
        self.cancel(job)

    def keep(self, owner_key: str, number: int) -> Job:
        """Keep what was learnt in one of the runs that were compared, and let the others go.

        Raises:
            StyleError: they are not there any more, or there is no room for it.
        """
        with self._changed:  # two clicks keep one style
            job = self._latest.get(owner_key)
            run = job.runs[number] if job and job.to_choose and number < len(job.runs) else None
            if not job or not run or not run.pack:
                raise StyleError("This style is not there any more.")
            self._keep(job, run)
            job.runs, job.previews = [run], job.previews + 1
            return job

    def delete(self, job: Job) -> None:
        """Delete what is known of a training that has ended."""
        self._latest.pop(job.request.owner_key, None)

    def _work(self) -> None:
        self._probe()
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if self._closing:
                    return
                job = self._current = self._waiting.popleft()
            try:
                job.context.run(self._run, job)
            except UserError as error:
                self._finish(job, "failed", str(error))
            except Exception as error:  # one training must never end them all
                self._finish(job, "failed", f"Learning failed: {error}")
            self._current = None

    def _probe(self) -> None:
        """Measure this machine with a few steps on a sample photo."""
        start = time.monotonic()
        options = {"steps": PROBE_STEPS, "stop": lambda: self._closing}
        events = self._transfer.finetune([self._previewed[0]], "probe", **options)
        next(events)
        self._setup_seconds = time.monotonic() - start
        ends = [event.seconds for event in events if not event.pack]  # of the steps; the first is slower than the rest
        if not self._closing:
            seconds = [b - a for a, b in itertools.pairwise(ends)]
            self._step_seconds = statistics.median(seconds)  # something else may be busy

    def _run(self, job: Job) -> None:
        with running("finetune", time.monotonic() - job.asked_at):
            self._train(job)

    def _train(self, job: Job) -> None:
        job.state = "learning"
        request = job.request
        note_size(request.pictures[0].size)
        job.learnt_from = [_small(picture, THUMB_SIDE) for picture in request.pictures]
        first, *others = [*request.photos, *self._previewed]
        job.watched = _small(first, WATCHED_SIDE)
        show = [job.watched, *(_small(photo) for photo in others)]
        for number, run in enumerate(job.runs):
            if number and job.stop.is_set():
                break
            try:
                self._learn(job, number, show)
            except (UserError, TrainingError) as error:
                if not job.compares:
                    raise
                run.failure = str(error)  # the others may still learn
            if job.dropped.is_set():
                return self._finish(job, "failed", NOBODY)
        job.runs = [run for run in job.runs if run.pack or run.failure]
        learnt = [run for run in job.runs if run.pack]
        if not learnt:
            raise StyleError(job.runs[0].failure)
        if not job.compares:
            self._keep(job, learnt[0])
        self._finish(job, "done", job.message)
        self._forget_old_choices()

    def _learn(self, job: Job, number: int, show: list[Image.Image]) -> None:
        """Learn with one objective; those to be compared get the same time each."""
        request, run = job.request, job.runs[number]
        seconds = self.forecast(request.steps) or 0
        later = (len(job.runs) - number - 1) * seconds
        job.left = seconds + later
        # A lent GPU's steps take no longer with one objective than with another, and its time is counted by steps.
        timed = job.compares and seconds and not on_zero_gpu()
        budget: dict[str, Any] = {"minutes": seconds / 60} if timed else {"steps": request.steps}
        learning = self._transfer.finetune(
            request.pictures,
            request.name,
            **budget,
            photos=request.photos,
            preview=show,
            license=request.license,
            objective=run.objective,
            measured=job.compares,
            stop=job.stop.is_set,
        )
        with closing(learning) as events:
            for event in events:
                if job.dropped.is_set():
                    return note_error(Interrupted())
                _note(run, event)
                job.previews += bool(event.preview)
                job.done = (number + event.done) / len(job.runs)
                job.left = (event.left if math.isfinite(event.left) else seconds) + later
        run.pack = event.pack  # the last event holds what was learnt
        if not job.compares:
            self._step_seconds = event.seconds / event.step

    def _keep(self, job: Job, run: Run) -> None:
        assert run.pack
        style = self._library.add(job.request.owner_key, run.pack)
        job.style, run.pack = style.key, None
        job.message = "" if self._library.lasts(style) else PASSING

    def _forget_old_choices(self) -> None:
        """What was learnt to be compared waits in memory, which is not for ever."""
        with self._changed:
            waiting = [job for job in self._latest.values() if job.to_choose]
        for job in sorted(waiting, key=lambda job: job.number)[:-COMPARISONS_KEPT]:
            self.delete(job)

    def _finish(self, job: Job, state: str, message: str = "") -> None:
        job.state, job.message, job.left = state, message, 0.0
        job.request = replace(job.request, pictures=(), photos=())  # they are large
        job.ended.set()


def _note(run: Run, event: "FinetuneProgress") -> None:
    """What the page shows of a running training."""
    run.step = event.step
    if event.losses and not event.pack:
        run.history.append((event.step, event.losses["style"], event.losses["content"]))
    if event.distances:
        run.distances.append((event.seconds, event.distances["near"], event.distances["layout"]))
    if event.preview:
        run.first_preview = run.first_preview or event.preview
        run.preview = event.preview


def _small(source: str | Path | Image.Image, side: int = PREVIEW_SIDE) -> Image.Image:
    """The middle of a photo, for previews."""
    return ImageOps.fit(load_image(source), (side, side))
