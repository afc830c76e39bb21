"""What a monitor reads of an app: sums of that app alone, and whether it can paint."""

import threading
import time

import gradio as gr
import pytest
from gradio.context import LocalContext
from starlette.applications import Starlette
from starlette.testclient import TestClient

from studio.operation.jobs import running
from studio.operation.metrics import Health, Metrics, watch


def made(health: Health | None = None) -> tuple[gr.Blocks, TestClient]:
    """An app, and a client of its routes."""
    app = gr.Blocks(analytics_enabled=False)
    gauges = {"atelier_kept_paintings": ("Paintings", lambda: 7)}
    routes = watch(app, Metrics(gauges), health or Health(lambda: None))
    return app, TestClient(Starlette(routes=routes))


def work(app: gr.Blocks) -> None:
    """One job of an app that fails, and one that waited for two seconds."""
    token = LocalContext.blocks.set(app)
    with running("stylize", 2.0):
        pass
    with pytest.raises(MemoryError), running("stylize", 0.0):
        raise MemoryError
    LocalContext.blocks.reset(token)


def test_jobs_are_counted_by_kind_and_result_for_their_app_alone():
    (first, client), (_, other) = made(), made()
    work(first)
    figures = client.get("/metrics").text.splitlines()
    assert 'atelier_jobs_total{result="ok",what="stylize"} 1.0' in figures
    assert 'atelier_jobs_total{result="failed",what="stylize"} 1.0' in figures
    assert 'atelier_job_seconds_bucket{le="0.1",what="stylize"} 2.0' in figures
    assert 'atelier_job_queue_seconds_bucket{le="1.0",what="stylize"} 1.0' in figures
    assert "atelier_kept_paintings 7.0" in figures
    assert any(line.startswith("process_resident_memory_bytes ") for line in figures)
    assert "stylize" not in other.get("/metrics").text


def test_it_is_ready_only_after_its_test_painting():
    go, painted = threading.Event(), threading.Event()

    def paint() -> None:
        go.wait(10)
        painted.set()

    health = Health(paint)
    _, client = made(health)
    health.start()
    assert client.get("/healthz").status_code == 503
    go.set()
    assert painted.wait(10)
    deadline = time.monotonic() + 10
    while not health.ready and time.monotonic() < deadline:
        time.sleep(0.01)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
