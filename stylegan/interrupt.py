"""Work that nobody waits for any more stops at its next pause."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Interrupted(Exception):
    """Nobody waits for this any more."""


_wanted: ContextVar[Callable[[], bool]] = ContextVar("wanted", default=lambda: True)


@contextmanager
def while_wanted(wanted: Callable[[], bool]) -> Iterator[None]:
    """What is painted inside goes on for as long as this says so."""
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def pause() -> None:
    """A place where work may stop.

    Raises:
        Interrupted: nobody waits for it.
    """
    if not _wanted.get()():
        raise Interrupted
