"""Styles from the Hub, as a visitor adds them to the wall."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, expect

from stylegan import SUFFIX, StylePack, load_checkpoint, save_pack
from tests.hub_server import Hub, running_hub
from tests.server import running_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW = 60_000  # ms: a busy machine is not a broken app


@pytest.fixture(scope="module")
def page_and_hub(browser: Browser) -> Iterator[tuple[str, Hub]]:
    with running_hub() as hub, running_app(HF_ENDPOINT=hub.url, HF_HUB_OFFLINE=None, HF_HUB_DISABLE_XET="1") as url:
        yield url, hub


def test_a_style_of_the_hub_becomes_a_tile_that_paints(browser: Browser, page_and_hub: tuple[str, Hub], tmp_path: Path):
    url, hub = page_and_hub
    checkpoint = load_checkpoint()
    code = torch.linspace(-2, 2, checkpoint.generator.config.style_dim)
    preview = torch.full((3, 128, 128), 90, dtype=torch.uint8)
    save_pack(tmp_path / f"sea{SUFFIX}", StylePack("Sea", checkpoint.digest, code, preview=preview))
    hub.add("someone/sea", {f"sea{SUFFIX}": (tmp_path / f"sea{SUFFIX}").read_bytes()})

    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    tiles = page.locator("#wall button.thumbnail-lg")
    expect(tiles).to_have_count(12, timeout=SLOW)
    page.get_by_text("Add a style from the Hub").click()
    name = page.locator("#hub-style").get_by_role("textbox")

    name.fill("someone/nobody")
    name.press("Enter")
    expect(page.get_by_text("There is no someone/nobody on the Hub")).to_be_visible(timeout=SLOW)

    name.fill("someone/sea")
    page.locator("#hub-style").get_by_role("button", name="Add").click()
    expect(tiles).to_have_count(13, timeout=SLOW)
    expect(page.locator("#hub-said")).to_contain_text("Sea is now the last tile")
    page.locator(".gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    tiles.nth(12).click()
    expect(page.locator("#caption")).to_contain_text("In your style Sea", timeout=SLOW)
    if folder := os.environ.get("ATELIER_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "hub.png", full_page=True)
    page.close()
