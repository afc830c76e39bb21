"""The Stylize tab as a visitor meets it."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from studio.gallery.recipe import read_recipe
from stylegan.sample_photos import sample_photos
from tests.support.browser import STYLES, TILES, download, fits_its_screen, tab, unfold, visit
from tests.support.pictures import mean_difference, synthetic_picture

pytestmark = pytest.mark.browser
SLOW = 30_000  # ms: a busy machine is not a broken app
GLIDING = "document.querySelector('#result .outer').getAnimations().some((motion) => motion.playState === 'running')"


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desktop", "phone"])
def page(browser: Browser, app_url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    visit(page, app_url)
    yield page
    page.context.close()


@pytest.fixture
def large_photo(tmp_path: Path) -> Path:
    """A photo that takes some seconds to finish."""
    synthetic_picture(640, 512, seed=5, detail=9).save(tmp_path / "meadow.png")
    return tmp_path / "meadow.png"


def shown(image: Locator) -> Image.Image:
    """The image behind an element of the page, as the visitor's browser gets it."""
    return Image.open(io.BytesIO(image.page.request.get(image.get_attribute("src")).body()))


def test_an_example_and_one_click_on_a_tile_give_a_painting(page: Page):
    page.locator(".gallery-item").first.click()
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    before, after = page.locator("#result img").first, page.locator("#result img").last
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    wave = shown(after)
    page.locator(f"#wall {TILES}").nth(2).click()
    expect(page.locator("#caption")).to_contain_text(STYLES[2].title, timeout=SLOW)
    photo = Image.open(sample_photos()[0])
    assert shown(before).size == shown(after).size == photo.size
    assert mean_difference(shown(before), photo) < 0.02 < mean_difference(shown(after), photo)
    assert mean_difference(shown(after), wave) > 0.02


def test_another_take_paints_another_picture(page: Page):
    page.locator(".gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    after = page.locator("#result img").last
    first, source = shown(after), after.get_attribute("src")
    page.locator("#another").click()
    expect(after).not_to_have_attribute("src", source, timeout=SLOW)
    assert mean_difference(shown(after), first) > 0.005


def test_the_download_is_the_painting_as_png(page: Page):
    page.locator(".gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    with page.expect_download() as event:
        page.locator("#download").click()
    assert event.value.suggested_filename == "chelsea__great_wave.png"
    assert Image.open(event.value.path()).size == Image.open(sample_photos()[0]).size


def finish_part(page: Page) -> None:
    """Start finishing, and stop it once it is shown on its way."""
    expect(page.locator("#finish")).to_be_enabled(timeout=SLOW)
    plain = page.locator("#result img").last.get_attribute("src")
    page.locator("#finish").click()
    expect(page.locator("#caption")).to_contain_text(re.compile(r"Finishing: [1-9]\d? %"), timeout=SLOW)
    expect(page.locator("#result img").last).not_to_have_attribute("src", plain)
    expect(page.locator("#finish")).to_be_hidden()
    page.locator("#stop-finish").click()
    expect(page.locator("#caption")).to_contain_text(re.compile(r"\d % finished"), timeout=SLOW)
    expect(page.locator("#stop-finish")).to_be_hidden(timeout=SLOW)


def test_finish_is_shown_on_its_way_stopped_and_done(page: Page, large_photo: Path):
    page.locator("#photo input[type=file]").set_input_files(large_photo)
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    finish_part(page)
    part = read_recipe(download(page))
    assert 0 < part.finish < 1
    page.locator("#finish").click()
    expect(page.locator("#finish")).to_contain_text("Finished", timeout=2 * SLOW)
    expect(page.locator("#caption")).to_contain_text("· finished")
    assert read_recipe(download(page)).finish == 1
    page.locator(f"#wall {TILES}").nth(1).click()  # any other control paints a plain painting
    expect(page.locator("#caption")).to_contain_text("The Starry Night", timeout=SLOW)
    expect(page.locator("#caption")).not_to_contain_text("finished")
    expect(page.locator("#finish")).to_contain_text(re.compile(r"about \d+ s"))
    tab(page, "Gallery")
    captions = page.locator("#paintings .caption-label")
    expect(captions).to_have_count(4, timeout=SLOW)  # plain, in part, whole, and the other style
    page.locator(f"#paintings {TILES}").nth(1).click()
    expect(page.locator("#facts")).to_contain_text("· finished ·", timeout=SLOW)


def test_a_painting_finished_in_part_repeats_itself_from_its_file(page: Page, large_photo: Path):
    page.locator("#photo input[type=file]").set_input_files(large_photo)
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    finish_part(page)
    painting = download(page)
    page.context.clear_cookies()
    page.evaluate("localStorage.clear()")
    visit(page, page.url)  # as somebody else, whose Gallery has nothing of it
    page.locator("#photo input[type=file]").set_input_files(painting)
    expect(page.locator("#note")).to_contain_text("Now add the photo", timeout=SLOW)
    page.locator("#photo input[type=file]").set_input_files(large_photo)
    expect(page.locator("#caption")).to_contain_text("% finished", timeout=2 * SLOW)
    assert np.array_equal(Image.open(download(page)), Image.open(painting))


def test_a_picture_becomes_a_tile_of_the_visitors_own(page: Page, tmp_path: Path):
    synthetic_picture(160, 120, seed=3, detail=30).save(tmp_path / "anna's_fabric.png")
    page.locator(".gallery-item").first.click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    unfold(page, "Or use your own picture as the style")
    expect(page.locator("#add-style")).to_be_disabled()
    page.locator("#style-image input[type=file]").set_input_files(tmp_path / "anna's_fabric.png")
    expect(page.locator("#caption")).to_contain_text("In the style of your own picture", timeout=SLOW)
    page.locator("#add-style").click()
    tiles = page.locator(f"#wall {TILES}")
    expect(tiles).to_have_count(len(STYLES) + 1, timeout=SLOW)
    expect(page.locator("#wall .caption-label").last).to_have_text("★ Anna's fabric")
    expect(tiles.last).to_have_class(re.compile("selected"))
    expect(page.locator("#caption")).to_contain_text("In your style Anna's fabric", timeout=SLOW)
    expect(page.locator("#add-style")).to_be_disabled(timeout=SLOW)
    visit(page, page.url, own=1)
    expect(tiles).to_have_count(len(STYLES) + 1, timeout=SLOW)


def test_the_page_opens_with_a_painting_that_a_tile_changes(page: Page):
    assert mean_difference(*map(shown, page.locator("#result img").all())) > 0.02
    expect(page.locator("#caption")).to_contain_text("This is an example: add your own photo")
    expect(page.locator("#download")).to_be_disabled()  # nothing of the visitor's yet
    page.locator(f"#wall {TILES}").nth(1).click()
    expect(page.locator("#caption")).to_contain_text("In the style of The Starry Night", timeout=SLOW)
    expect(page.locator("#caption")).to_contain_text("This is an example: add your own photo")
    expect(page.locator("#download")).to_be_enabled()


def test_what_is_in_a_painting_is_said_and_a_wish_sets_the_strength(page: Page):
    verdict, strength = page.locator("#verdict"), page.locator("#strength input[type=number]")
    expect(verdict).to_contain_text(re.compile(r"Photo: \w.*Style: \w"))
    page.locator(f"#wall {TILES}").nth(1).click()
    expect(page.locator("#caption")).to_contain_text("The Starry Night", timeout=SLOW)
    expect(verdict).not_to_contain_text("…", timeout=SLOW)
    page.get_by_role("button", name="Clear subject").click()
    expect(strength).not_to_have_value("1", timeout=SLOW)
    expect(page.locator("#said .busy")).to_have_count(0, timeout=SLOW)
    expect(verdict).to_contain_text("Photo: clearly there", timeout=SLOW)


def test_the_slider_glides_once_at_the_start(page: Page):
    page.wait_for_function(GLIDING, timeout=SLOW)
    page.wait_for_function(f"!({GLIDING})", timeout=SLOW)
    assert "inset(0px 0px 0px 0" in page.locator("#result img").last.get_attribute("style")


def test_every_tile_shows_the_visitors_photo(page: Page, large_photo: Path):
    tiles = page.locator("#wall img")
    example = [tile.get_attribute("src") for tile in tiles.all()]
    page.locator("#photo input[type=file]").set_input_files(large_photo)
    for number in (0, len(STYLES) - 1):
        expect(tiles.nth(number)).not_to_have_attribute("src", example[number], timeout=3 * SLOW)
    page.locator(f"#wall {TILES}").nth(2).click()
    expect(page.locator("#caption")).to_contain_text(STYLES[2].title, timeout=SLOW)
    expect(page.locator(f"#wall {TILES}.selected .caption-label")).to_have_text(STYLES[2].title)
    small, large = shown(tiles.nth(2)), shown(page.locator("#result img").last)
    others = [mean_difference(shown(tiles.nth(number)), large.resize(small.size)) for number in (0, 1, 3)]
    assert mean_difference(small, large.resize(small.size)) < min(others)  # it is the same painting, enlarged


def test_a_click_in_the_strip_brings_a_painting_back(page: Page):
    page.locator("button.gallery-item").first.click()
    expect(page.locator("#caption")).to_contain_text("The Great Wave, Katsushika Hokusai, 1831", timeout=SLOW)
    page.get_by_role("slider", name="Strength").first.fill("0.4")
    page.locator(f"#wall {TILES}").nth(1).click()
    expect(page.locator("#caption")).to_contain_text("The Starry Night", timeout=SLOW)
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    page.locator(f"#strip {TILES}").last.click()
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    expect(page.get_by_role("slider", name="Strength").first).to_have_value("1")
    expect(page.locator(f"#wall {TILES}.selected .caption-label")).to_have_text("The Great Wave")
    assert np.array_equal(shown(page.locator("#result img").last), Image.open(download(page)))


def test_the_photo_is_seen_while_a_button_is_held(page: Page):
    painting = page.locator("#result img").last
    page.locator("#look").hover()
    page.mouse.down()
    expect(painting).to_have_css("opacity", "0")
    page.mouse.up()
    expect(painting).to_have_css("opacity", "1")
    page.locator("#look").focus()
    page.keyboard.down("Enter")
    expect(painting).to_have_css("opacity", "0")
    page.keyboard.up("Enter")
    expect(painting).to_have_css("opacity", "1")


def test_one_of_four_takes_is_chosen(page: Page):
    page.locator("#four").click()
    takes = page.locator(f"#takes {TILES}")
    expect(takes).to_have_count(4, timeout=SLOW)
    takes.nth(2).click()
    expect(page.locator("#download")).to_be_enabled(timeout=SLOW)
    assert read_recipe(download(page)).seed == 2


def test_a_tile_answers_to_the_keyboard(page: Page):
    page.locator(".gallery-item").first.click()
    expect(page.locator("#caption")).to_contain_text("The Great Wave", timeout=SLOW)
    page.locator(f"#wall {TILES}").nth(3).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#caption")).to_contain_text(STYLES[3].title, timeout=SLOW)


def test_a_file_that_is_no_picture_is_refused_in_plain_words(page: Page, tmp_path: Path):
    (tmp_path / "letter.png").write_text("Dear reader")
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "letter.png")
    expect(page.get_by_text("is not a picture that can be read")).to_be_visible(timeout=SLOW)


def test_the_page_fits_its_screen(page: Page):
    assert fits_its_screen(page)


def test_what_is_too_wide_for_the_screen_is_noticed(page: Page):
    """Else the tests of the page's width would pass whatever hangs over its edge."""
    page.evaluate("document.querySelector('#intro').style.width = '2000px'")
    assert not fits_its_screen(page)
