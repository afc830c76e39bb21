"""A painting as people take it away: the file they asked for, the clipboard, a phone's own share sheet."""

from pathlib import Path

import av
import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Page, expect

from tests.support.browser import SLOW, TILES, tab, visit

pytestmark = pytest.mark.browser
PASTED = """async () => {
  const [item] = await navigator.clipboard.read();
  const bitmap = await createImageBitmap(await item.getType('image/png'));
  return [bitmap.width, bitmap.height];
}"""
PHONE = """
  navigator.canShare = ({files}) => files.every((file) => file.type.startsWith('image/') || file.type === 'video/mp4');
  navigator.share = async ({files, title}) => { window.shared = [files[0].name, files[0].type, files[0].size, title]; };
"""


def open_forms(page: Page, place: str) -> None:
    page.locator(f"#{place}-forms button.label-wrap").click()
    expect(page.locator(f"#{place}-save")).to_be_enabled(timeout=SLOW)


def choose(page: Page, place: str, menu: str, choice: str) -> None:
    """Choose in a menu, and wait until the file is there."""
    before = page.locator(f"#{place}-save").inner_text()
    page.locator(f"#{place}-{menu} input").click()
    page.get_by_role("option", name=choice).click()
    expect(page.locator(f"#{place}-save")).not_to_have_text(before, timeout=SLOW)
    expect(page.locator(f"#{place}-save")).to_be_enabled(timeout=SLOW)


def saved(page: Page, place: str) -> tuple[Download, Path]:
    with page.expect_download() as event:
        page.locator(f"#{place}-save").click()
    return event.value, event.value.path()


def test_every_form_from_the_stage_and_none_of_another_painting(page: Page):
    page.locator("button.gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    open_forms(page, "stage")
    file, path = saved(page, "stage")
    assert file.suggested_filename == "chelsea__great_wave.jpg" and Image.open(path).size == (451, 300)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#stage-copy").click()
    expect(page.locator("#stage-saved")).to_contain_text("Copied", timeout=SLOW)
    assert page.evaluate(PASTED) == [451, 300]
    expect(page.locator("#stage-share")).to_be_hidden()  # where nothing can be shared, nothing is offered

    choose(page, "stage", "form", "Film from photo to painting")
    expect(page.locator("#stage-film video")).to_be_visible(timeout=SLOW)
    file, path = saved(page, "stage")
    assert file.suggested_filename == "chelsea__great_wave_film.mp4"
    with av.open(str(path)) as film:
        assert film.streams.video[0].frames > 50
    page.locator(f"#wall {TILES}").nth(3).click()
    expect(page.locator("#stage-save")).to_be_hidden(timeout=SLOW)
    open_forms(page, "stage")
    choose(page, "stage", "form", "JPEG")
    assert "great_wave" not in saved(page, "stage")[0].suggested_filename


def test_a_card_from_the_gallery_goes_to_a_phones_share_sheet(browser: Browser, app_url: str):
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.add_init_script(PHONE)
    visit(page, app_url)
    page.locator("button.gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    tab(page, "Gallery")
    page.locator(f"#paintings {TILES}").first.click()
    expect(page.locator("#facts")).to_contain_text("The Great Wave", timeout=SLOW)
    open_forms(page, "painting")
    choose(page, "painting", "form", "Framed card")
    expect(page.locator("#painting-look img")).to_be_visible(timeout=SLOW)
    page.locator("#painting-share").click()
    page.wait_for_function("window.shared", timeout=SLOW)
    name, type, size, title = page.evaluate("window.shared")
    assert (name, type, title) == ("chelsea__great_wave_card.jpg", "image/jpeg", "Painted by Atelier") and size > 10_000
    page.context.close()
