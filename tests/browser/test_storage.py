"""Browsers that store nothing for the page: it loads, says so, works, and hands out what the visitor made."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from stylegan.sample_photos import sample_photos
from tests.support.browser import SLOW, STYLES, TILES

pytestmark = pytest.mark.browser
REFUSE = """const refuse = () => { throw new DOMException('Access is denied for this document.', 'SecurityError'); };
for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, {configurable: true, get: refuse});
Object.defineProperty(Document.prototype, 'cookie', {get: refuse, set: refuse});"""
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
FRAME = '<iframe sandbox="allow-scripts allow-popups allow-downloads" src="{}/" width="1200" height="800"></iframe>'
NOTE = "nothing is kept on this visit"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


def tiles(page: Page | FrameLocator, own: int = 0) -> None:
    expect(page.locator(f"#wall {TILES}")).to_have_count(len(STYLES) + own, timeout=SLOW)


def without_cookies(context: BrowserContext) -> None:
    """As a browser that refuses them: whatever the server sets, nothing comes back."""
    context.route(
        "**/*",
        lambda route: route.continue_(
            headers={name: value for name, value in route.request.headers.items() if name != "cookie"}
        ),
    )


def test_blocked_storage_loads_again_and_again_and_a_style_can_be_had(
    context: BrowserContext, app_url: str, tmp_path: Path
):
    without_cookies(context)
    context.add_init_script(REFUSE)
    page = context.new_page()
    for _ in range(2):
        page.goto(app_url)
        tiles(page)
        expect(page.get_by_text(NOTE)).to_be_visible()
    page.get_by_role("button", name="Or use your own picture as the style").click()
    page.locator("#style-image input[type=file]").set_input_files(sample_photos()[1])
    page.locator("#add-style").click(timeout=SLOW)
    tiles(page, own=1)
    page.get_by_role("tab", name="Teach a style").click()
    expect(page.locator("#download-style")).to_be_enabled(timeout=SLOW)
    with page.expect_download() as event:
        page.locator("#download-style").click()
    event.value.save_as(tmp_path / "own.style.safetensors")
    assert (tmp_path / "own.style.safetensors").stat().st_size > 100_000


def test_a_full_storage_counts_as_none_unless_it_knows_the_visitor(context: BrowserContext, app_url: str):
    page = context.new_page()
    page.goto(app_url)
    tiles(page)
    expect(page.get_by_text(NOTE)).to_be_hidden()
    page.wait_for_function("localStorage.getItem('atelier-owner')", timeout=SLOW)
    page.add_init_script(FULL)
    page.goto(app_url)
    tiles(page)
    expect(page.get_by_text(NOTE)).to_be_hidden()
    page.evaluate("localStorage.clear()")
    page.goto(app_url)
    tiles(page)
    expect(page.get_by_text(NOTE)).to_be_visible()


def test_a_sandboxed_frame_of_another_site_paints(context: BrowserContext, app_url: str):
    page = context.new_page()
    page.set_content(FRAME.format(app_url.replace("127.0.0.1", "atelier.test")))
    frame = page.frame_locator("iframe")
    tiles(frame)
    expect(frame.get_by_text(NOTE)).to_be_visible()
    frame.locator("button.gallery-item").first.click()
    expect(frame.locator("#download")).to_be_enabled(timeout=SLOW)


def test_where_a_frame_may_not_even_load_the_scripts_there_is_a_way_out(context: BrowserContext, app_url: str):
    page = context.new_page()
    frame = FRAME.replace("allow-popups", "allow-popups allow-popups-to-escape-sandbox")
    page.set_content(frame.format(app_url))  # an app on this computer answers to no opaque origin
    with context.expect_page() as event:
        page.frame_locator("iframe").get_by_role("link", name=app_url).click()
    tiles(event.value)
