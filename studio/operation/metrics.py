"""Figures of a running app in the format of Prometheus, and whether it is ready: /metrics and /healthz.

Sums alone, nothing about any visitor: whoever reaches the app reaches them.
"""

from collections.abc import Callable, Iterator, Mapping

import gradio as gr
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from studio.operation.background import start_in_background
from studio.operation.jobs import Job, listen

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)  # bounds of the histograms
Gauges = Mapping[str, tuple[str, Callable[[], float]]]  # by name: what it says, and how to ask for it


class Metrics:
    """What is counted of one app."""

    def __init__(self, gauges: Gauges):
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, processor, open files
        self.registry.register(_Gauges(gauges))
        kinds = {"registry": self.registry, "labelnames": ["what"]}
        self._ended = Counter("atelier_jobs", "Jobs that have ended", ["what", "result"], registry=self.registry)
        self._seconds = Histogram("atelier_job_seconds", "How long jobs took", buckets=SECONDS, **kinds)
        self._queued = Histogram("atelier_job_queue_seconds", "How long jobs waited", buckets=SECONDS, **kinds)

    def note(self, job: Job) -> None:
        """Count a job that has ended."""
        self._ended.labels(job.what, job.result).inc()
        self._seconds.labels(job.what).observe(job.ms / 1000)
        self._queued.labels(job.what).observe(job.queue_ms / 1000)


class Health:
    """Whether an app can paint: known once it has."""

    def __init__(self, paint: Callable[[], object]):
        """paint: makes a test painting."""
        self._paint = paint
        self.ready = False

    def start(self) -> None:
        """Make the test painting, in a thread of its own."""
        start_in_background(self._test, "test painting")

    def _test(self) -> None:
        self._paint()
        self.ready = True


def watch(app: gr.Blocks, metrics: Metrics, health: Health) -> list[BaseRoute]:
    """Count the app's jobs from now on; returns the routes that tell of them."""
    listen(app, metrics.note)

    def figures(_: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    def healthz(_: Request) -> Response:
        said = {"status": "ok"} if health.ready else {"status": "starting"}
        return JSONResponse(said, 200 if health.ready else 503, {"Cache-Control": "no-store"})

    return [Route("/metrics", figures), Route("/healthz", healthz)]


class _Gauges(Collector):
    """Numbers that are asked for when somebody looks."""

    def __init__(self, gauges: Gauges):
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (help, value) in self._gauges.items():
            yield GaugeMetricFamily(name, help, value())
