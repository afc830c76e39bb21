"""Work that nobody waits for any more stops at its next pause."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Interrupted(Exception):
    """Nobody waits for this any more."""


_wanted: ContextVar[Callable[[], bool]] = ContextVar("wanted", default=lambda: True)


@contextmanager
def while_wanted(wanted: Callable[[], bool]) -> Iterator[None]:
    """Work inside goes on only for as long as ``wanted`` is true."""
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def pause() -> None:
    """Stop here if nobody waits for the work any more.

    Raises:
        Interrupted: nobody does.
    """
    if not _wanted.get()():
        raise Interrupted
