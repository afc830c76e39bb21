"""Finish: shown on its way, stopped when asked, and what was stopped is repeated as far as it had come."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from studio.gallery.recipe import read_recipe
from studio.gallery.store import Store
from studio.painting.finishing import FINISHING, Finishing, Forecast, Frame, about, how_far
from studio.painting.painter import Painted, Painter, Plan
from studio.styles.library import new_owner
from studio.web.served_files import ServedFiles
from stylegan import StyleTransfer
from tests.support.pictures import synthetic_picture

VISITOR = SimpleNamespace(session_hash="page", cookies={})
SOMEBODY = SimpleNamespace(session_hash="another page", cookies={})


@pytest.fixture
def painter(tmp_path: Path) -> Painter:
    return Painter(StyleTransfer.from_pretrained(), ServedFiles(100), Store(tmp_path / "gallery"))


@pytest.fixture
def finishing(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> Finishing:
    monkeypatch.setattr(Forecast, "probe", lambda *_: None)
    monkeypatch.setattr("studio.painting.finishing.SHOW_SECONDS", 0)
    return Finishing(painter)


@pytest.fixture
def plan(painter: Painter, tmp_path: Path) -> Plan:
    synthetic_picture(96, 64, seed=1, detail=5).save(tmp_path / "holiday.png")
    return painter.plan(str(tmp_path / "holiday.png"), "starry_night", "starry_night", seed=3)


def pixels(painted: Painted) -> np.ndarray:
    return np.asarray(Image.open(painted.path))


def test_it_is_shown_step_by_step_and_comes_last(finishing: Finishing, painter: Painter, plan: Plan):
    *frames, last = finishing.run(plan, "", VISITOR)
    assert len(frames) > 10 and all(isinstance(frame, Frame) for frame in frames)
    assert len({frame.after for frame in frames}) == len(frames) and len({frame.before for frame in frames}) == 1
    assert Image.open(frames[0].before).size == Image.open(frames[-1].after).size == plan.photo.size
    assert frames[0].text == "Finishing: 0 %" and "s left" in frames[-1].text
    assert last.recipe.finish == 1 and read_recipe(last.path) == last.recipe
    assert np.array_equal(pixels(painter.carry_out(plan, 1.0)), pixels(last))
    assert not np.array_equal(pixels(painter.carry_out(plan)), pixels(last))


def test_stopped_it_keeps_what_is_there_and_repeats_it(finishing: Finishing, painter: Painter, plan: Plan):
    events = finishing.run(plan, "", VISITOR)
    for _ in range(5):
        next(events)
    finishing.stop(SOMEBODY)
    assert isinstance(next(events), Frame)
    finishing.stop(VISITOR)
    (last,) = events
    assert 0 < last.recipe.finish < 1
    recipe = read_recipe(last.path)
    assert recipe.finish_for(plan.recipe) == last.recipe.finish
    assert np.array_equal(pixels(painter.carry_out(plan, recipe.finish)), pixels(last))
    assert list(finishing.run(plan, "", VISITOR))[-1].recipe.finish == 1, "a stop counts once"


def test_a_stop_while_it_waits_its_turn_leaves_a_plain_painting(finishing: Finishing, painter: Painter, plan: Plan):
    finishing.begin(VISITOR)
    finishing.stop(VISITOR)
    (last,) = finishing.run(plan, "", VISITOR)
    assert last.recipe == plan.recipe
    assert np.array_equal(pixels(painter.carry_out(plan)), pixels(last))


def test_a_stop_of_nothing_changes_nothing(finishing: Finishing, plan: Plan):
    finishing.stop(VISITOR)
    assert list(finishing.run(plan, "", VISITOR))[-1].recipe.finish == 1


def test_what_the_gallery_has_is_there_at_once(
    finishing: Finishing, painter: Painter, plan: Plan, monkeypatch: pytest.MonkeyPatch
):
    owner = new_owner()
    *_, first = finishing.run(plan, owner, VISITOR)
    assert painter.keep(owner, first) == ""
    monkeypatch.setattr(StyleTransfer, "finish_steps", lambda *_, **__: pytest.fail("finished again"))
    (again,) = finishing.run(plan, owner, VISITOR)
    assert again.path.read_bytes() == first.path.read_bytes()


def test_the_button_tells_how_long_it_takes(finishing: Finishing, painter: Painter, plan: Plan):
    plain = painter.carry_out(plan)
    assert finishing.offer(plain, (96, 64)).value == "Finish"
    *_, last = finishing.run(plan, "", VISITOR)
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


def test_what_could_not_begin_says_so(finishing: Finishing):
    assert finishing.end(FINISHING)[2] == "Not finished."
    assert finishing.end("In the style of …")[2] != "Not finished."


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "about 1 s"), (3.4, "about 3 s"), (130, "about 2 min")])
def test_times_are_told_as_people_say_them(seconds: float, said: str):
    assert about(seconds) == said


@pytest.mark.parametrize(("finish", "said"), [(0.0, ""), (1.0, "finished"), (6 / 26, "23 % finished")])
def test_how_far_a_painting_was_finished(finish: float, said: str):
    assert how_far(finish) == said
