"""What whoever runs the app sees of it from outside, on a running one."""

import json
import sys
import time
from collections.abc import Iterator
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
    deadline = time.monotonic() + 60
    while (answer := httpx.get(f"{url}/healthz")).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_nobody_paints_beside_the_queue(url: str):
    answer = httpx.post(f"{url}/gradio_api/run/stylize", json={"data": [None] * 12})
    assert answer.status_code == 404, answer.text
