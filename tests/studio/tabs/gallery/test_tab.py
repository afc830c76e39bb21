"""The Gallery tab's answers, without a browser: what changes, and nothing of anybody else's."""

from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from studio.gallery.restore import Restorer
from studio.painting.every_style import EveryStyle
from studio.painting.painter import Painter
from studio.painting.showcase import Showcase
from studio.styles.library import StyleLibrary, new_owner_key
from studio.tabs.gallery.tab import GalleryTab
from studio.tabs.present import Presentation
from tests.support.gallery import OWNER, keep

ANY = {"title": "All styles", "date": "Any time", "order": "Newest first", "favourites": False, "page": 0}


@pytest.fixture
def tab(painter: Painter, library: StyleLibrary, tmp_path: Path, stylize_on_a_page) -> GalleryTab:
    restorer = Restorer(painter.transfer, library, painter.files, painter.store)
    with gr.Blocks(), gr.Tabs() as tabs, gr.Tab("Gallery") as here:
        presentation = Presentation(painter, EveryStyle(painter.transfer, library))
        stylize, showcase = stylize_on_a_page(), Showcase(tmp_path / "showcase", painter.transfer)
        owner_key = gr.BrowserState("")
        return GalleryTab(painter, restorer, showcase, stylize, None, owner_key, here, tabs, presentation)


def test_an_empty_gallery_says_so_and_shows_the_examples(tab: GalleryTab, request_of_a_page):
    first = tab._first(request_of_a_page, new_owner_key(), **ANY)
    assert "Nothing here yet" in first[tab._count] and first[tab._examples].open
    assert "stores nothing" in tab._list(request_of_a_page, "", **ANY)[tab._count]


def test_the_newest_painting_comes_first(tab: GalleryTab, painter: Painter, request_of_a_page, tmp_path: Path):
    ids = [keep(painter.store, tmp_path, number).id for number in range(3)]
    listed = tab._list(request_of_a_page, OWNER, **ANY)
    assert listed[tab._page_ids] == ids[::-1] and listed[tab._count] == "3 paintings"
    assert not listed[tab._older].interactive and not listed[tab._newer].interactive


def test_a_click_enlarges_or_selects_and_touches_nothing_else(
    tab: GalleryTab, painter: Painter, request_of_a_page, tmp_path: Path
):
    id = keep(painter.store, tmp_path, 1).id
    click = SimpleNamespace(index=0)
    large = tab._pick(OWNER, [id], False, [], click, request_of_a_page)
    assert large[tab._current_id] == id and not large.keys() & set(tab._selection.parts)
    selected = tab._pick(OWNER, [id], True, [], click, request_of_a_page)
    assert selected[tab._selection.picks] == [id]
    assert selected.keys() == {*tab._selection.parts, tab._paintings}
    assert tab._pick(OWNER, [id], True, [id], click, request_of_a_page)[tab._selection.picks] == []


def test_nobody_else_gets_at_a_painting(tab: GalleryTab, painter: Painter, request_of_a_page, tmp_path: Path):
    id, thief = keep(painter.store, tmp_path, 1).id, new_owner_key()
    for act in (
        lambda: tab._pick(thief, [id], False, [], SimpleNamespace(index=0), request_of_a_page),
        lambda: tab._pick(thief, [id], True, [], SimpleNamespace(index=0), request_of_a_page),
        lambda: tab._toggle_favourite(thief, id),
        lambda: tab._link(thief, id),
        lambda: tab._again(thief, id, request_of_a_page),
        lambda: tab._delete(thief, id),
        lambda: tab._selection._remove(thief, [id]),
        lambda: tab._selection._side_by_side(thief, [id], request_of_a_page),
        lambda: list(tab._selection._show(thief, [id], request_of_a_page)),
        lambda: list(tab._present_page(thief, [id], request_of_a_page)),
    ):
        with pytest.raises(gr.Error, match="not there any more"):
            act()
    assert painter.store.get(OWNER, id)


def test_settings_are_used_again(tab: GalleryTab, painter: Painter, request_of_a_page, tmp_path: Path):
    id = keep(painter.store, tmp_path, 7, strength=0.4).id
    filled, controls = tab._again(OWNER, id, request_of_a_page), tab._stylize.controls
    assert filled.keys() <= set(tab._target)
    assert (filled[controls.settings["strength"]], filled[controls.settings["seed"]]) == (0.4, 7)
    assert filled[controls.style] == "great_wave" and Path(filled[controls.photo]).exists()


def test_a_deletion_can_be_undone(tab: GalleryTab, painter: Painter, request_of_a_page, tmp_path: Path):
    id = keep(painter.store, tmp_path, 1).id
    deleted = tab._delete(OWNER, id)
    assert deleted[tab._undo.deleted] == [id] and painter.store.count(OWNER) == 0
    painter.store.restore(OWNER, deleted[tab._undo.deleted])
    assert painter.store.count(OWNER) == 1


def test_several_are_packed_or_that_is_refused(tab: GalleryTab, painter: Painter, request_of_a_page, tmp_path: Path):
    ids = [keep(painter.store, tmp_path, number).id for number in range(2)]
    packed = tab._selection._pack(OWNER, ids, request_of_a_page)
    assert "2 paintings" in packed[tab._outcome.download].label
    with pytest.raises(gr.Error, match="Choose some"):
        tab._selection._pack(OWNER, [], request_of_a_page)
