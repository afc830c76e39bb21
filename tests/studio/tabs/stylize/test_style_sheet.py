"""All styles at once: it can be stopped, and a stop is no longer there the next time."""

from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from PIL import Image

from studio.painting.every_style import EveryStyle
from studio.painting.painter import Painter
from studio.styles.library import StyleLibrary, new_owner_key
from studio.tabs.stylize.style_sheet import StyleSheet
from stylegan import StyleError
from stylegan.sample_photos import sample_photos
from tests.support.gallery import uploaded
from tests.support.pictures import mean_difference, synthetic_picture

VISITOR = SimpleNamespace(session_hash="page", cookies={})
SOMEBODY = SimpleNamespace(session_hash="another page", cookies={})


@pytest.fixture
def sheet(painter: Painter, library: StyleLibrary) -> StyleSheet:
    with gr.Blocks():
        return StyleSheet(painter, EveryStyle(painter.transfer, library), sample_photos()[0])


@pytest.fixture
def photo(tmp_path: Path) -> str:
    synthetic_picture(64, 48, seed=1, detail=4).save(tmp_path / "photo.png")
    return uploaded(tmp_path / "photo.png")


def progress(event: dict) -> str:
    return next((text for text in event.values() if isinstance(text, str) and "role='status'" in text), "")


def last_progress(events: list[dict]) -> str:
    return [text for event in events if (text := progress(event))][-1]


def test_a_stop_ends_it_before_the_next_style_and_counts_once(sheet: StyleSheet, photo: str):
    events = sheet.paint(VISITOR, "", photo=photo)
    assert "Painting" in progress(next(events))
    count = len(sheet._painter.transfer.styles)
    assert f"1 of {count}" in progress(next(events))
    sheet.stop(VISITOR)
    assert [progress(event).count("Stopped.") for event in events] == [1, 0]
    assert f"All {count} styles" in last_progress(list(sheet.paint(VISITOR, "", photo=photo)))


def test_a_stop_before_or_by_another_page_changes_nothing(sheet: StyleSheet, photo: str):
    sheet.stop(VISITOR)
    events = sheet.paint(VISITOR, "", photo=photo)
    next(events)
    sheet.stop(SOMEBODY)
    assert f"All {len(sheet._painter.transfer.styles)} styles" in last_progress(list(events))


def test_without_a_photo_the_example_is_painted(sheet: StyleSheet):
    assert "All" in last_progress(list(sheet.paint(VISITOR, "", photo=None)))


def test_a_panorama_is_painted_in_all_styles(sheet: StyleSheet, tmp_path: Path):
    synthetic_picture(33 * 40, 40, seed=1, detail=4).save(tmp_path / "panorama.png")
    events = list(sheet.paint(VISITOR, "", photo=uploaded(tmp_path / "panorama.png")))
    assert f"All {len(sheet._painter.transfer.styles)} styles" in last_progress(events)


def test_what_goes_wrong_takes_the_place_of_the_progress(
    sheet: StyleSheet, photo: str, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise StyleError("No <paint> left.")

    monkeypatch.setattr(sheet._painter.transfer, "stylize", fail)
    assert "No &lt;paint&gt; left." in last_progress(list(sheet.paint(VISITOR, "", photo=photo)))


def test_own_styles_and_the_strength_of_the_page_are_on_it(
    sheet: StyleSheet, library: StyleLibrary, photo: str, tmp_path: Path
):
    owner = new_owner_key()
    synthetic_picture(80, 60, seed=9, detail=30).save(tmp_path / "my drawing.png")
    own = library.remember(owner, str(tmp_path / "my drawing.png"))
    bold, weak = (list(sheet.paint(VISITOR, owner, photo=photo, strength=strength)) for strength in (1.0, 0.0))
    assert bold[0][sheet.keys][-1] == own.key
    shown = [[event[sheet.pictures] for event in events[1:] if sheet.pictures in event][-1] for events in (bold, weak)]
    assert shown[0][-1][1] == own.title and len(shown[0]) == len(bold[0][sheet.keys])
    original = Image.open(photo).resize(Image.open(shown[1][0][0]).size)
    assert (
        mean_difference(Image.open(shown[1][0][0]), original)
        < 0.05
        < mean_difference(Image.open(shown[0][0][0]), original)
    )
