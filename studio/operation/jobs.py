"""A job is what the machine works on for somebody. Each has one line of JSON in the log when it has ended.

The line says what was done, how large, how long it took and waited, and how it ended: nothing of whom it was for, and
no names of files.
"""

import functools
import inspect
import json
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary

import gradio as gr
from gradio.context import LocalContext

from studio.web.caller import waited
from stylegan import UserError
from stylegan.interrupt import Interrupted

log = logging.getLogger(__name__)  # of its own level: see ``studio.__main__``
P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Job:
    """One job; it is ok until something else is noted."""

    what: str  # one of a few fixed words, for a visitor's never end in the log
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    size: str = ""  # of the painting, in px
    ms: int = 0
    queue_ms: int = 0
    result: str = "ok"  # ok | cancelled | refused | failed
    error: str = ""  # its kind; what it says may name a visitor's file


Listener = Callable[[Job], None]
_listeners: WeakKeyDictionary[gr.Blocks, Listener] = WeakKeyDictionary()  # by app: a process may have several
_current: ContextVar[Job | None] = ContextVar("job", default=None)


def listen(app: gr.Blocks, listener: Listener) -> None:
    """Hand every job of an app to a listener when it has ended."""
    _listeners[app] = listener


def job(what: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A handler of an event, or a generator of updates, whose every call is a job."""

    def decorate(handler: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(handler)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with running(what, waited()):
                return handler(*args, **kwargs)

        @functools.wraps(handler)
        def steps(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
            updates = cast(Any, handler(*args, **kwargs))
            with _timed(what, waited()) as job, closing(updates):
                while True:
                    with _noting(job):  # each step may run in another thread
                        try:
                            update = next(updates)
                        except StopIteration:
                            return
                    yield update

        return cast(Any, steps if inspect.isgeneratorfunction(handler) else call)

    return decorate


@contextmanager
def running(what: str, queue_seconds: float) -> Iterator[None]:
    """What is done inside is a job, which may be noted things of."""
    with _timed(what, queue_seconds) as job, _noting(job):
        yield


def refuse(app: gr.Blocks, what: str, error: UserError) -> None:
    """A job that could not even begin."""
    job = Job(what)
    _note_error(job, error)
    _tell(job, app)


def note_size(size: tuple[int, int]) -> None:
    """How large is what the current job paints; outside of a job nothing happens."""
    job = _current.get()
    if job:
        job.size = f"{size[0]}x{size[1]}"


def note_error(error: BaseException) -> None:
    """What ended the current job, where its handler tells the visitor itself."""
    job = _current.get()
    if job:
        _note_error(job, error)


@contextmanager
def _timed(what: str, queue_seconds: float) -> Iterator[Job]:
    """A job from its start to its end, whatever that is."""
    job, start = Job(what, queue_ms=round(1000 * queue_seconds)), time.monotonic()
    try:
        yield job
    except BaseException as error:
        _note_error(job, error)
        raise
    finally:
        job.ms = round(1000 * (time.monotonic() - start))
        _tell(job)


def _tell(job: Job, app: gr.Blocks | None = None) -> None:
    """Write the line of a job that has ended, and hand it to the listener of its app, which is that of the event."""
    facts = {name: value for name, value in asdict(job).items() if value != ""}
    log.info(json.dumps({"time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), "job": facts}))
    app = app or LocalContext.blocks.get(None)
    if app is not None and app in _listeners:
        _listeners[app](job)


def _note_error(job: Job, error: BaseException) -> None:
    if isinstance(error, gr.Error) and error.__context__:  # what the visitor is told, made of the mistake itself
        error = error.__context__
    if isinstance(error, Interrupted | GeneratorExit):
        job.result = "cancelled"
    elif isinstance(error, UserError | gr.Error):
        job.result, job.error = "refused", type(error).__name__
    else:
        job.result, job.error = "failed", type(error).__name__


@contextmanager
def _noting(job: Job) -> Iterator[None]:
    token = _current.set(job)
    try:
        yield
    finally:
        _current.reset(token)
