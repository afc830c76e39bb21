"""The Gallery as a visitor meets it, and as another visitor tries to get at it."""

import contextlib
import io
import json
import re
import secrets
import zipfile
from pathlib import Path
from urllib.parse import unquote

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, expect

from studio.gallery.recipe import read_recipe
from stylegan.sample_photos import sample_photos
from tests.support.browser import SLOW, STYLES, TILES, download, fits_its_screen, tab, unfold, visit
from tests.support.pictures import mean_difference

pytestmark = pytest.mark.browser
THIRD, FOURTH = STYLES[2:4]
STRENGTH = "number input for Strength"


def paint(page: Page, *tiles: tuple[int, str]) -> None:
    """Paint the first sample photo in the Great Wave, then in the styles of these tiles, named as their captions."""
    page.locator(".gallery-item").first.click()
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    for number, title in tiles:
        page.locator(f"#wall {TILES}").nth(number).click()
        expect(page.locator("#caption")).to_contain_text(title, timeout=SLOW)


def paintings(page: Page, count: int) -> None:
    expect(page.locator(f"#paintings {TILES}")).to_have_count(count, timeout=SLOW)


def open_painting(page: Page, number: int, title: str) -> None:
    page.locator(f"#paintings {TILES}").nth(number).click()
    expect(page.locator("#facts")).to_contain_text(title, timeout=SLOW)


def setting(page: Page, label: str) -> Locator:
    """A control among the fine adjustments."""
    control = page.get_by_label(label, exact=True)
    if not control.count():
        unfold(page, "Fine adjustments")
    return control


def picture(page: Page, address: str) -> Image.Image:
    return Image.open(io.BytesIO(page.request.get(address).body()))


def test_the_wall_keeps_every_painting_over_a_reload(page: Page, app_url: str):
    paint(page, (2, THIRD.title), (1, "The Starry Night"))
    visit(page, app_url)
    tab(page, "Gallery")
    paintings(page, 3)
    captions = page.locator("#paintings .caption-label").all_inner_texts()
    assert [text.strip() for text in captions] == ["The Starry Night", THIRD.title, "The Great Wave"]
    open_painting(page, 1, THIRD.title)
    facts = page.locator("#facts").inner_text()
    assert "strength 1" in facts and "version 1" in facts and "451 × 300" in facts and re.search(r"\d\d:\d\d", facts)
    handle, shown = page.locator("#large .inner").bounding_box(), page.locator("#large img").first.bounding_box()
    assert handle["x"] < shown["x"] + 0.25 * shown["width"]  # the painting is seen, and not half of it
    before, after = page.locator("#large img").first, page.locator("#large img").last
    photo = Image.open(sample_photos()[0])
    assert mean_difference(picture(page, before.get_attribute("src")), photo) < 0.02
    with page.expect_download() as event:
        page.locator("#download-painting").click()
    assert event.value.suggested_filename == f"chelsea__{THIRD.name}.png"
    assert read_recipe(event.value.path()).style == THIRD.name
    full = Image.open(event.value.path())
    assert full.size == photo.size and mean_difference(picture(page, after.get_attribute("src")), full) < 0.02


def test_filters_find_a_style_and_favourites(page: Page):
    paint(page, (2, THIRD.title))
    tab(page, "Gallery")
    paintings(page, 2)
    open_painting(page, 0, THIRD.title)
    page.locator("#favour").click()
    expect(page.locator("#favour")).to_contain_text("★", timeout=SLOW)
    page.locator("#filter-favourites input").check()
    paintings(page, 1)
    expect(page.locator("#paintings .caption-label")).to_contain_text(f"★ {THIRD.title}")
    page.locator("#filter-favourites input").uncheck()
    paintings(page, 2)
    page.locator("#filter-style input").click()
    page.get_by_role("option", name="The Great Wave").click()
    paintings(page, 1)
    expect(page.locator("#count")).to_contain_text("1 painting")


def test_delete_and_undo(page: Page):
    paint(page, (2, THIRD.title))
    tab(page, "Gallery")
    paintings(page, 2)
    open_painting(page, 0, THIRD.title)
    page.locator("#delete").click()
    paintings(page, 1)
    expect(page.locator("#large")).to_be_hidden()
    page.locator("#gallery-undo").click()
    paintings(page, 2)
    open_painting(page, 0, THIRD.title)


def test_several_at_once_compared_packed_and_deleted(page: Page, tmp_path: Path):
    paint(page, (2, THIRD.title), (1, "The Starry Night"))
    tab(page, "Gallery")
    paintings(page, 3)
    page.locator("#several input").check()
    for number in (1, 2):  # in haste: neither click may be lost
        page.locator(f"#paintings {TILES}").nth(number).click()
    expect(page.locator("#chosen")).to_contain_text("2 chosen", timeout=SLOW)
    ticked = page.locator("#paintings [data-picked]")
    expect(ticked).to_have_count(2, timeout=SLOW)
    expect(ticked.first).to_have_attribute("aria-pressed", "true")
    bar = page.locator("#bar").bounding_box()
    assert bar["y"] + bar["height"] <= 900.5  # in sight, wherever the page is scrolled to
    page.locator("#compare-several").click()
    cells = page.locator("#theatre .cell img")
    expect(cells).to_have_count(2, timeout=SLOW)
    page.mouse.move(300, 400)
    page.mouse.wheel(0, -400)
    zoomed = "[...document.querySelectorAll('#theatre .cell img')].map((image) => getComputedStyle(image).transform)"
    page.wait_for_function(f"(([a, b]) => a === b && !a.startsWith('matrix(1,'))({zoomed})", timeout=SLOW)
    page.keyboard.press("Escape")
    expect(page.locator("#theatre")).to_be_hidden()
    page.locator(f"#paintings {TILES}").nth(1).click()
    expect(page.locator("#chosen")).to_contain_text("1 chosen", timeout=SLOW)
    expect(page.locator("#compare-several")).to_be_disabled(timeout=SLOW)
    page.locator("#select-all").click()
    expect(page.locator("#chosen")).to_contain_text("3 chosen", timeout=SLOW)
    page.locator("#zip").click()
    expect(page.locator("#take")).to_contain_text("3 paintings", timeout=SLOW)
    with page.expect_download() as event:
        page.locator("#take").click()
    with zipfile.ZipFile(event.value.path()) as file:
        names = ("great_wave", "starry_night", THIRD.name)
        assert sorted(file.namelist()) == sorted(f"chelsea__{name}.png" for name in names)
    page.locator("#delete-several").click()
    paintings(page, 0)
    expect(page.locator("#gallery-deleted")).to_contain_text("3 paintings deleted.", timeout=SLOW)
    page.locator("#gallery-undo").click()
    paintings(page, 3)


def test_settings_are_used_again(page: Page):
    paint(page)
    setting(page, STRENGTH).fill("0.4")
    setting(page, STRENGTH).press("Enter")
    page.locator(f"#wall {TILES}").nth(3).click()
    expect(page.locator("#caption")).to_contain_text(FOURTH.title, timeout=SLOW)
    tab(page, "Gallery")
    open_painting(page, 0, "strength 0.4")
    after = page.locator("#result img").last.get_attribute("src")
    kept = picture(page, after)
    page.reload()
    visit(page, page.url)
    tab(page, "Gallery")
    open_painting(page, 0, FOURTH.title)
    page.locator("#again").click()
    expect(page.locator("#caption")).to_contain_text(FOURTH.title, timeout=SLOW)
    expect(setting(page, STRENGTH)).to_have_value("0.4")
    again = picture(page, page.locator("#result img").last.get_attribute("src"))
    assert np.array_equal(again, kept)


def test_a_link_sets_the_controls_without_any_picture(page: Page, browser: Browser):
    paint(page, (2, THIRD.title))
    tab(page, "Gallery")
    open_painting(page, 0, THIRD.title)
    page.locator("#link").click()
    address = page.locator("#address input, #address textarea")
    expect(address).to_have_value(re.compile(rf"\?style={THIRD.name}$"), timeout=SLOW)
    friend = browser.new_context().new_page()
    visit(friend, address.input_value() + "&strength=0.5&seed=3")
    expect(setting(friend, STRENGTH)).to_have_value("0.5", timeout=SLOW)
    friend.locator(".gallery-item").nth(1).click()
    expect(friend.locator("#caption")).to_contain_text(THIRD.title, timeout=SLOW)
    friend.context.close()


def test_a_hostile_link_changes_nothing(page: Page, app_url: str):
    visit(page, f"{app_url}/?style=<script>alert(1)</script>&strength=9")
    paint(page)
    expect(setting(page, STRENGTH)).to_have_value("1")


def test_a_painting_dropped_as_a_photo_restores_all_and_repeats_itself(page: Page, browser: Browser, app_url: str):
    paint(page, (3, FOURTH.title))
    page.locator("#another").click()
    expect(setting(page, "Version")).to_have_value("1")
    tab(page, "Gallery")
    paintings(page, 3)  # the last one as soon as it is finished
    open_painting(page, 0, "version 2")
    painting = download(page, "#download-painting")
    friend = browser.new_context().new_page()
    visit(friend, app_url)
    friend.locator("#photo input[type=file]").set_input_files(painting)
    expect(friend.locator("#note")).to_contain_text("Now add the photo", timeout=SLOW)
    friend.locator(".gallery-item").first.click()
    expect(friend.locator("#caption")).to_contain_text(FOURTH.title, timeout=SLOW)
    assert np.array_equal(Image.open(download(friend)), Image.open(painting))

    friend.locator("#photo input[type=file]").set_input_files(painting)  # its photo is in the friend's Gallery now
    expect(friend.locator("#note")).to_contain_text("was in your Gallery", timeout=SLOW)
    friend.locator("#over").click()
    expect(friend.locator("#over")).to_be_hidden(timeout=SLOW)
    tab(friend, "Gallery")
    paintings(friend, 2)
    friend.context.close()


def test_all_styles_at_once(page: Page):
    paint(page)
    page.locator("#every").click()
    expect(page.locator("#sheet-download")).to_be_enabled(timeout=SLOW)
    expect(page.locator("#sheet-status")).to_contain_text(f"All {len(STYLES)} styles")
    with page.expect_download() as event:
        page.locator("#sheet-download").click()
    assert Image.open(event.value.path()).width > 1500
    page.locator(f"#sheet {TILES}").nth(3).click()
    expect(page.locator("#caption")).to_contain_text(FOURTH.title, timeout=SLOW)
    expect(page.locator(f"#wall {TILES}").nth(3)).to_have_class(re.compile("selected"))


def test_the_showcase_tries_a_look_on_the_visitors_photo(page: Page):
    page.locator(".gallery-item").nth(3).click()
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    tab(page, "Gallery")
    expect(page.locator(f"#showcase {TILES}")).to_have_count(12, timeout=SLOW)
    unfold(page, "Painted by Atelier")
    page.locator(f"#showcase {TILES}").nth(3).click()
    expect(page.locator("#caption")).to_contain_text(FOURTH.title, timeout=SLOW)


def paints(app_url: str, photo: str, style_image: str | None = None) -> bool:
    """Whether a program that knows paths of the server's gets a painting of them."""
    files = [path and {"path": path, "meta": {"_type": "gradio.FileData"}} for path in (photo, style_image)]
    inputs = [files[0], "great_wave", files[1], 1, False, 1, 0, "", 0.5, 64, None, False, 0]
    call = f"{app_url}/gradio_api/call/stylize"
    event = httpx.post(call, json={"data": inputs}).json()["event_id"]
    return "event: complete" in httpx.get(f"{call}/{event}", timeout=60).text


def test_another_visitor_gets_nothing_with_every_address_of_mine(page: Page, browser: Browser, app_url: str):
    """Every file that my browser fetched, every event that it sent, tried by a stranger: no success at all."""
    files, events = set(), []

    def watch(request: Request) -> None:
        if "file=" in request.url:
            files.add(request.url)
        if request.method == "POST" and "/gradio_api/" in request.url and request.post_data:
            events.append((request.url, request.post_data))

    page.on("request", watch)
    mine = Image.effect_noise((120, 90), 60).convert("RGB")
    buffer = io.BytesIO()
    mine.save(buffer, "PNG")
    page.locator("#photo input[type=file]").set_input_files(
        {"name": "private.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    )
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    expect(page.locator("#wall img[src*='/atelier-']")).to_have_count(16, timeout=SLOW)  # tiles with my photo
    tab(page, "Gallery")
    paintings(page, 1)
    open_painting(page, 0, "The Great Wave")
    unfold(page, "Save as, copy, share")
    expect(page.locator("#painting-save")).to_be_enabled(timeout=SLOW)
    for button in ("#download-painting", "#painting-save"):
        with page.expect_download() as event:
            page.locator(button).click()
        files.add(event.value.url)
    private = {url for url in files if "atelier-" in url or "private" in url}
    assert len(private) >= 6 and any("private.png" in url for url in private)
    assert all(page.request.get(url).ok for url in private)

    other = browser.new_context().new_page()
    visit(other, app_url)
    other_picture = io.BytesIO()
    Image.radial_gradient("L").save(other_picture, "PNG")
    uploaded = httpx.post(
        f"{app_url}/gradio_api/upload", files={"files": ("other.png", other_picture.getvalue())}
    ).json()[0]
    assert paints(app_url, uploaded), "the attack works with a file of one's own"
    successes = []
    for url in private:
        path = unquote(url.split("file=")[1])
        variants = [url, url.replace("file=", "file/"), url.replace("file=/tmp", "file=//tmp/../tmp")]
        for variant in variants:
            if httpx.get(variant).status_code == 200 or other.request.get(variant).ok:
                successes.append(variant)
        if paints(app_url, path) or paints(app_url, uploaded, path):
            successes.append(path)
    for url in sorted(private)[:3]:
        with contextlib.suppress(AppError, httpx.HTTPError, ValueError):
            successes.append(Client(app_url, verbose=False).predict(photo=handle_file(url), api_name="/stylize"))

    key = json.loads(events[-1][1])["data"][0]
    thief = secrets.token_urlsafe(24)
    assert any(key in body for _, body in events) and len(key) > 20
    with httpx.Client() as http:
        for url, body in events:
            session = secrets.token_hex(5)
            replay = json.loads(body.replace(key, thief)) | {"session_hash": session}
            answer = http.post(url, json=replay).text
            if "/queue/join" in url:
                with http.stream(
                    "GET", f"{app_url}/gradio_api/queue/data?session_hash={session}", timeout=60
                ) as stream:
                    for line in stream.iter_lines():
                        answer += line
                        if "process_completed" in line or "unexpected_error" in line:
                            break
            if "private__great_wave" in answer or key in answer:
                successes.append((url, answer))
    assert successes == []
    paintings(page, 1)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_its_screen(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    paint(page)
    tab(page, "Gallery")
    open_painting(page, 0, "The Great Wave")
    assert fits_its_screen(page)
