"""All styles at once: it can be stopped, and a stop is no longer there the next time."""

from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from studio.painting.painter import Painter
from studio.tabs.stylize.style_sheet import StyleSheet
from stylegan import StyleError
from tests.support.gallery import uploaded
from tests.support.pictures import synthetic_picture

VISITOR = SimpleNamespace(session_hash="page", cookies={})
SOMEBODY = SimpleNamespace(session_hash="another page", cookies={})


@pytest.fixture
def sheet(painter: Painter) -> StyleSheet:
    with gr.Blocks():
        return StyleSheet(painter, gr.Button(), gr.Image())


@pytest.fixture
def photo(tmp_path: Path) -> str:
    synthetic_picture(64, 48, seed=1, detail=4).save(tmp_path / "photo.png")
    return uploaded(tmp_path / "photo.png")


def progress(event: dict) -> str:
    return next(text for text in event.values() if isinstance(text, str) and "role='status'" in text)


def test_a_stop_ends_it_before_the_next_style_and_counts_once(sheet: StyleSheet, photo: str):
    events = sheet.paint(photo, VISITOR)
    assert "Painting" in progress(next(events))
    count = len(sheet._painter.transfer.styles)
    assert f"1 of {count}" in progress(next(events))
    sheet.stop(VISITOR)
    assert [progress(event).count("Stopped.") for event in events] == [1]
    assert f"All {count} styles" in progress(list(sheet.paint(photo, VISITOR))[-1])


def test_a_stop_before_or_by_another_page_changes_nothing(sheet: StyleSheet, photo: str):
    sheet.stop(VISITOR)
    events = sheet.paint(photo, VISITOR)
    next(events)
    sheet.stop(SOMEBODY)
    assert f"All {len(sheet._painter.transfer.styles)} styles" in progress(list(events)[-1])


def test_a_panorama_is_painted_in_all_styles(sheet: StyleSheet, tmp_path: Path):
    synthetic_picture(33 * 40, 40, seed=1, detail=4).save(tmp_path / "panorama.png")
    events = list(sheet.paint(uploaded(tmp_path / "panorama.png"), VISITOR))
    assert f"All {len(sheet._painter.transfer.styles)} styles" in progress(events[-1])


def test_what_goes_wrong_takes_the_place_of_the_progress(
    sheet: StyleSheet, photo: str, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise StyleError("No <paint> left.")

    monkeypatch.setattr(sheet._painter.transfer, "stylize", fail)
    assert "No &lt;paint&gt; left." in progress(list(sheet.paint(photo, VISITOR))[-1])
