"""What every visitor's browser does: come, and open what is folded away."""

from playwright.sync_api import Page, expect

from stylegan.formats.checkpoint import load_checkpoint

SLOW = 60_000  # ms: a busy machine is not a broken app
TILES = "button.thumbnail-lg"
STYLES = list(load_checkpoint().styles.values())  # in the order of their tiles
# Gradio gives the controls of a fold their values once more, a frame after it has first shown them: what a test types
# faster than any person is lost.
SETTLED = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))"""


def visit(page: Page, address: str, own: int = 0) -> None:
    """Open the app and wait until it knows its visitor. own: how many styles the visitor has added."""
    page.goto(address)
    expect(page.locator(f"#wall {TILES}")).to_have_count(len(STYLES) + own, timeout=SLOW)
    page.wait_for_function("localStorage.getItem('atelier-owner')", timeout=SLOW)


def tab(page: Page, name: str) -> None:
    """Go to a tab."""
    page.get_by_role("tab", name=name).click()


def unfold(page: Page, name: str) -> None:
    """Open what is folded away under this name."""
    page.get_by_role("button", name=name).click()
    page.evaluate(SETTLED)
