"""Finish: a painting made crisper step by step, shown as it comes, and kept as far as it came when it is stopped."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from studio.painting.painter import Painted, Painter, Plan
from studio.settings import PAGE_SIDE
from studio.web.guard import session_of
from studio.web.served_files import OPTIONS
from stylegan import StyleTransfer, load_image, sample_photos
from stylegan.pipeline import canvas_size

SHOW_SECONDS = 0.6  # between two pictures on the page
PROBE_SIDE = 192  # px
PROBE_PAUSES = (0, 20)  # seconds before each run: the app's start takes its time, too
FINISHING = "Finishing…"


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
        """Measure it with a small picture, several times, because the app's start goes on beside."""
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
    """Builds the two buttons and finishes paintings for pages."""

    def __init__(self, painter: Painter):
        self._painter, self._forecast = painter, Forecast()
        self._running: set[str] = set()  # pages
        self._stopped: set[str] = set()
        threading.Thread(
            target=self._forecast.probe, args=[painter.transfer], daemon=True, name="finish forecast"
        ).start()

    def build(self) -> tuple[gr.Button, gr.Button]:
        """Lay out the button that starts it and the one that stops it, which take turns."""
        options = {"min_width": 140}
        start = gr.Button("Finish", interactive=False, elem_id="finish", **options)
        return start, gr.Button("Stop", variant="stop", visible=False, elem_id="stop-finish", **options)

    def offer(self, painted: Painted, size: tuple[int, int]) -> gr.Button:
        """The button for a painting of this size: how long it would take, or that it is done."""
        if painted.recipe.finish == 1:
            return gr.Button("Finished", interactive=False)
        seconds = self._forecast.seconds(size, painted.recipe.brush)
        return gr.Button(f"Finish ({about(seconds)})" if seconds else "Finish", interactive=True)

    def begin(self, request: gr.Request) -> tuple[gr.Button, gr.Button, str]:
        """The page waits for its turn; from now on it can be stopped."""
        self._running.add(request.session_hash)
        self._stopped.discard(request.session_hash)
        return gr.Button(visible=False), gr.Button(visible=True), FINISHING

    def end(self, caption: str) -> tuple:
        """Nothing to stop any more. Where it could not even begin, the caption must not go on saying so."""
        said = "Not finished." if caption == FINISHING else gr.skip()
        return gr.Button(visible=True), gr.Button(visible=False), said

    def stop(self, request: gr.Request) -> None:
        """Keep what is there. Where nothing is being finished, nothing happens."""
        self._stopped.update(self._running & {request.session_hash})

    def run(self, plan: Plan, owner: str, request: gr.Request) -> Iterator[Frame | Painted]:
        """Finish a painting: it is shown on its way, and comes last.

        Raises:
            StyleError, SettingError: with a message for the user.
        """
        page, session = request.session_hash, session_of(request)
        self._running.add(page)
        try:
            known = self._painter.kept(plan, 1.0, owner, session)
            if known:
                yield known
            else:
                yield from self._steps(plan, page, session)
        finally:
            self._running.discard(page)
            self._stopped.discard(page)

    def _steps(self, plan: Plan, page: str, session: str) -> Iterator[Frame | Painted]:
        brush, start, shown = plan.recipe.brush, time.monotonic(), 0.0
        folder = self._painter.results.new_path("finishing", "jpg", session).parent
        with closing(self._painter.finish_steps(plan)) as steps:
            for number, step in enumerate(steps):
                if page in self._stopped:
                    break
                now = time.monotonic()
                if now - shown >= SHOW_SECONDS and step.done < 1:
                    whole = self._forecast.seconds(step.painting.size, brush) or 0
                    yield _frame(folder, number, plan.photo, step.painting, _progress(step.done, now - start, whole))
                    shown = time.monotonic()
        if step.done == 1:
            self._forecast.note(time.monotonic() - start, step.painting.size, brush)
        yield self._painter.write(plan, step.painting, step.done, session)


def _finish_seconds(transfer: StyleTransfer) -> float:
    """What finishing a small picture takes."""
    photo = ImageOps.fit(load_image(sample_photos()[0]), (PROBE_SIDE, PROBE_SIDE))
    start = time.monotonic()
    for _ in transfer.finish_steps(photo):
        pass
    return time.monotonic() - start


def how_far(finish: float) -> str:
    """What is said of a painting that was finished, or in part; empty for a plain one."""
    if not finish:
        return ""
    return "finished" if finish == 1 else f"{_percent(finish)} finished"


def about(seconds: float) -> str:
    """A time to wait, as people say it."""
    return f"about {max(1, round(seconds))} s" if seconds < 100 else f"about {round(seconds / 60)} min"


def page_view(size: tuple[int, int]) -> tuple[int, int]:
    """The size in which a painting is shown."""
    k = min(1, PAGE_SIDE / max(size))
    return max(1, round(k * size[0])), max(1, round(k * size[1]))


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
    return f"Finishing: {_percent(done)}" + (f" · {about(left)} left" if left else "")


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"


def _pixels(size: tuple[int, int], brush: float) -> int:
    """How many pixels are painted for a painting of this size."""
    width, height = canvas_size(*size, brush)
    return width * height
