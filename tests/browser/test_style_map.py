"""The map of styles as a visitor meets it: with a mouse, with keys, on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import STYLES, fits_its_screen, unfold

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW = 120_000  # ms: a busy machine is not a broken app
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('#style-map button')].map((tile) => tile.getBoundingClientRect());
  return boxes.some((a, i) => boxes.slice(i + 1).some((b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
}"""


def test_a_click_chooses_a_drag_and_the_box_mix(page: Page):
    unfold(page, "Map of styles")
    tiles = page.locator("#style-map button")
    expect(tiles).to_have_count(len(STYLES), timeout=SLOW)
    first, second, third = (page.locator(f"#style-map button[data-key={style.name}]") for style in STYLES[2:5])

    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#caption")).to_contain_text(STYLES[2].title, timeout=SLOW)
    expect(first).to_have_attribute("aria-pressed", "true", timeout=SLOW)

    first.scroll_into_view_if_needed()
    start, end = first.bounding_box(), second.bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=6)
    expect(page.locator("#style-map .named")).to_contain_text("50 %")
    page.mouse.up()
    expect(page.locator("#caption")).to_contain_text(STYLES[3].title, timeout=SLOW)
    expect(page.locator("#caption")).to_contain_text(STYLES[2].title)
    expect(page.locator("#style-map button[aria-pressed=true]")).to_have_count(2, timeout=SLOW)

    page.locator("#map-mixing input").check()
    third.click()
    expect(page.locator("#caption")).to_contain_text(STYLES[4].title, timeout=SLOW)
    expect(page.locator("#caption")).to_contain_text(STYLES[2].title)
    expect(page.locator("#map-mixing input")).not_to_be_checked(timeout=SLOW)

    page.set_viewport_size({"width": 390, "height": 844})
    assert fits_its_screen(page) and not page.evaluate(OVERLAPS)
    assert first.bounding_box()["width"] >= 44
