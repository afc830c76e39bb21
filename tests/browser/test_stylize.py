"""The Stylize tab as a visitor meets it."""

import io
import urllib.request
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from studio.examples import example_photos
from tests.helpers import mean_difference

pytestmark = pytest.mark.browser
SLOW = 30_000  # ms: a busy machine is not a broken app


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desktop", "phone"])
def page(browser: Browser, app_url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(app_url)
    expect(page.locator("#wall button.thumbnail-lg")).to_have_count(12, timeout=SLOW)
    yield page
    page.close()


def picture(page: Page, selector: str) -> Image.Image:
    """The image behind an element of the page, as the visitor's browser gets it."""
    return Image.open(io.BytesIO(urllib.request.urlopen(page.locator(selector).get_attribute("src")).read()))


def painted_source(page: Page) -> str:
    return page.locator("#result img").last.get_attribute("src") or ""


def test_an_example_and_one_click_on_a_tile_give_a_painting(page: Page):
    page.locator(".gallery-item").first.click()
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    first = painted_source(page)
    page.locator("#wall button.thumbnail-lg").nth(2).click()
    expect(page.locator("#caption")).to_contain_text("The Scream", timeout=SLOW)
    assert painted_source(page) != first
    photo = Image.open(example_photos()[0])
    before = Image.open(
        io.BytesIO(urllib.request.urlopen(page.locator("#result img").first.get_attribute("src")).read())
    )
    after = Image.open(io.BytesIO(urllib.request.urlopen(painted_source(page)).read()))
    assert before.size == after.size == photo.size
    assert mean_difference(after, photo) > 0.03
