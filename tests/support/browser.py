"""What every visitor's browser does: come, and open what is folded away."""

from pathlib import Path

from playwright.sync_api import Page, TimeoutError, expect

from stylegan.formats.checkpoint import load_checkpoint

SLOW = 60_000  # ms: a busy machine is not a broken app
TILES = "button.thumbnail-lg"
STYLES = list(load_checkpoint().styles.values())  # in the order of their tiles
# Gradio gives the controls of a fold their values once more, a frame after it has first shown them: what a test types
# faster than any person is lost.
SETTLED = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))"""


# Gradio cuts off what hangs over the right edge instead of letting the page scroll, so the page's own width tells
# nothing. Counted is whatever can be seen and is not inside something that scrolls or clips by itself.
OVERHANGING = """() => [...document.querySelectorAll('.gradio-container *')].filter(element => {
  const box = element.getBoundingClientRect();
  if (box.right <= innerWidth + 1 || !box.width || !box.height || !element.checkVisibility({visibilityProperty: true}))
    return false;
  for (let up = element.parentElement; !up.matches('.gradio-container'); up = up.parentElement)
    if (getComputedStyle(up).overflowX !== 'visible' && up.getBoundingClientRect().right <= innerWidth + 1)
      return false;
  return true;
}).map(element => element.outerHTML.slice(0, 200))"""


def fits_its_screen(page: Page) -> bool:
    """Whether nothing hangs over the right edge, and the page does not scroll sideways."""
    scrolls = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return not scrolls and page.evaluate(OVERHANGING) == []


def visit(page: Page, address: str, own: int = 0) -> None:
    """Open the app and wait until it knows its visitor. own: how many styles the visitor has added."""
    page.goto(address)
    expect(page.locator(f"#wall {TILES}")).to_have_count(len(STYLES) + own, timeout=SLOW)
    page.wait_for_function("localStorage.getItem('atelier-owner')", timeout=SLOW)


def tab(page: Page, name: str) -> None:
    """Go to a tab."""
    page.get_by_role("tab", name=name).click()


def download(page: Page, button: str = "#download") -> Path:
    """The painting's file that the visitor gets.

    As a visitor would, it clicks once more where nothing comes: Gradio loses a click that falls into an update of the
    button, seldom and on busy machines.
    """
    try:
        path = _clicked(page, button, 10_000)
    except TimeoutError:
        path = _clicked(page, button, 30_000)
    return path.rename(path.with_suffix(".png"))


def _clicked(page: Page, button: str, patience: float) -> Path:
    with page.expect_download(timeout=patience) as event:
        page.locator(button).click()
    return event.value.path()


def unfold(page: Page, name: str) -> None:
    """Open what is folded away under this name."""
    page.get_by_role("button", name=name).click()
    page.evaluate(SETTLED)
