"""A caller who has gone is told from one who waits."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from gradio.context import LocalContext

from studio.web import caller
from studio.web.caller import Caller, waiting_in


@pytest.fixture
def queue() -> Iterator[SimpleNamespace]:
    """As much of Gradio's queue as is looked at, with one event."""
    event = SimpleNamespace(session_hash="page", alive=True)
    queue = SimpleNamespace(
        event_ids_to_events={"event": event}, pending_messages_per_session={"page": asyncio.Queue()}, event=event
    )
    tokens = LocalContext.blocks.set(SimpleNamespace(_queue=queue)), LocalContext.event_id.set("event")
    yield queue
    LocalContext.blocks.reset(tokens[0])
    LocalContext.event_id.reset(tokens[1])


def test_whoever_reads_is_waited_for(queue: SimpleNamespace):
    assert Caller().waits


def test_a_cancelled_call_and_a_closed_connection_wait_no_more(queue: SimpleNamespace):
    waiting = Caller()
    queue.event.alive = False
    assert not waiting.waits
    queue.event.alive = True
    queue.event_ids_to_events.clear()
    assert not waiting.waits


def test_who_has_never_listened_has_gone(queue: SimpleNamespace, monkeypatch: pytest.MonkeyPatch):
    queue.pending_messages_per_session["page"].put_nowait("started")
    waiting = Caller()
    assert waiting.waits, "it may only be about to"
    monkeypatch.setattr(caller, "UNREAD_SECONDS", 0)
    assert not waiting.waits


def test_outside_of_the_queue_nobody_can_be_told_to_have_gone():
    assert Caller().waits


def test_a_visitor_is_told_how_many_come_first(queue: SimpleNamespace):
    lane = SimpleNamespace(queue=[object(), object()], current_concurrency=1)
    queue.event_queue_per_concurrency_id = {"painting": lane}
    assert waiting_in("painting") == 3 and waiting_in("another") == 0


def test_outside_of_an_event_nobody_waits():
    assert waiting_in("painting") == 0
