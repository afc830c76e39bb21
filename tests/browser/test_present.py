"""Paintings presented to a room: by keys, by fingers, and for who wants no motion."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import SLOW, STYLES, TILES, tab, visit

pytestmark = pytest.mark.browser
REVEALED = "getComputedStyle(document.querySelector('#theatre .painting')).clipPath"


def paint(page: Page) -> None:
    page.locator("button.gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)


def slide(page: Page, number: int) -> None:
    expect(page.locator("#theatre")).to_have_attribute("data-slide", str(number), timeout=SLOW)


def test_from_the_stage_through_all_styles_by_keyboard(page: Page):
    paint(page)
    page.locator("#present").click()
    slide(page, 0)
    assert page.evaluate("!!document.fullscreenElement")
    plate = page.locator("#theatre .plate")
    expect(plate).to_contain_text(STYLES[0].title)
    expect(plate).to_contain_text(STYLES[0].artist)
    page.wait_for_function(f"!{REVEALED}.includes('100%')", timeout=SLOW)  # the painting has begun to come
    box = page.locator("#theatre figure").bounding_box()
    assert box["height"] > 780 and abs(box["width"] / box["height"] - 451 / 300) < 0.02 or box["width"] > 1270
    assert page.locator("#theatre button").count() == 0  # for a projector: nothing but the picture
    page.keyboard.press("ArrowRight")
    slide(page, 1)
    expect(plate).to_contain_text(STYLES[1].title)
    page.keyboard.press("ArrowLeft")
    slide(page, 0)
    page.keyboard.press("Escape")
    expect(page.locator("#theatre")).to_be_hidden()
    page.wait_for_function("!document.fullscreenElement", timeout=SLOW)
    expect(page.locator("#download")).to_be_enabled()


def test_without_a_photo_the_example_is_presented(page: Page):
    page.locator("#present").click()
    slide(page, 0)
    expect(page.locator("#theatre .plate")).to_contain_text(STYLES[0].title)
    page.keyboard.press("Escape")


def test_fingers_swipe_through_the_gallery_to_the_favourites_and_no_motion_is_respected(browser: Browser, app_url: str):
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    visit(page, app_url)
    paint(page)
    page.locator(f"#wall {TILES}").nth(1).click()
    expect(page.locator("#caption")).to_contain_text(STYLES[1].title, timeout=SLOW)
    tab(page, "Gallery")
    page.locator(f"#paintings {TILES}").first.click()
    page.locator("#favour").click()
    expect(page.locator("#favour")).to_contain_text("★", timeout=SLOW)
    page.locator("#present-page").click()
    slide(page, 0)
    page.wait_for_function(f"!{REVEALED}.includes('100%')", timeout=SLOW)
    assert page.evaluate("getComputedStyle(document.querySelector('#theatre .painting')).transitionDuration") == "0s"
    touch = page.context.new_cdp_session(page)

    def swipe(dx: int, dy: int) -> None:
        start = {"x": 200, "y": 300}
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [start]})
        moved = {"x": 200 + dx, "y": 300 + dy}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe(-120, 0)
    slide(page, 1)
    swipe(120, 0)
    slide(page, 0)
    page.keyboard.press("End")
    expect(page.locator("#theatre .plate")).to_contain_text("Favourites", timeout=SLOW)
    assert page.locator("#theatre .wall img").count() == 1
    swipe(0, 200)
    expect(page.locator("#theatre")).to_be_hidden()
    page.context.close()
