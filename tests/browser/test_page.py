"""The page on every screen: all that is there can be seen, scrolled past and reached."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import SLOW, STYLES, TILES, tab, visit
from tests.support.pictures import synthetic_picture

pytestmark = pytest.mark.browser
WIDTHS = (360, 390, 768, 1024, 1280)
PHONE = 640  # px: up to here the styles are a strip that is swiped
SEEN = (
    """[...document.querySelectorAll('#result img')].filter((img) => img.complete && img.naturalWidth).length === 2"""
)
OUT_OF_SIGHT = """(wall) => {
  const box = document.querySelector(wall + ' .grid-wrap').getBoundingClientRect();
  return [...document.querySelectorAll(wall + ' .thumbnail-lg')].filter((tile) => {
    const at = tile.getBoundingClientRect();
    return at.width < 60 || at.left < box.left - 1 || at.right > Math.min(box.right, innerWidth) + 1;
  }).length;
}"""
SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (!entry.hadRecentInput) window.shifted += entry.value;
})).observe({type: 'layout-shift', buffered: true})"""
PASTE = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 160, height: 120});
  canvas.getContext('2d').fillRect(20, 20, 90, 60);
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
  const data = new DataTransfer();
  data.items.add(new File([blob], 'pasted.png', {type: 'image/png'}));
  document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def paint(page: Page) -> None:
    """Paint the first example."""
    page.locator("button.gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)


def test_every_tile_is_seen_at_every_width(page: Page):
    paint(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        tab(page, "Stylize")
        if width > PHONE:
            expect(page.locator("#wall .grid-wrap")).to_be_visible()
            assert page.evaluate(OUT_OF_SIGHT, "#wall") == 0, width
        tab(page, "Gallery")
        expect(page.locator(f"#paintings {TILES}")).to_have_count(1, timeout=SLOW)
        assert page.evaluate(OUT_OF_SIGHT, "#paintings") == 0, width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_every_tile_is_swiped_into_sight_and_the_painting_stays(browser: Browser, app_url: str, width: int):
    page = browser.new_page(viewport={"width": width, "height": 844}, has_touch=True)
    visit(page, app_url)
    tiles, result = page.locator(f"#wall {TILES}"), page.locator("#result")
    box = page.locator("#wall").bounding_box()
    edges = [tile.bounding_box() for tile in tiles.all()]
    assert len({edge["y"] for edge in edges}) == 1  # one strip
    assert any(edge["x"] < box["x"] + box["width"] - 12 < edge["x"] + edge["width"] for edge in edges)  # one peeps out
    assert edges[0]["y"] < 800 and result.bounding_box()["y"] < 450  # both are seen without scrolling
    for tile in tiles.all():
        tile.scroll_into_view_if_needed()
        at = tile.bounding_box()
        assert at["x"] >= box["x"] - 1 and at["x"] + at["width"] <= box["x"] + box["width"] + 1
    tiles.first.tap()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    page.get_by_role("button", name="Fine adjustments").scroll_into_view_if_needed()
    assert -1 <= result.bounding_box()["y"] < 10
    expect(page.locator("#download")).to_be_in_viewport()
    page.context.close()


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_the_first_load_is_light(browser: Browser, app_url: str, width: int):
    page = browser.new_page(viewport={"width": width, "height": 844})
    network, loaded = page.context.new_cdp_session(page), []
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    visit(page, app_url)
    page.wait_for_function(SEEN, timeout=SLOW)
    assert 300_000 < sum(loaded) < 1_000_000
    page.context.close()


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_jumps_while_the_page_loads_and_the_first_painting_comes(
    browser: Browser, app_url: str, width: int, tmp_path: Path
):
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.add_init_script(SHIFTS)
    visit(page, app_url)
    page.wait_for_function(SEEN, timeout=SLOW)
    expect(page.locator("#download")).to_be_attached()  # the last of the controls
    loading = page.evaluate("shifted")
    synthetic_picture(480, 480, seed=5, detail=9).save(tmp_path / "square.png")
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "square.png")
    expect(page.locator("#caption")).to_contain_text("480 × 480 pixels", timeout=SLOW)
    page.wait_for_function(SEEN, timeout=SLOW)
    assert loading <= 0.1 and page.evaluate("shifted") - loading <= 0.1
    page.context.close()


def test_the_showcase_and_the_tray_are_seen_at_every_width(page: Page):
    tab(page, "Gallery")
    expect(page.locator(f"#showcase {TILES}").nth(11)).to_be_visible(timeout=2 * SLOW)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(OUT_OF_SIGHT, "#showcase") == 0, width


def test_the_wheel_over_the_painting_scrolls_the_page(page: Page):
    paint(page)
    page.set_viewport_size({"width": 1024, "height": 500})
    page.locator("#result").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, 0)")
    box = page.locator("#result").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 100)
    page.mouse.wheel(0, 200)
    page.wait_for_function("scrollY > 100", timeout=SLOW)
    assert "scale(1)" in page.locator("#result img").last.get_attribute("style")


def test_a_finger_on_the_painting_scrolls_the_page(browser: Browser, app_url: str):
    page = browser.new_page(viewport={"width": 390, "height": 700}, has_touch=True)
    visit(page, app_url)
    paint(page)
    page.locator("#result").scroll_into_view_if_needed()
    box, start = page.locator("#result").bounding_box(), page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + 60, min(600, box["y"] + 60)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 30 * step}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(f"scrollY > {start} + 80", timeout=SLOW)
    page.context.close()


def test_a_pasted_picture_is_painted(page: Page):
    page.evaluate(PASTE)
    expect(page.locator("#caption")).to_contain_text("160 × 120 pixels", timeout=SLOW)
    page.evaluate(PASTE)  # in the place of the old one
    expect(page.locator("#photo .image-frame img")).to_be_visible()


def test_another_photo_replaces_the_old_one_when_it_is_there(page: Page, tmp_path):
    expect(page.locator("#change-photo")).to_be_hidden()
    paint(page)
    expect(page.locator("#photo .source-selection")).to_be_hidden()  # Gradio's own buttons drop the photo at once
    with page.expect_file_chooser() as choosing:
        page.locator("#change-photo").click()
    assert choosing.value
    expect(page.locator("#photo .image-frame img")).to_be_visible()
    expect(page.locator("#caption")).to_contain_text("The Great Wave")


def test_the_camera_keeps_the_photo_until_there_is_another(page: Page):
    paint(page)
    photo = page.locator("#photo .image-frame img")
    before = photo.get_attribute("src")
    page.locator("#open-camera").click()
    expect(page.locator("#camera")).to_be_visible()
    page.locator("#close-camera").click()
    expect(page.locator("#camera")).to_be_hidden()
    assert photo.get_attribute("src") == before
    page.locator("#open-camera").click()
    page.locator("#camera").get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#camera video')?.readyState >= 2", timeout=SLOW)
    page.locator("#camera").get_by_role("button", name="capture photo").click(timeout=SLOW)
    expect(page.locator("#camera")).to_be_hidden(timeout=SLOW)
    expect(photo).to_have_attribute("src", re.compile(r"/camera\.png$"))
    expect(page.locator("#caption")).not_to_contain_text("451 × 300", timeout=SLOW)  # the first photo's size


def test_a_link_to_the_api_opens_it(page: Page, app_url: str):
    tab(page, "About")
    page.locator("#about").get_by_role("link", name="the API page").click()
    expect(page.locator(".api-docs")).to_be_visible(timeout=SLOW)
    page.goto(f"{app_url}/?view=api")
    expect(page.locator(".api-docs")).to_be_visible(timeout=SLOW)


def test_a_shared_link_lights_its_tile(page: Page, app_url: str):
    for number in (7, 4, 9):
        page.goto(f"{app_url}/?style={STYLES[number].name}&strength=0.8")
        lit = page.locator(f"#wall {TILES}.selected .caption-label")
        expect(lit).to_have_text(STYLES[number].title, timeout=SLOW)
        page.wait_for_function("localStorage.getItem('atelier-owner')", timeout=SLOW)
        page.wait_for_timeout(500)  # nothing lays the tiles out once more
        expect(lit).to_have_text(STYLES[number].title)


def test_a_phones_heic_photo_is_painted_and_seen(page: Page, tmp_path: Path):
    """Chromium knows neither its type nor how to show it."""
    synthetic_picture(120, 90, 1, 5).save(tmp_path / "IMG_1.HEIC", "HEIF")
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "IMG_1.HEIC")
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    page.wait_for_function("document.querySelector('#photo .image-frame img').naturalWidth === 120")
