"""Fair shares: how much one visitor may ask of the machine, and plain words where it has no room.

A page, a program and an assistant all come through Gradio's queue, so it is asked there. Who is a visitor: a browser's
cookie. Programs have none, so their address counts, and that of those who change their cookies.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr
from fastapi import HTTPException, Request
from gradio.data_classes import PredictBodyInternal
from gradio.route_utils import get_fn

from studio.operation.jobs import refuse
from studio.settings import QUEUE_SIZE
from studio.web.assistants import address_of
from studio.web.guard import COOKIE
from stylegan import UserError

REMEMBERED = 10_000  # visitors and what they asked for; whoever asked longest ago goes first
BEHIND_ONE_ADDRESS = 10  # visitors: a school or an office
FULL = "{} others are waiting already. Please try again in a minute."
TOO_MUCH = "That was a lot at once. To leave room for others, please try again in {}."


class BusyError(UserError):
    """There is no room for one more."""


class ShareError(UserError):
    """A visitor has asked for too much in too little time."""


class Shares:
    """What visitors have asked for lately: one number for each and each kind of work."""

    def __init__(self, shares: Mapping[str, tuple[int, float]], clock: Callable[[], float] = time.monotonic):
        """shares: how often a visitor may ask for each kind of work, in how many seconds."""
        self._shares, self._clock = shares, clock
        self._used_up: OrderedDict[tuple, float] = OrderedDict()  # when what was asked for will be as if it never was

    def ask(self, what: str, visitors: Sequence[tuple[str, int]]) -> float:
        """Use a share; returns the seconds to wait first, and then nothing is used.

        visitors: who asks, each with the number of visitors that it stands for.
        """
        times, seconds = self._shares[what]
        now, until = self._clock(), {}
        for visitor, several in visitors:
            key = what, hash(visitor)  # a cookie may be long
            until[key] = max(self._used_up.get(key, now), now) + seconds / times / several
        wait = max(until.values()) - now - seconds
        if wait > 0:
            return wait
        for key, at in until.items():
            self._used_up[key] = at
            self._used_up.move_to_end(key)
        while len(self._used_up) > REMEMBERED:
            self._used_up.popitem(last=False)
        return 0.0


def dear(what: str) -> Callable:
    """Mark a handler of an event as work of which everybody has a share: a name in ``SHARES``."""

    def mark(handler: Any) -> Any:
        handler.dear = what
        return handler

    return mark


def share_out(app: gr.Blocks, shares: Shares, size: int = QUEUE_SIZE) -> None:
    """Let into an app's queue whoever there is room for. size: events that may wait."""
    queue = app._queue
    push = queue.push

    async def push_if_there_is_room(body: PredictBodyInternal, request: Request, username: str | None) -> Any:
        what = "" if body.fn_index is None else getattr(get_fn(app, None, body).fn, "dear", "")
        if len(queue) >= size:
            raise _refused(app, what or "other", BusyError(FULL.format(len(queue))), 60)
        wait = shares.ask(what, _visitors(request)) if what else 0
        if wait:
            raise _refused(app, what, ShareError(TOO_MUCH.format(_in_words(wait))), wait)
        return await push(body, request, username)

    queue.push = push_if_there_is_room


def _visitors(request: Request) -> list[tuple[str, int]]:
    cookie, address = request.cookies.get(COOKIE), address_of(request)
    return [(f"cookie {cookie}", 1), (address, BEHIND_ONE_ADDRESS)] if cookie else [(address, 1)]


def _refused(app: gr.Blocks, what: str, error: UserError, seconds: float) -> HTTPException:
    refuse(app, what, error)
    return HTTPException(429, str(error), {"Retry-After": str(math.ceil(seconds))})  # of 503, the page hides the words


def _in_words(seconds: float) -> str:
    return f"{math.ceil(seconds)} seconds" if seconds < 90 else f"{math.ceil(seconds / 60)} minutes"
