"""Picture, caption, Download and the lit tile belong together, whatever is clicked, and after every mistake."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from studio.gallery.recipe import read_recipe
from tests.support.browser import SLOW, STYLES, TILES, download, tab, unfold
from tests.support.pictures import synthetic_picture

pytestmark = pytest.mark.browser


@pytest.fixture
def slow_photo(tmp_path: Path) -> Path:
    """A photo that takes seconds to paint."""
    synthetic_picture(1600, 1200, seed=5, detail=9).save(tmp_path / "meadow.png")
    return tmp_path / "meadow.png"


def settled(page: Page) -> None:
    """Wait for the painting."""
    expect(page.locator("#download")).to_be_enabled(timeout=2 * SLOW)
    expect(page.locator("#said .busy")).to_have_count(0)


def test_the_last_of_many_clicks_wins(page: Page, slow_photo: Path):
    page.locator("#photo input[type=file]").set_input_files(slow_photo)
    settled(page)
    for number in (1, 3, 5, 7):
        page.locator(f"#wall {TILES}").nth(number).click()
    expect(page.locator("#said")).to_contain_text(f"Painting in {STYLES[7].title}", timeout=SLOW)
    expect(page.locator("#download")).to_be_disabled()
    expect(page.locator("#caption")).to_contain_text(STYLES[7].title, timeout=3 * SLOW)
    settled(page)
    expect(page.locator(f"#wall {TILES}.selected .caption-label")).to_have_text(STYLES[7].title)
    assert read_recipe(download(page)).style == STYLES[7].name
    tab(page, "Gallery")
    captions = page.locator("#paintings .caption-label")
    expect(captions.first).to_have_text(STYLES[7].title, timeout=SLOW)
    assert captions.count() <= 3  # of those that nobody waited for, at most the one that was nearly done


def test_the_old_picture_stays_dimmed_while_another_is_painted(page: Page, slow_photo: Path):
    page.locator("#photo input[type=file]").set_input_files(slow_photo)
    settled(page)
    before = page.locator("#result img").last.get_attribute("src")
    page.locator(f"#wall {TILES}").nth(2).click()
    expect(page.locator("#said .busy")).to_be_visible(timeout=SLOW)
    picture = page.locator("#result img").last
    assert picture.get_attribute("src") == before
    expect(picture).to_have_css("opacity", "0.45")
    assert not re.search(r"processing|queue|\d\.\ds", page.locator("#result").inner_text())
    settled(page)
    expect(picture).to_have_css("opacity", "1")


def test_a_mistake_leaves_the_last_good_painting(page: Page, tmp_path: Path):
    page.locator("button.gallery-item").first.click()
    settled(page)
    (tmp_path / "letter.png").write_text("Dear reader")
    before = page.locator("#result img").last.get_attribute("src")
    unfold(page, "Or use your own picture as the style")
    page.locator("#style-image input[type=file]").set_input_files(tmp_path / "letter.png")
    expect(page.locator("#said")).to_contain_text("is not a picture that can be read", timeout=SLOW)
    expect(page.locator("#said .reason")).to_be_visible()
    assert page.locator("#result img").last.get_attribute("src") == before
    expect(page.locator("#caption")).to_contain_text("The Great Wave")
    assert read_recipe(download(page)).style == "great_wave"
    expect(page.locator(f"#wall {TILES}.selected .caption-label")).to_have_text("The Great Wave")
    page.locator(f"#wall {TILES}").nth(1).click()  # that mends it
    expect(page.locator("#caption")).to_contain_text("The Starry Night", timeout=SLOW)
    expect(page.locator("#said")).to_be_hidden()


def test_an_own_picture_as_the_style_lights_no_tile(page: Page, tmp_path: Path):
    synthetic_picture(160, 120, seed=3, detail=30).save(tmp_path / "fabric.png")
    page.locator("button.gallery-item").first.click()
    settled(page)
    unfold(page, "Or use your own picture as the style")
    page.locator("#style-image input[type=file]").set_input_files(tmp_path / "fabric.png")
    expect(page.locator("#caption")).to_contain_text("your own picture", timeout=SLOW)
    expect(page.locator(f"#wall {TILES}.selected")).to_have_count(0)


def test_one_drag_of_strength_keeps_one_painting(page: Page):
    page.locator("button.gallery-item").first.click()
    settled(page)
    unfold(page, "Fine adjustments")
    strength = page.get_by_role("slider", name="Strength").first
    for value in (0.9, 0.8, 0.7, 0.6, 0.5):
        strength.fill(str(value))
        page.wait_for_timeout(250)
    settled(page)
    page.wait_for_timeout(500)
    settled(page)
    tab(page, "Gallery")
    expect(page.locator(f"#paintings {TILES}")).to_have_count(2, timeout=SLOW)  # as it was, and where it stopped
    page.locator(f"#paintings {TILES}").first.click()
    expect(page.locator("#facts")).to_contain_text("strength 0.5", timeout=SLOW)
