"""The Fine-tune tab's answers, without a browser and without a training: the queue is there, its thread is not."""

from pathlib import Path

import gradio as gr
import pytest

from studio.painting.painter import Painter
from studio.styles.library import StyleLibrary, new_owner_key
from studio.styles.training_queue import TrainingQueue
from studio.tabs.finetune.tab import FinetuneTab
from tests.support.gallery import uploaded
from tests.support.pictures import synthetic_picture

UNSEEN = (0, 0, "")


@pytest.fixture
def tab(painter: Painter, library: StyleLibrary) -> FinetuneTab:
    with gr.Blocks():
        trainings = TrainingQueue(painter.transfer, library)
        return FinetuneTab(trainings, library, painter.files, gr.BrowserState(""), gr.Number(0))


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
        tab.start(request_of_a_page, new_owner_key(), **asked, style="x")


def test_a_training_is_followed_by_its_owner_alone(tab: FinetuneTab, asked: dict, request_of_a_page):
    owner = new_owner_key()
    losses = {"content": "ssim", "style": None, "adversarial": None}
    assert "Starting" in tab.start(request_of_a_page, owner, **asked, **losses)
    updates = tab.poll(owner, UNSEEN, 3)
    assert not updates[tab._start].interactive and updates[tab._stop].interactive
    assert tab._preview not in updates and tab._changed not in updates, "nothing was painted and nothing learnt yet"
    assert str(tab._trainings.latest(owner).request.objective) == "ssim + nearest + hinge"
    assert tab.poll(new_owner_key(), UNSEEN, 3) == gr.skip()


def test_one_that_is_stopped_before_it_begins_says_so_once(tab: FinetuneTab, asked: dict, request_of_a_page):
    owner = new_owner_key()
    tab.start(request_of_a_page, owner, **asked)
    tab.stop(owner)
    updates = tab.poll(owner, UNSEEN, 0)
    assert "Stopped before it began" in updates[tab._status] and updates[tab._start].interactive
    assert tab.poll(owner, updates[tab._last_shown], 0) == gr.skip()


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
    assert tab.delete(owner, key, 2) == 3 and library.styles(owner) == []
