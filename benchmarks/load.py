"""Many visitors at once: does everybody get their own painting, how soon, and what does it cost in memory?

    nice python -m benchmarks.load [--visitors 50] [--paintings 2000] [--no-training]

It starts the app on the loopback interface with a data folder of its own, and does four things in it, as browsers do:

crowd      visitors arrive within 10 s; each uploads a photo like no other, clicks three styles with pauses, looks at
           the Gallery. A painting is theirs where the recipe in it names their photo and their style, and its pixels
           are more like their photo than like anybody else's; other visitors must not get it.
alone      one visitor paints again and again; then the same while a style is learnt; then alone again.
flat       thousands of small paintings (64 to 128 px), for the memory of the process (RSS).

Each figure is shown when it is known, and all of them as one line of JSON at the end.
Seconds depend on the machine and on what else runs there; ratios do less so.
"""

import argparse
import asyncio
import contextlib
import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from benchmarks.visitor import Answer, Visitor
from studio.gallery.recipe import pixel_digest, read_texts
from tests.support.app import running_app
from tests.support.pictures import synthetic_picture

STYLES = ("great_wave", "starry_night", "red_fuji", "the_kiss", "pen_drawing", "wheat_field")
STRENGTH = 0.4  # the style is plain, and so is whose photo it was
CELLS = (12, 9)  # in which a painting is compared with the photos
ARRIVAL, PAUSE = 10.0, (1.0, 4.0)  # seconds: in which all arrive, and from a painting to the next click
CLICKS = 3
SIZE, LARGE = (320, 240), (1600, 1200)  # px; one photo in ten is large
TRIALS = 16  # paintings of one visitor with a training beside them, and as many without
SMALL = ((64, 64), (96, 64), (128, 96), (80, 120))  # px
AT_ONCE = 4  # visitors of the many small paintings
EVERY = 100  # small paintings from one figure of the memory to the next


@dataclass
class Memory:
    """Samples the RSS of a process, in GB."""

    process: psutil.Process
    peak: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def now(self) -> float:
        return self.process.memory_info().rss / 1e9

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        def sample() -> None:
            while not self._stop.wait(0.2):
                with contextlib.suppress(psutil.Error):
                    self.peak = max(self.peak, self.now())

        thread = threading.Thread(target=sample)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()


def cells(image: Image.Image) -> np.ndarray:
    """Light and dark of areas, standardised, whatever the style's colours."""
    luma = np.asarray(image.convert("L").resize(CELLS, Image.Resampling.BOX), float).ravel()
    return (luma - luma.mean()) / (luma.std() + 1e-6)


def whose(painting: Image.Image, photos: list[Image.Image]) -> int:
    """The photo that a painting is most like."""
    return int(np.argmax([cells(photo) @ cells(painting) for photo in photos]))


def p(seconds: list[float], share: float) -> float:
    """A percentile."""
    return float(np.percentile(seconds, 100 * share)) if seconds else float("nan")


@dataclass
class Crowd:
    """What became of all clicks."""

    photos: list[Image.Image]
    seconds: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    async def visit(self, url: str, number: int, others: list[Visitor]) -> None:
        """One visitor from arrival to a look at the Gallery."""
        chance = random.Random(number)
        await asyncio.sleep(chance.uniform(0, ARRIVAL))
        visitor = await Visitor.arrive(url)
        others.append(visitor)
        try:
            photo = await visitor.upload(self.photos[number], f"photo {number}.png")
            kept = 0
            for style in chance.sample(STYLES, CLICKS):
                kept += await self._click(visitor, number, photo, style, others)
                await asyncio.sleep(chance.uniform(*PAUSE))
            if (there := await visitor.gallery()) != kept:
                self.lost.append(f"visitor {number}: {kept} painted, {there} in the Gallery")
        except Exception as error:  # whatever a visitor runs into is a finding, and must not end the others
            self.lost.append(f"visitor {number}: {error!r}")

    async def _click(self, visitor: Visitor, number: int, photo: dict, style: str, others: list[Visitor]) -> bool:
        answer = await visitor.paint(photo, style, Strength=STRENGTH)
        if not answer.painting:
            self.refused.append(answer.refusal)
            return False
        self.seconds.append(answer.seconds)
        self.places.append(answer.place)
        if mistake := self._mistake(answer, number, style):
            self.wrong.append(mistake)
        stranger = others[number % len(others)]
        if stranger is not visitor and (await stranger.client.get(answer.address)).is_success:
            self.wrong.append(f"visitor {number}: a stranger gets the painting")
        return True

    def _mistake(self, answer: Answer, number: int, style: str) -> str:
        with Image.open(BytesIO(answer.painting)) as painting:
            recipe = read_texts(painting.info)
            if not recipe or (recipe.style, recipe.photo) != (style, pixel_digest(self.photos[number])):
                return f"visitor {number}: the painting of another photo or style"
            if (found := whose(painting, self.photos)) != number:
                return f"visitor {number}: looks like the photo of {found}"
        return ""


async def crowd(url: str, visitors: int) -> Crowd:
    """All visitors at once."""
    sizes = [LARGE if number % 10 == 9 else SIZE for number in range(visitors)]
    done = Crowd([synthetic_picture(*size, seed=number, detail=6) for number, size in enumerate(sizes)])
    here: list[Visitor] = []
    await asyncio.gather(*(done.visit(url, number, here) for number in range(visitors)))
    for visitor in here:
        await visitor.client.aclose()
    return done


async def trials(visitor: Visitor, photo: dict, first: int, count: int) -> list[float]:
    """One painting after the other, each another take."""
    answers = [await visitor.paint(photo, STYLES[i % 3], Take=first + i) for i in range(count)]
    assert all(answer.painting for answer in answers), answers
    return [answer.seconds for answer in answers]


async def beside_a_training(url: str) -> tuple[list[float], list[float]]:
    """Seconds of paintings without and with a style that is learnt at the same time."""
    painter, teacher = await Visitor.arrive(url), await Visitor.arrive(url)
    photo = await painter.upload(synthetic_picture(*SIZE, seed=1000, detail=6), "photo.png")
    drawing = await teacher.upload(synthetic_picture(400, 300, seed=1001, detail=20), "drawing.png")
    await trials(painter, photo, 0, 3)  # the first ones also load what they need
    alone = await trials(painter, photo, 100, TRIALS // 2)
    given = {"Name of the style": "Mine", "Pictures of the style": [{"image": drawing, "caption": None}]}
    await teacher.queued("start", given | {"How thoroughly": 600})
    while "Learning" not in str(said := await teacher.at_once("poll", {})):
        assert "failed" not in str(said), said
        await asyncio.sleep(1)
    beside = await trials(painter, photo, 200, TRIALS)
    await teacher.at_once("stop_2", {})
    while "is ready" not in str(await teacher.at_once("poll", {})):
        await asyncio.sleep(1)
    alone += await trials(painter, photo, 300, TRIALS // 2)
    for visitor in (painter, teacher):
        await visitor.client.aclose()
    return alone, beside


async def flat(url: str, paintings: int, memory: Memory) -> list[float]:
    """The memory after every so many small paintings."""
    numbers, figures = iter(range(paintings)), [memory.now()]

    async def paint_on(visitor: Visitor) -> None:
        photo: dict[str, Any] = {}
        for number in numbers:
            if not photo or number % 5 == 0:
                photo = await visitor.upload(synthetic_picture(*SMALL[number % 4], number, 5), "small.png")
            answer = await visitor.paint(photo, STYLES[number % len(STYLES)], Take=number)
            assert answer.painting, answer
            if number % EVERY == EVERY - 1:
                figures.append(memory.now())
                print(f"{number + 1} small paintings: {figures[-1]:.2f} GB", flush=True)

    visitors = [await Visitor.arrive(url) for _ in range(AT_ONCE)]
    await asyncio.gather(*map(paint_on, visitors))
    for visitor in visitors:
        await visitor.client.aclose()
    return figures


def slope(figures: list[float]) -> float:
    """MB for each 1,000 paintings, over the second half of them."""
    later = figures[len(figures) // 2 :]
    return 1e6 / EVERY * np.polyfit(range(len(later)), later, 1)[0] if len(later) > 1 else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--paintings", type=int, default=2000, help="small ones, for the memory; 0: none")
    parser.add_argument("--no-training", action="store_true", help="leave out what a training beside it costs")
    arguments = parser.parse_args()
    start, facts = time.monotonic(), Facts()
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as url:
        (process,) = psutil.Process().children()
        memory = Memory(process)
        facts.note({"GB at first": memory.now()})
        with memory.watched():
            done = asyncio.run(crowd(url, arguments.visitors))
            for finding in (*done.wrong, *done.lost, *sorted(set(done.refused))):
                print(finding, flush=True)
            facts.note({"clicks": arguments.visitors * CLICKS, "paintings": len(done.seconds)})
            facts.note({"wrong": len(done.wrong), "lost": len(done.lost), "refused": len(done.refused)})
            facts.note({"p50 s": p(done.seconds, 0.5), "p95 s": p(done.seconds, 0.95)})
            facts.note({"most that came first": max(done.places, default=0)})
            facts.note({"GB after the crowd": memory.now(), "GB at most in the crowd": memory.peak})
            if not arguments.no_training:
                alone, beside = asyncio.run(beside_a_training(url))
                facts.note({"alone p50 s": p(alone, 0.5), "alone p95 s": p(alone, 0.95)})
                facts.note({"beside a training p50 s": p(beside, 0.5), "beside a training p95 s": p(beside, 0.95)})
                facts.note({"p95 beside / alone": p(beside, 0.95) / p(alone, 0.95), "GB after it": memory.now()})
            if arguments.paintings:
                figures = asyncio.run(flat(url, arguments.paintings, memory))
                facts.note({"GB after the small ones": figures[-1], "MB per 1,000 of them": slope(figures)})
        facts.note({"GB at most": memory.peak, "minutes": (time.monotonic() - start) / 60})
    print(json.dumps(facts))


class Facts(dict[str, float]):
    """Figures by name, each shown as soon as it is known."""

    def note(self, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            self[name] = round(value, 3)
            print(f"{name:32} {self[name]:10}", flush=True)


if __name__ == "__main__":
    main()
