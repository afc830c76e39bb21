"""The Fine-tune tab's answers, without a browser and without a training: the queue is there, its thread is not."""

from pathlib import Path

import gradio as gr
import pytest
from PIL import Image

from studio.painting.painter import Painter
from studio.styles.library import StyleLibrary, new_owner_key
from studio.styles.training_queue import Run, TrainingQueue
from studio.tabs.finetune.progress import curves
from studio.tabs.finetune.tab import FinetuneTab
from tests.support.gallery import uploaded
from tests.support.pictures import mean_difference, synthetic_picture

UNSEEN = (0, 0, "")


@pytest.fixture
def tab(painter: Painter, library: StyleLibrary, stylize_on_a_page) -> FinetuneTab:
    with gr.Blocks(), gr.Tabs() as tabs, gr.Tab("Teach a style"):
        trainings, stylize = TrainingQueue(painter.transfer, library), stylize_on_a_page()
        owner_key, changed = gr.BrowserState(""), gr.Number(0)
        return FinetuneTab(trainings, library, painter.files, owner_key, changed, stylize, tabs)


@pytest.fixture
def asked(tmp_path: Path) -> dict:
    """What the controls say."""
    synthetic_picture(80, 60, 7, 9).save(tmp_path / "drawing.png")
    pictures = [(uploaded(tmp_path / "drawing.png"), None)]
    return {"name": "Blobs <i>", "pictures": pictures, "photo": None, "steps": 60, "license": None}


def test_what_is_missing_is_said(tab: FinetuneTab, asked: dict, request_of_a_page):
    for change, message in (({"pictures": None}, "at least one picture"), ({"name": ""}, "Give the style a name")):
        with pytest.raises(gr.Error, match=message):
            tab.start(request_of_a_page, new_owner_key(), **asked | change)
    with pytest.raises(gr.Error, match="no style loss called x"):
        tab.start(request_of_a_page, new_owner_key(), **asked, style_A="x")


def test_a_training_is_followed_by_its_owner_alone(tab: FinetuneTab, asked: dict, request_of_a_page):
    owner = new_owner_key()
    losses = {"content_A": "ssim", "style_A": None, "adversarial_A": None}
    assert "Starting" in tab.start(request_of_a_page, owner, **asked, **losses)
    updates = tab.poll(owner, UNSEEN, 3, request_of_a_page)
    assert not updates[tab._start].interactive and updates[tab._stop].interactive
    assert not updates.keys() & set(tab._progress.parts) and tab._changed not in updates, (
        "nothing was painted and nothing learnt yet"
    )
    assert str(tab._trainings.latest(owner).runs[0].objective) == "ssim + nearest + hinge"
    assert tab.poll(new_owner_key(), UNSEEN, 3, request_of_a_page).keys() == {tab._clock}


def test_one_that_is_stopped_before_it_begins_says_so_once(tab: FinetuneTab, asked: dict, request_of_a_page):
    owner = new_owner_key()
    tab.start(request_of_a_page, owner, **asked)
    tab.stop(owner)
    updates = tab.poll(owner, UNSEEN, 0, request_of_a_page)
    assert "Stopped before it began" in updates[tab._status] and updates[tab._start].interactive
    assert tab.poll(owner, updates[tab._last_shown], 0, request_of_a_page).keys() == {tab._clock}


def test_a_page_asks_for_progress_only_while_there_is_any(tab: FinetuneTab, asked: dict, request_of_a_page):
    """Each question takes a fortieth of a second: fifty open pages would leave nothing for painting."""
    owner = new_owner_key()
    assert not tab._clock.active and not tab.watch(owner).active
    assert not tab.poll(owner, UNSEEN, 0, request_of_a_page)[tab._clock].active
    tab.start(request_of_a_page, owner, **asked)
    assert tab.watch(owner).active and tab.open(owner)[tab._clock].active, "in this window and in any other"
    assert tab._clock not in tab.poll(owner, UNSEEN, 0, request_of_a_page)
    tab.stop(owner)
    ended = tab.poll(owner, UNSEEN, 0, request_of_a_page)
    assert not tab.poll(owner, ended[tab._last_shown], 0, request_of_a_page)[tab._clock].active


def test_styles_are_listed_renamed_and_deleted(tab: FinetuneTab, library: StyleLibrary, transfer, request_of_a_page):
    owner = new_owner_key()
    nothing = tab.list_styles(owner, None, request_of_a_page)
    assert not nothing[tab._delete].interactive and nothing[tab._table] == []
    key = library.add(owner, transfer.checkpoint.packs["great_wave"].renamed("Sea")).key
    listed = tab.list_styles(owner, None, request_of_a_page)
    assert listed[tab._mine].value == key and listed[tab._delete].interactive
    assert listed[tab._download].value["orig_name"] == "Sea.style.safetensors"
    assert tab.rename(owner, key, "Ocean", 1)[tab._changed] == 2
    assert [style.title for style in library.styles(owner)] == ["Ocean"]
    with pytest.raises(gr.Error, match="not there any more"):
        tab.delete(new_owner_key(), key, 0)
    deleted = tab.delete(owner, key, 2)
    assert deleted[tab._changed] == 3 and library.styles(owner) == []
    restored = tab.restore(owner, 3, deleted[tab._undo.deleted])
    assert restored[tab._mine].value == key and [style.title for style in library.styles(owner)] == ["Ocean"]
    tab.delete(owner, key, 4)
    with pytest.raises(gr.Error, match="not there any more"):
        tab.restore(new_owner_key(), 5, key)


def test_the_newest_style_is_the_chosen_one_and_is_shown_from_start_to_now(
    tab: FinetuneTab, library: StyleLibrary, asked: dict, transfer, request_of_a_page
):
    owner = new_owner_key()
    library.add(owner, transfer.checkpoint.packs["the_kiss"].renamed("Older"))
    tab.start(request_of_a_page, owner, **asked)
    job = tab._trainings.latest(owner)
    (run,) = job.runs
    run.first_preview, run.preview = [synthetic_picture(64, 64, 1, 9)] * 2, [synthetic_picture(64, 64, 2, 9)] * 2
    run.history = [(step, 2.0 - step / 100, 1.0) for step in range(1, 101)]
    job.style = library.add(owner, transfer.checkpoint.packs["great_wave"].renamed("Newer")).key
    job.state, job.previews = "done", 2
    updates, shown = tab.poll(owner, UNSEEN, 3, request_of_a_page), tab._progress
    assert updates[tab._mine].value == job.style and updates[shown.paint].visible
    assert all(kind == "float64" for kind in updates[shown._curves].dtypes[["step", "percent"]])
    run.history = run.history[:5]
    assert shown.show(job, "")[shown._curves] == gr.skip(), "a plot without points would stay broken"
    start, now = (Image.open(path) for path in updates[shown._slider])
    assert mean_difference(start, run.first_preview[0]) < 0.05 and mean_difference(now, run.preview[0]) < 0.05


def test_ways_are_shown_side_by_side_and_one_of_them_is_kept(
    tab: FinetuneTab, library: StyleLibrary, asked: dict, transfer, request_of_a_page
):
    owner = new_owner_key()
    with pytest.raises(gr.Error, match="Ways A and B are the same"):
        tab.start(request_of_a_page, owner, **asked, ways=2, style_B="nearest")
    tab.start(request_of_a_page, owner, **asked, ways=3)
    job, shown = tab._trainings.latest(owner), tab._comparison
    job.watched, job.state = synthetic_picture(64, 64, 3, 9), "learning"
    begun = tab.poll(owner, UNSEEN, 0, request_of_a_page)[tab._last_shown]
    for number, run in enumerate(job.runs[:2]):
        run.step, run.preview = 9, [synthetic_picture(64, 64, number, 9)]
        run.first_preview, run.distances = run.preview, [(0.0, 0.5, 0.1), (5.0, 0.4, 0.1)]
        run.pack = transfer.checkpoint.packs["the_kiss"].renamed(f"Way {number}")
    job.runs[2].failure = "It broke."
    job.previews = 4
    updates = tab.poll(owner, begun, 0, request_of_a_page)
    assert updates[shown._all].visible and not updates[tab._progress._all].visible
    assert not any(updates[button].visible for button in shown.keep), "none is chosen before all have had their time"
    assert set(updates[shown._curves]["way"]) == {"Way A", "Way B", "Way C"}
    assert updates[shown._curves]["percent"].max() == 125
    assert shown._photo in updates and updates[shown._pictures[0]]
    job.previews += 1
    job.runs[2].failure = ""
    again = tab.poll(owner, updates[tab._last_shown], 0, request_of_a_page)
    assert shown._photo not in again and shown._pictures[0] not in again, "what the page has is not written once more"
    assert again[shown._pictures[1]], "its last picture may be newer"
    job.runs[2].failure = "It broke."
    job.state = "done"
    job.ended.set()
    updates = tab.poll(owner, UNSEEN, 0, request_of_a_page)
    assert [updates[button].visible for button in shown.keep] == [True, True, False]
    assert "It broke." in updates[shown._texts[2]] and "9 steps" in updates[shown._texts[1]]
    with pytest.raises(gr.Error, match="Keep one of the styles"):
        tab.start(request_of_a_page, owner, **asked)
    for place, visitor in ((2, owner), (0, new_owner_key())):
        with pytest.raises(gr.Error, match="not there any more"):
            tab.keep(place, visitor)
    assert tab.keep(1, owner).active
    updates = tab.poll(owner, updates[tab._last_shown], 5, request_of_a_page)
    assert [style.title for style in library.styles(owner)] == ["Way 1"]
    assert updates[tab._changed] == 6 and updates[tab._mine].value == job.style
    assert updates[tab._progress.paint].visible and not updates[shown._all].visible


def test_none_of_the_ways_is_kept_and_another_training_may_begin(tab: FinetuneTab, asked: dict, request_of_a_page):
    owner = new_owner_key()
    tab.start(request_of_a_page, owner, **asked, ways=2)
    assert not tab.keep_none(owner)[tab._comparison._all].visible
    assert tab._trainings.latest(owner), "one that is still learning stays"
    tab._trainings.latest(owner).state = "done"
    tab.keep_none(owner)
    assert tab._trainings.latest(owner) is None


def test_a_comparison_says_beforehand_how_long_it_takes_in_all(tab: FinetuneTab, monkeypatch: pytest.MonkeyPatch):
    assert not tab.forecast(1, 60).visible
    assert "3 times as long as one" in tab.forecast(3, 60).value
    monkeypatch.setattr(tab._trainings, "_step_seconds", 1.0)
    assert "3 ways, 60 seconds each: about 3 minutes in all." in tab.forecast(3, 60).value


def test_curves_climb_from_a_hundred_percent_as_distances_shrink():
    run = Run()
    run.history = [(step, 2.0 / (1 + step / 50), 1.0) for step in range(1, 101)]
    frame = curves(run)
    style, photo = (
        frame[frame["what"] == name]["percent"] for name in ("looks like the style", "looks like the photo")
    )
    assert abs(style.iloc[0] - 100) < 1 and style.is_monotonic_increasing and style.iloc[-1] > 180
    assert ((photo - 100).abs() < 0.01).all()
    run.history = []
    assert curves(run).empty
