"""The Fine-tune tab as a visitor meets it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import STYLES, TILES, tab, unfold, visit
from tests.support.pictures import synthetic_picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW = 120_000  # ms: a busy machine is not a broken app


@pytest.fixture
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    visit(page, app_url)
    tab(page, "Teach a style")
    yield page
    page.close()


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"drawing_{i}.png" for i in range(2)]
    for i, path in enumerate(paths):
        synthetic_picture(200, 150, seed=i, detail=40).save(path)
    return paths


def teach(page: Page, name: str, pictures: list[Path]) -> None:
    page.locator("#pictures input[type=file]").set_input_files(pictures)
    expect(page.locator("#pictures img")).to_have_count(len(pictures), timeout=SLOW)
    page.locator("#name").get_by_role("textbox").fill(name)
    page.locator("#start").click()


def test_teach_reload_stop_and_paint(page: Page, pictures: list[Path]):
    unfold(page, "For experts")
    page.locator("#content-loss-A input").click()
    page.get_by_role("option", name="Local structure (SSIM)").click()
    teach(page, "Blobs <i>", pictures)
    expect(page.locator("#status")).to_contain_text("Learning Blobs <i>", timeout=SLOW)
    preview = page.locator("#preview img").first
    expect(preview).to_be_visible(timeout=SLOW)
    source = preview.get_attribute("src")
    expect(preview).not_to_have_attribute("src", source, timeout=SLOW)

    page.reload()
    tab(page, "Teach a style")
    expect(page.locator("#status")).to_contain_text("Learning Blobs <i>", timeout=SLOW)
    expect(page.locator("#stop")).to_be_enabled(timeout=SLOW)
    page.locator("#stop").click()
    expect(page.locator("#status")).to_contain_text("is ready", timeout=SLOW)

    expect(page.locator("#start-now img")).to_have_count(2)
    expect(page.locator("#learns-from img")).to_have_count(len(pictures))
    expect(page.locator("#mine input")).to_have_value("Blobs <i>", timeout=SLOW)
    tab(page, "Stylize")
    tiles = page.locator(f"#wall {TILES}")
    expect(tiles).to_have_count(len(STYLES) + 1, timeout=SLOW)
    page.locator(".gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    tab(page, "Teach a style")
    page.locator("#paint-in-it").click()
    expect(page.locator("#caption")).to_contain_text("In your style Blobs <i>", timeout=SLOW)
    expect(tiles.nth(len(STYLES))).to_have_class(re.compile("selected"))

    tab(page, "Teach a style")
    unfold(page, "Compare your styles")
    table = page.locator("#comparison")
    expect(table).to_contain_text("Blobs <i>", timeout=SLOW)
    expect(table).to_contain_text("ssim + nearest + hinge")
    page.locator("#new-name").get_by_role("textbox").fill("Dots")
    page.locator("#rename").click()
    expect(page.locator("#mine input")).to_have_value("Dots", timeout=SLOW)
    expect(page.locator("#wall button.selected")).to_have_count(1)  # the wall was laid out anew: the style stays lit
    expect(tiles.nth(len(STYLES))).to_have_class(re.compile("selected"))
    with page.expect_download() as event:
        page.locator("#download-style").click()
    assert event.value.suggested_filename == "Dots.style.safetensors"
    saved = pictures[0].with_name("Dots.style.safetensors")
    event.value.save_as(saved)
    page.locator("#delete-style").click()
    expect(page.locator("#download-style")).to_be_disabled(timeout=SLOW)
    expect(page.locator("#style-deleted")).to_contain_text("Dots deleted.")
    page.locator("#style-undo").click()
    expect(page.locator("#mine input")).to_have_value("Dots", timeout=SLOW)
    page.locator("#delete-style").click()
    expect(page.locator("#download-style")).to_be_disabled(timeout=SLOW)
    with page.expect_file_chooser() as chooser:
        page.locator("#load").click()
    chooser.value.set_files(saved)
    expect(page.locator("#mine input")).to_have_value("Dots", timeout=SLOW)


def test_start_is_in_sight_and_what_is_missing_is_said(page: Page):
    start = page.locator("#start").bounding_box()
    assert start["y"] + start["height"] < 900
    page.locator("#name").get_by_role("textbox").fill("Nothing")
    page.locator("#start").click()
    expect(page.get_by_text("Add at least one picture of the style.")).to_be_visible(timeout=SLOW)


def test_another_visitor_does_not_see_my_training(page: Page, browser: Browser, app_url: str, pictures: list[Path]):
    teach(page, "Secret", pictures)
    expect(page.locator("#status")).to_contain_text("Secret", timeout=SLOW)
    other = browser.new_context().new_page()
    visit(other, app_url)
    tab(other, "Teach a style")
    teach(other, "Second", pictures)
    expect(other.locator("#status")).to_contain_text("1 person is before you", timeout=SLOW)
    assert "Secret" not in other.content()
    other.locator("#stop").click()
    expect(other.locator("#status")).to_contain_text("Stopped before it began", timeout=SLOW)
    other.close()
    page.locator("#stop").click()
    expect(page.locator("#status")).to_contain_text("is ready", timeout=SLOW)


def test_two_ways_are_compared_and_one_is_kept(page: Page, pictures: list[Path]):
    unfold(page, "For experts")
    page.get_by_label("Two, to compare").check()
    expect(page.locator("#style-loss-B")).to_be_visible(timeout=SLOW)
    expect(page.locator("#forecast")).to_contain_text("2 ways", timeout=SLOW)
    teach(page, "Both", pictures)
    expect(page.locator("#compared-A img")).to_be_visible(timeout=SLOW)
    expect(page.locator("#compared-photo img")).to_be_visible()
    page.locator("#stop").click()
    expect(page.locator("#status")).to_contain_text("Which way do you like best?", timeout=SLOW)
    expect(page.locator("#mine input")).to_have_value("")
    page.get_by_role("button", name="Keep A").click()
    expect(page.locator("#mine input")).to_have_value("Both", timeout=SLOW)
    expect(page.locator("#paint-in-it")).to_be_visible(timeout=SLOW)
    expect(page.locator("#comparing")).to_be_hidden()


def test_the_page_fits_a_phone(page: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
