"""Everybody can use the page: axe-core finds nothing critical or serious, and what it cannot see is looked at here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import SLOW, STYLES, TILES, tab, visit

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[1] / "support" / "vendor" / "axe.min.js"
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter((found) => ['critical', 'serious'].includes(found.impact) || found.id === 'heading-order')
  .map((found) => found.id + ': ' + found.nodes.map((node) => node.target.join(' ') + ' ' + node.html.slice(0, 160)
    + ' ' + node.any.map((check) => check.message).join(';').slice(0, 200)).join(' | '))"""
SMALL = """() => [...document.querySelectorAll('.gradio-container button')].filter((button) => {
  const box = button.getBoundingClientRect();
  const seen = !button.closest('footer') && box.width && getComputedStyle(button).visibility === 'visible';
  return seen && (box.height < 43.5 || box.width < 43.5);
}).map((button) => button.outerHTML.slice(0, 120))"""


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, app_url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=request.param)
    visit(page, app_url)
    yield page
    page.context.close()


def faults(page: Page) -> list[str]:
    """What axe-core has against the page as it is now."""
    page.evaluate("document.getAnimations().forEach((motion) => motion.finish?.())")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN)


def test_axe_finds_nothing_serious_in_any_tab(page: Page):
    found = {"empty": faults(page)}
    page.locator("button.gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    page.wait_for_timeout(400)
    found["painted"] = faults(page)
    for name in ("Teach a style", "Gallery", "About"):
        tab(page, name)
        page.wait_for_timeout(800)
        found[name] = faults(page)
    assert not {name: faults for name, faults in found.items() if faults}


def test_tiles_say_the_names_of_their_styles(page: Page):
    for number in (0, 4, len(STYLES) - 1):
        tile = page.get_by_role("button", name=STYLES[number].title, exact=True)
        expect(tile).to_be_visible()
    expect(page.locator(f"#wall {TILES}").first).to_have_attribute("aria-pressed", "true")


def test_before_and_after_by_keyboard(page: Page):
    page.locator("button.gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    handle = page.locator("#result [role=slider]")
    handle.focus()
    page.keyboard.press("ArrowRight")  # ends the glide of the opening
    before = handle.bounding_box()["x"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "(x) => document.querySelector('#result [role=slider]').getBoundingClientRect().x > x + 20", arg=before
    )


def test_a_finger_finds_every_button(browser: Browser, app_url: str):
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    visit(page, app_url)
    page.locator("button.gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    assert not page.evaluate(SMALL)
    page.context.close()


def test_who_wants_no_motion_sees_none(browser: Browser, app_url: str):
    page = browser.new_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    visit(page, app_url)
    moving = (
        "[...document.querySelectorAll('*')].filter((e) => parseFloat(getComputedStyle(e).transitionDuration) > 0.1)"
    )
    assert page.evaluate(f"{moving}.length") == 0
    page.context.close()
