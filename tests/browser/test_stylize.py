"""The Stylize tab as a visitor meets it."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from stylegan import sample_photos
from tests.browser.visits import TILES, visit
from tests.helpers import mean_difference

pytestmark = pytest.mark.browser
SLOW = 30_000  # ms: a busy machine is not a broken app


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desktop", "phone"])
def page(browser: Browser, app_url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    visit(page, app_url)
    yield page
    page.close()


def shown(image: Locator) -> Image.Image:
    """The image behind an element of the page, as the visitor's browser gets it."""
    return Image.open(io.BytesIO(image.page.request.get(image.get_attribute("src")).body()))


def test_an_example_and_one_click_on_a_tile_give_a_painting(page: Page):
    page.locator(".gallery-item").first.click()
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    before, after = page.locator("#result img").first, page.locator("#result img").last
    wave = shown(after)
    page.locator(f"#wall {TILES}").nth(2).click()
    expect(page.locator("#caption")).to_contain_text("The Scream", timeout=SLOW)
    photo = Image.open(sample_photos()[0])
    assert shown(before).size == shown(after).size == photo.size
    assert mean_difference(shown(before), photo) < 0.02 < mean_difference(shown(after), photo)
    assert mean_difference(shown(after), wave) > 0.02


def test_another_take_paints_another_picture(page: Page):
    page.locator(".gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    after = page.locator("#result img").last
    first, source = shown(after), after.get_attribute("src")
    page.locator("#another").click()
    expect(after).not_to_have_attribute("src", source, timeout=SLOW)
    assert mean_difference(shown(after), first) > 0.005


def test_the_download_is_the_painting_as_png(page: Page):
    page.locator(".gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    with page.expect_download() as event:
        page.locator("#download").click()
    assert event.value.suggested_filename == "chelsea__great_wave.png"
    assert Image.open(event.value.path()).size == Image.open(sample_photos()[0]).size


def test_a_tile_without_a_photo_says_what_is_missing(page: Page):
    page.locator(f"#wall {TILES}").nth(1).click()
    expect(page.locator("#caption")).to_contain_text("Add a photo first", timeout=SLOW)


def test_a_tile_answers_to_the_keyboard(page: Page):
    page.locator(".gallery-item").first.click()
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    page.locator(f"#wall {TILES}").nth(3).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#caption")).to_contain_text("Composition VII", timeout=SLOW)


def test_a_file_that_is_no_picture_is_refused_in_plain_words(page: Page, tmp_path: Path):
    (tmp_path / "letter.png").write_text("Dear reader")
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "letter.png")
    expect(page.get_by_text("is not a picture that can be read")).to_be_visible(timeout=SLOW)


def test_the_page_fits_its_screen(page: Page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
