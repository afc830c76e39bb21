"""What comes from the Hub and goes there: styles that a visitor adds, and the public wall."""

import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from studio.gallery.recipe import Recipe
from stylegan.formats.checkpoint import load_checkpoint
from stylegan.formats.style_pack import SUFFIX, save_pack
from tests.support.app import running_app
from tests.support.browser import SLOW, STYLES, TILES, tab, unfold, visit
from tests.support.hub import Hub, running_hub
from tests.support.pictures import synthetic_picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DATASET, TOKEN = "someone/wall", "hf_" + "spaces" * 5
HOSTILE = "<img src=x onerror='window.hacked=1'>"


@pytest.fixture(scope="module")
def app_and_hub() -> Iterator[tuple[str, Hub]]:
    settings = {"HF_TOKEN": TOKEN, "ATELIER_GALLERY_REPO": DATASET, "HF_HUB_OFFLINE": None, "HF_HUB_DISABLE_XET": "1"}
    buffer = io.BytesIO()
    synthetic_picture(90, 60, 1, 4).save(buffer, "WEBP")
    said = json.dumps({"recipe": Recipe(title=HOSTILE, strength=0.5).texts()}).encode()
    name = f"{0:012x}-{'a' * 16}"
    with running_hub() as hub:
        hub.add(DATASET, {f"{name}.webp": buffer.getvalue(), f"{name}.json": said}, "datasets")
        with running_app(HF_ENDPOINT=hub.url, **settings) as url:
            yield url, hub


def visitor(browser: Browser, url: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    visit(page, url)
    return page


def see_wall(page: Page, count: int) -> None:
    tab(page, "Gallery")
    unfold(page, "The public wall")
    expect(page.locator(f"#public-wall {TILES}")).to_have_count(count, timeout=SLOW)


def test_a_style_of_the_hub_becomes_a_tile_that_paints(browser: Browser, app_and_hub: tuple[str, Hub], tmp_path: Path):
    url, hub = app_and_hub
    checkpoint = load_checkpoint()
    preview = torch.full((3, 128, 128), 90, dtype=torch.uint8)
    save_pack(tmp_path / f"sea{SUFFIX}", replace(checkpoint.packs["starry_night"], name="Sea", preview=preview))
    hub.add("someone/sea", {f"sea{SUFFIX}": (tmp_path / f"sea{SUFFIX}").read_bytes()})

    page = visitor(browser, url)
    tiles = page.locator(f"#wall {TILES}")
    unfold(page, "Add a style that somebody has shared")
    name = page.locator("#hub-style").get_by_role("textbox")

    name.fill("someone/nobody")
    name.press("Enter")
    expect(page.get_by_text("There is no someone/nobody on the Hub")).to_be_visible(timeout=SLOW)

    name.fill("someone/sea")
    page.locator("#hub-style").get_by_role("button", name="Add").click()
    expect(tiles).to_have_count(len(STYLES) + 1, timeout=SLOW)
    expect(page.locator("#hub-said")).to_contain_text("Sea is now the last tile")
    page.locator(".gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    tiles.nth(len(STYLES)).click()
    expect(page.locator("#caption")).to_contain_text("In your style Sea", timeout=SLOW)
    if folder := os.environ.get("ATELIER_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "hub.png", full_page=True)
    page.context.close()


def test_a_painting_is_published_tried_by_another_and_taken_off(browser: Browser, app_and_hub: tuple[str, Hub]):
    url, hub = app_and_hub
    mine, other = visitor(browser, url), visitor(browser, url)
    mine.locator(".gallery-item").first.click()
    expect(mine.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    mine.locator(f"#wall {TILES}").nth(1).click()
    expect(mine.locator("#caption")).to_contain_text("The Starry Night", timeout=SLOW)
    see_wall(mine, 1)
    mine.locator(f"#paintings {TILES}").first.click()
    expect(mine.locator("#wall-said")).to_contain_text("Everybody will see", timeout=SLOW)
    mine.locator("#wall-publish").click()
    expect(mine.locator("#wall-said")).to_contain_text("On the public wall", timeout=SLOW)
    expect(mine.locator(f"#public-wall {TILES}")).to_have_count(2, timeout=SLOW)
    expect(mine.locator("#wall-publish")).to_be_hidden()
    mine.locator(f"#paintings {TILES}").nth(1).click()
    expect(mine.locator("#wall-publish")).to_be_visible(timeout=SLOW)

    see_wall(other, 2)
    captions = other.locator("#public-wall .caption-label").all_inner_texts()
    assert [text.strip() for text in captions] == ["The Starry Night", HOSTILE]
    address = other.locator(f"#public-wall {TILES} img").first.get_attribute("src")
    assert Image.open(io.BytesIO(other.request.get(address).body())).format == "WEBP"
    tab(other, "Stylize")
    other.locator(".gallery-item").nth(1).click()
    expect(other.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    tab(other, "Gallery")
    other.locator(f"#public-wall {TILES}").first.click()
    expect(other.locator("#caption")).to_contain_text("The Starry Night", timeout=SLOW)
    tab(other, "Gallery")
    other.locator(f"#public-wall {TILES}").nth(1).click()
    expect(other.get_by_text("is its painter's own")).to_be_visible(timeout=SLOW)
    expect(other.get_by_text(HOSTILE).first).to_be_attached()
    assert other.evaluate("window.hacked") is None

    mine.locator(f"#paintings {TILES}").first.click()
    mine.locator("#wall-withdraw").click()
    expect(mine.locator(f"#public-wall {TILES}")).to_have_count(1, timeout=SLOW)
    expect(mine.locator("#wall-said")).to_contain_text("Everybody will see")
    assert not other.request.get(address).ok
    mine.locator("#wall-publish").click()
    expect(mine.locator(f"#public-wall {TILES}")).to_have_count(2, timeout=SLOW)
    mine.locator("#delete").click()
    expect(mine.locator(f"#public-wall {TILES}")).to_have_count(1, timeout=SLOW)
    mine.context.close()
    other.context.close()
