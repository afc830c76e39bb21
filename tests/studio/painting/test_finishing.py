"""Finish: shown on its way, stopped when asked, and what was stopped is repeated as far as it had come."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.gallery.recipe import read_recipe
from studio.gallery.store import Store
from studio.painting.finishing import Finishing, Forecast, Frame, about
from studio.painting.painter import Painted, Painter
from studio.painting.request import PaintRequest, RequestReader
from studio.painting.views import how_far
from studio.styles.library import StyleLibrary, new_owner_key
from studio.web.served_files import ServedFiles
from studio.web.visitor import Visitor
from stylegan import StyleTransfer
from tests.support.gallery import uploaded
from tests.support.pictures import synthetic_picture

PAGE, ANOTHER = "page", "another page"


@pytest.fixture
def painter(tmp_path: Path) -> Painter:
    return Painter(StyleTransfer.from_pretrained(), ServedFiles(100), Store(tmp_path / "gallery"))


@pytest.fixture
def finishing(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> Finishing:
    monkeypatch.setattr(Forecast, "probe", lambda *_: None)
    monkeypatch.setattr("studio.painting.finishing.SHOW_SECONDS", 0)
    return Finishing(painter)


@pytest.fixture
def asked(painter: Painter, tmp_path: Path) -> PaintRequest:
    synthetic_picture(96, 64, seed=1, detail=5).save(tmp_path / "holiday.png")
    reader = RequestReader(painter.transfer, StyleLibrary(tmp_path / "styles", painter.transfer))
    return reader.from_page(Visitor(), photo=uploaded(tmp_path / "holiday.png"), style="starry_night", seed=3)


def pixels(painted: Painted) -> np.ndarray:
    return np.asarray(Image.open(painted.path))


def test_it_is_shown_step_by_step_and_comes_last(finishing: Finishing, painter: Painter, asked: PaintRequest):
    *frames, last = finishing.run(asked, PAGE)
    assert len(frames) > 10 and all(isinstance(frame, Frame) for frame in frames)
    assert len({frame.after for frame in frames}) == len(frames) and len({frame.before for frame in frames}) == 1
    assert Image.open(frames[0].before).size == Image.open(frames[-1].after).size == asked.photo.size
    assert frames[0].text == "Finishing: 0 %" and "s left" in frames[-1].text
    assert last.recipe.finish == 1 and read_recipe(last.path) == last.recipe
    assert np.array_equal(pixels(painter.paint(asked, 1.0)), pixels(last))
    assert not np.array_equal(pixels(painter.paint(asked)), pixels(last))


def test_stopped_it_keeps_what_is_there_and_repeats_it(finishing: Finishing, painter: Painter, asked: PaintRequest):
    events = finishing.run(asked, PAGE)
    for _ in range(5):
        next(events)
    finishing.stop(ANOTHER)
    assert isinstance(next(events), Frame)
    finishing.stop(PAGE)
    (last,) = events
    assert 0 < last.recipe.finish < 1
    recipe = read_recipe(last.path)
    assert recipe.finish_for(asked.recipe) == last.recipe.finish
    assert np.array_equal(pixels(painter.paint(asked, recipe.finish)), pixels(last))
    assert list(finishing.run(asked, PAGE))[-1].recipe.finish == 1, "a stop counts once"


def test_a_stop_while_it_waits_its_turn_leaves_a_plain_painting(
    finishing: Finishing, painter: Painter, asked: PaintRequest
):
    finishing.begin(PAGE)
    finishing.stop(PAGE)
    (last,) = finishing.run(asked, PAGE)
    assert last.recipe == asked.recipe
    assert np.array_equal(pixels(painter.paint(asked)), pixels(last))


def test_a_stop_of_nothing_changes_nothing(finishing: Finishing, asked: PaintRequest):
    finishing.stop(PAGE)
    assert list(finishing.run(asked, PAGE))[-1].recipe.finish == 1


def test_what_the_gallery_has_is_there_at_once(
    finishing: Finishing, painter: Painter, asked: PaintRequest, monkeypatch: pytest.MonkeyPatch
):
    mine = replace(asked, visitor=Visitor(new_owner_key()))
    *_, first = finishing.run(mine, PAGE)
    assert painter.add_to_gallery(first)[1] == ""
    monkeypatch.setattr(StyleTransfer, "finish_steps", lambda *_, **__: pytest.fail("finished again"))
    (again,) = finishing.run(mine, PAGE)
    assert again.path.read_bytes() == first.path.read_bytes()


def test_the_button_tells_how_long_it_takes(finishing: Finishing, painter: Painter, asked: PaintRequest):
    plain = painter.paint(asked)
    assert finishing.offer(plain, (96, 64)).value == "Finish"
    *_, last = finishing.run(asked, PAGE)
    assert "(about 1 s)" in finishing.offer(plain, (1, 1)).value
    done = finishing.offer(last, (96, 64))
    assert (done.value, done.interactive) == ("Finished", False)


def test_the_forecast_goes_by_the_pixels_that_are_painted():
    forecast = Forecast()
    assert forecast.seconds((512, 512), 1) is None
    forecast.note(3, (512, 512), 1)
    assert forecast.seconds((1024, 512), 1) == 6
    assert forecast.seconds((512, 512), 2) == 0.75
    assert forecast.seconds((4000, 3000), 1) < 36, "large pictures are painted smaller and enlarged"


def test_the_forecast_is_measured_when_the_app_starts(painter: Painter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("studio.painting.finishing.PROBE_PAUSES", (0,))
    forecast = Forecast()
    forecast.probe(painter.transfer)
    assert 0.01 < forecast.seconds((512, 512), 1) < 200


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "about 1 s"), (3.4, "about 3 s"), (130, "about 2 min")])
def test_times_are_told_as_people_say_them(seconds: float, said: str):
    assert about(seconds) == said


@pytest.mark.parametrize(("finish", "said"), [(0.0, ""), (1.0, "finished"), (6 / 26, "23 % finished")])
def test_how_far_a_painting_was_finished(finish: float, said: str):
    assert how_far(finish) == said
