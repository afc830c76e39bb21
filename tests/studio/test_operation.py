"""What whoever runs the app sees of it from outside, on a running one."""

import base64
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from tests.support.app import running_app
from tests.support.pictures import synthetic_picture

RUN = "exec {} app.py 2> {}"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operation") / "log"


@pytest.fixture(scope="module")
def url(log: Path) -> Iterator[str]:
    with running_app(command=("sh", "-c", RUN.format(sys.executable, log))) as url:
        yield url


def jobs(log: Path) -> list[dict]:
    return [json.loads(line)["job"] for line in log.read_text().splitlines() if line.startswith("{")]


def test_a_job_is_seen_in_the_log_and_in_the_figures_without_its_visitors_files(url: str, log: Path, tmp_path: Path):
    client, photo = Client(url, verbose=False), tmp_path / "secretive.png"
    synthetic_picture(64, 48, 0, 4).save(photo)
    client.predict(photo=handle_file(photo), api_name="/stylize")
    with pytest.raises(AppError, match="no style called"):
        client.predict(photo=handle_file(photo), style="nobody", api_name="/stylize")
    good, refused = [job for job in jobs(log) if job["what"] == "stylize"][-2:]
    assert (good["result"], good["size"]) == ("ok", "64x48") and good["ms"] > 0 and good["queue_ms"] >= 0
    assert (refused["result"], refused["error"]) == ("refused", "StyleError")
    assert "secretive" not in log.read_text()
    figures = httpx.get(f"{url}/metrics").text.splitlines()
    for result in ("ok", "refused"):
        assert f'atelier_jobs_total{{result="{result}",what="stylize"}} 1.0' in figures
    assert "atelier_kept_paintings 0.0" in figures and "atelier_queue_waiting 0.0" in figures


def test_a_monitor_is_told_once_the_app_can_paint(url: str):
    wait_until(lambda: httpx.get(f"{url}/healthz").status_code != 503)
    answer = httpx.get(f"{url}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_nobody_paints_beside_the_queue(url: str):
    answer = httpx.post(f"{url}/gradio_api/run/stylize", json={"data": [None] * 12})
    assert answer.status_code == 404, answer.text


def photo() -> bytes:
    data = io.BytesIO()
    synthetic_picture(300, 200, 0, 4).save(data, "PNG")
    return data.getvalue()


LONG = {"style": "starry_night", "size": 4096, "finish": True}  # minutes of work
SOON = 15  # seconds, on a busy machine; 2 on one that is not


def figure(url: str, name: str) -> float:
    (line,) = [line for line in httpx.get(f"{url}/metrics").text.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def as_an_assistant(url: str) -> AbstractContextManager[httpx.Response]:
    arguments = {"photo": f"data:image/png;base64,{base64.b64encode(photo()).decode()}", **LONG}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "stylize", "arguments": arguments}}
    accept = {"accept": "application/json, text/event-stream"}
    return httpx.stream("POST", f"{url}/gradio_api/mcp/", json=asked, headers=accept, timeout=60)


def as_a_program(url: str) -> AbstractContextManager[httpx.Response]:
    (path,) = httpx.post(f"{url}/gradio_api/upload", files={"files": ("a.png", photo())}).json()
    asked = {"photo": {"path": path, "meta": {"_type": "gradio.FileData"}}, **LONG}
    event = httpx.post(f"{url}/gradio_api/call/v2/stylize", json=asked).json()["event_id"]
    return httpx.stream("GET", f"{url}/gradio_api/call/stylize/{event}", timeout=60)


@pytest.mark.parametrize("ask", [as_an_assistant, as_a_program])
def test_a_painting_that_nobody_waits_for_is_not_painted_to_its_end(url: str, log: Path, ask: Callable):
    """Else whoever closes a program keeps all others waiting for minutes."""
    before = len(jobs(log))
    with ask(url):
        wait_until(lambda: figure(url, "atelier_queue_working") == 1)
    wait_until(lambda: len(jobs(log)) > before, SOON)
    assert jobs(log)[-1]["result"] == "cancelled"
