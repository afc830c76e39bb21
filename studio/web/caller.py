"""Who waits for what the app works on, and for how long. Gradio lets a handler run on when its caller has gone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr
from gradio.context import LocalContext

from studio.web.assistants import still_waits
from stylegan.interrupt import Interrupted, while_wanted

NOBODY = "Stopped: nobody waited for it any more."
UNREAD_SECONDS = 15.0  # after which a caller who has never listened counts as gone


class Caller:
    """Who has called the event that runs now; made inside its handler."""

    def __init__(self):
        blocks, self._id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
        self._queue = blocks._queue if blocks and self._id else None  # without it, nobody can be told to have gone
        self._request = LocalContext.request.get(None)
        self._read = time.monotonic()  # when the caller was last seen to read

    @property
    def waits(self) -> bool:
        """False once the call was cancelled, its connection was closed, or nobody has ever listened to it."""
        if self._request and not still_waits(self._request.headers):
            return False
        if self._queue is None:
            return True
        event = self._queue.event_ids_to_events.get(self._id or "")
        messages = event and self._queue.pending_messages_per_session.get(event.session_hash)
        if event is None or not event.alive or messages is None:
            return False
        if messages.empty():
            self._read = time.monotonic()
        return time.monotonic() - self._read < UNREAD_SECONDS


@contextmanager
def while_caller_waits() -> Iterator[None]:
    """Work inside ends at its next pause once the caller of the event that runs now has gone."""
    caller = Caller()
    try:
        with while_wanted(lambda: caller.waits):
            yield
    except Interrupted:
        raise gr.Error(NOBODY, print_exception=False) from None


def waited() -> float:
    """Seconds that the event that runs now has waited for its turn; 0 outside of an event."""
    blocks, id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    event = blocks._queue.event_ids_to_events.get(id or "") if blocks else None
    return time.monotonic() - event.enqueue_time if event else 0.0


def waiting(app: gr.Blocks) -> int:
    """How many events wait in all of an app's lanes."""
    return len(app._queue)


def working(app: gr.Blocks) -> int:
    """How many events an app works on."""
    return app._queue.get_active_worker_count()


def waiting_in(lane: str) -> int:
    """How many events wait for a lane (``concurrency_id``) or work in it; 0 outside of an event."""
    blocks = LocalContext.blocks.get(None)
    queue = blocks._queue.event_queue_per_concurrency_id.get(lane) if blocks else None
    return len(queue.queue) + queue.current_concurrency if queue else 0
