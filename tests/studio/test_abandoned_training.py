"""A program that stops waiting for /finetune does not keep the machine from the others, on a running app."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file

from tests.support.app import running_app
from tests.support.pictures import synthetic_picture

pytestmark = pytest.mark.slow
LEARNING = 6  # seconds, in which a training has begun
SOON = 60  # seconds, for one more training of one step: 2,000 steps take half an hour


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_app() as url:
        yield url


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    synthetic_picture(80, 60, 1, 9).save(tmp_path / "drawing.png")
    return tmp_path / "drawing.png"


def call(url: str, picture: Path, steps: int) -> str:
    """Ask for a training as curl does; returns where its answer comes."""
    path = httpx.post(f"{url}/gradio_api/upload", files={"files": ("a.png", picture.read_bytes())}).json()[0]
    body = {"pictures": [{"path": path, "meta": {"_type": "gradio.FileData"}}], "steps": steps}
    begun = httpx.post(f"{url}/gradio_api/call/v2/finetune", json=body).json()
    return f"{url}/gradio_api/call/finetune/{begun['event_id']}"


def cancelled(url: str, picture: Path) -> None:
    client = Client(url, verbose=False)
    job = client.submit(pictures=[handle_file(picture)], steps=2000, api_name="/finetune")
    time.sleep(LEARNING)
    job.cancel()


def connection_dropped(url: str, picture: Path) -> None:
    with httpx.stream("GET", call(url, picture, 2000), timeout=30) as answer:
        assert answer.is_success
        time.sleep(LEARNING)


@pytest.mark.parametrize("leave", [cancelled, connection_dropped])
def test_the_next_training_need_not_wait_for_one_that_was_left(url: str, picture: Path, leave: Callable):
    leave(url, picture)
    start = time.monotonic()
    answer = httpx.get(call(url, picture, 1), timeout=SOON).text
    assert "event: complete" in answer and time.monotonic() - start < SOON
