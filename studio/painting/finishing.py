"""Finish: a painting made crisper step by step, shown as it comes, and kept as far as it came when it is stopped."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from studio.operation.background import start_in_background
from studio.painting.painter import Painted, Painter
from studio.painting.request import PaintRequest
from studio.painting.views import page_view, percent
from studio.web.served_files import OPTIONS
from stylegan import StyleTransfer
from stylegan.images import load_image
from stylegan.pipeline import canvas_size
from stylegan.sample_photos import sample_photos

SHOW_SECONDS = 0.6  # between two pictures on the page
PROBE_SIDE = 192  # px
PROBE_PAUSES = (0, 20)  # seconds before each run: the app's start takes its time, too


@dataclass(frozen=True)
class Frame:
    """A painting on its way."""

    before: Path
    after: Path
    text: str  # how far it is


class Forecast:
    """How long finishing takes on this machine, as measured last."""

    def __init__(self):
        self._rate: float | None = None  # seconds for each pixel that is painted
        self._measured = False  # on a visitor's painting

    def probe(self, transfer: StyleTransfer) -> None:
        """Measure it with a small picture, several times, because the app is still starting meanwhile."""
        _finish_seconds(transfer)  # the first run is slower than all others
        for pause in PROBE_PAUSES:
            time.sleep(pause)
            rate = _finish_seconds(transfer) / PROBE_SIDE**2
            if not self._measured:
                self._rate = min(rate, self._rate or rate)

    def note(self, seconds: float, size: tuple[int, int], brush: float) -> None:
        """Remember how long a painting took."""
        self._rate, self._measured = seconds / _pixels(size, brush), True

    def seconds(self, size: tuple[int, int], brush: float) -> float | None:
        """How long a painting will take; None until that has been measured."""
        return None if self._rate is None else self._rate * _pixels(size, brush)


class Finishing:
    """Finishes paintings for pages, each named by Gradio's number for it."""

    def __init__(self, painter: Painter):
        self._painter, self._forecast = painter, Forecast()
        self._running: set[str] = set()  # pages
        self._stopped: set[str] = set()

    def start(self) -> None:
        """Measure in the background how long it takes on this machine."""
        start_in_background(lambda: self._forecast.probe(self._painter.transfer), "finish forecast")

    def offer(self, painted: Painted, size: tuple[int, int]) -> gr.Button:
        """An update of the button for a painting of this size: how long it would take, or that it is done."""
        if painted.recipe.finish == 1:
            return gr.Button("Finished", interactive=False)
        seconds = self._forecast.seconds(size, painted.recipe.brush)
        return gr.Button(f"Finish ({about(seconds)})" if seconds else "Finish", interactive=True)

    def begin(self, page: str) -> None:
        """The page waits for its turn; from now on it can be stopped."""
        self._running.add(page)
        self._stopped.discard(page)

    def stop(self, page: str) -> None:
        """Keep what is there. Where nothing is being finished, nothing happens."""
        self._stopped.update(self._running & {page})

    def run(self, request: PaintRequest, page: str) -> Iterator[Frame | Painted]:
        """Finish a painting: it is shown on its way, and comes last.

        Raises:
            StyleError, SettingError: with a message for the user.
        """
        self._running.add(page)
        try:
            known = self._painter.kept(request, 1.0)
            if known:
                yield known
            else:
                yield from self._steps(request, page)
        finally:
            self._running.discard(page)
            self._stopped.discard(page)

    def _steps(self, request: PaintRequest, page: str) -> Iterator[Frame | Painted]:
        brush, start, shown = request.settings.brush, time.monotonic(), 0.0
        folder = self._painter.files.new_path("finishing", "jpg", request.visitor.session).parent
        with closing(self._painter.finish_steps(request)) as steps:
            for number, step in enumerate(steps):
                if page in self._stopped:
                    break
                now = time.monotonic()
                if now - shown >= SHOW_SECONDS and step.done < 1:
                    whole = self._forecast.seconds(step.painting.size, brush) or 0
                    yield _frame(folder, number, request.photo, step.painting, _progress(step.done, now - start, whole))
                    shown = time.monotonic()
        if step.done == 1:
            self._forecast.note(time.monotonic() - start, step.painting.size, brush)
        yield self._painter.write(request, step.painting, step.done)


def _finish_seconds(transfer: StyleTransfer) -> float:
    """What finishing a small picture takes."""
    photo = ImageOps.fit(load_image(sample_photos()[0]), (PROBE_SIDE, PROBE_SIDE))
    start = time.monotonic()
    for _ in transfer.finish_steps(photo):
        pass
    return time.monotonic() - start


def about(seconds: float) -> str:
    """A time to wait, as people say it."""
    return f"about {max(1, round(seconds))} s" if seconds < 100 else f"about {round(seconds / 60)} min"


def _frame(folder: Path, number: int, photo: Image.Image, painting: Image.Image, text: str) -> Frame:
    view = page_view(painting.size)
    before, after = folder / "before.jpg", folder / f"{number}.jpg"
    if not before.exists():
        photo.resize(view).save(before, "JPEG", **OPTIONS["JPEG"])
    painting.resize(view).save(after, "JPEG", **OPTIONS["JPEG"])
    return Frame(before, after, text)


def _progress(done: float, elapsed: float, whole: float) -> str:
    """How far it is, and how long the rest takes. whole: the seconds that all of it was to take, or 0."""
    as_forecast, at_this_pace = max(0, whole - elapsed), elapsed * (1 - done) / done if done else 0
    left = (1 - done) * as_forecast + done * at_this_pace  # the pace tells more, the further it is
    return f"Finishing: {percent(done)}" + (f" · {about(left)} left" if left else "")


def _pixels(size: tuple[int, int], brush: float) -> int:
    """How many pixels are painted for a painting of this size."""
    width, height = canvas_size(*size, brush)
    return width * height
