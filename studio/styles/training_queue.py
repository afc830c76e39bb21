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
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from studio.operation.jobs import note_error, note_size, running
from studio.settings import PROBE_STEPS, TRAININGS_WAITING
from studio.styles.library import StyleLibrary
from studio.web.caller import NOBODY
from stylegan import Objective, StyleError, StyleTransfer, UserError
from stylegan.formats.style_pack import MAX_PICTURES, clean_name
from stylegan.images import load_image, style_view
from stylegan.interrupt import Interrupted
from stylegan.sample_photos import sample_photos

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
    objective: Objective

    @classmethod
    def read(
        cls, owner_key: str, name: str, pictures: Sequence[str], steps: int, *, photo: str | None = None,
        license: str = "", objective: Objective | None = None,
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
        return cls(owner_key, name, opened, photos, steps, license, objective or Objective())


@dataclass(eq=False)
class Job:
    """One training: what was asked for, and how far it has come."""

    request: TrainingRequest
    number: int = field(default_factory=lambda: next(_numbers))
    asked_at: float = field(default_factory=time.monotonic)
    state: str = "waiting"  # waiting | learning | done | failed
    message: str = ""  # why it failed, or what to know of what was learnt
    done: float = 0.0
    left: float = 0.0  # seconds
    step: int = 0
    history: list[tuple[int, float, float]] = field(default_factory=list)  # step, style loss, content loss
    learnt_from: list[Image.Image] = field(default_factory=list)  # the pictures, small
    first_preview: list[Image.Image] = field(default_factory=list)  # at the start
    preview: list[Image.Image] = field(default_factory=list)  # now; of the first photo larger than of the others
    previews: int = 0  # how many there have been
    style: str = ""  # its key in the library, at the end
    stop: threading.Event = field(default_factory=threading.Event)
    dropped: threading.Event = field(default_factory=threading.Event)  # nobody waits for it any more
    ended: threading.Event = field(default_factory=threading.Event)
    context: contextvars.Context = field(default_factory=contextvars.copy_context)  # of the request: who asked for it


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

    def forecast(self, steps: int) -> float | None:
        """Seconds that so many steps take on this machine; None until that has been measured."""
        return None if self._step_seconds is None else self._setup_seconds + steps * self._step_seconds

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
            if len(self._waiting) >= TRAININGS_WAITING:
                raise StyleError("Many people are teaching styles right now. Please try again in some minutes.")
            job = Job(request)
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
            before = list(itertools.takewhile(lambda other: other is not job, self._waiting))
            current = self._current
        seconds = sum(self.forecast(other.request.steps) or 0 for other in before)
        return len(before) + bool(current), seconds + (current.left if current else 0)

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
        job.left = self.forecast(request.steps) or 0
        job.learnt_from = [_small(picture, THUMB_SIDE) for picture in request.pictures]
        first, *others = [*request.photos, *self._previewed]
        show = [_small(first, WATCHED_SIDE), *(_small(photo) for photo in others)]
        learning = self._transfer.finetune(
            request.pictures,
            request.name,
            steps=request.steps,
            photos=request.photos,
            preview=show,
            license=request.license,
            objective=request.objective,
            stop=job.stop.is_set,
        )
        with closing(learning) as events:
            for event in events:
                if job.dropped.is_set():
                    note_error(Interrupted())
                    return self._finish(job, "failed", NOBODY)
                _note(job, event)
        assert event.pack  # the last event holds what was learnt
        style = self._library.add(request.owner_key, event.pack)
        job.style = style.key
        self._step_seconds = event.seconds / event.step
        self._finish(job, "done", "" if self._library.lasts(style) else PASSING)

    def _finish(self, job: Job, state: str, message: str = "") -> None:
        job.state, job.message, job.left = state, message, 0.0
        job.request = replace(job.request, pictures=(), photos=())  # they are large
        job.ended.set()


def _note(job: Job, event: "FinetuneProgress") -> None:
    """What the page shows of a running training."""
    job.step, job.done = event.step, event.done
    job.left = event.left if math.isfinite(event.left) else job.left
    if event.losses and not event.pack:
        job.history.append((event.step, event.losses["style"], event.losses["content"]))
    if event.preview:
        job.first_preview = job.first_preview or event.preview
        job.preview, job.previews = event.preview, job.previews + 1


def _small(source: str | Path | Image.Image, side: int = PREVIEW_SIDE) -> Image.Image:
    """The middle of a photo, for previews."""
    return ImageOps.fit(load_image(source), (side, side))
