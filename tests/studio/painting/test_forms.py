"""What people take away: the right kind of file, the right size, and no painting cut or enlarged."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.gallery.models import Result
from studio.gallery.recipe import read_recipe
from studio.gallery.store import Store
from studio.painting.forms import FORMS, SIZES, Wish, framed_card, write_form
from stylegan import SettingError
from tests.support.gallery import keep, noise
from tests.support.pictures import mean_difference


@pytest.fixture
def result(tmp_path: Path) -> Result:
    return keep(Store(tmp_path / "gallery"), tmp_path, 5)


def test_png_at_its_own_size_is_the_kept_file(result: Result, tmp_path: Path):
    write_form(tmp_path / "painting.png", result, Wish("PNG"))
    assert (tmp_path / "painting.png").read_bytes() == result.painting.read_bytes()


def test_a_smaller_png_carries_its_recipe_and_a_small_painting_is_not_enlarged(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(SIZES, "Tiny", 16)
    for size, side in (("Tiny", 16), ("Large (2048 px)", 32)):
        write_form(tmp_path / "painting.png", result, Wish("PNG", size))
        assert max(Image.open(tmp_path / "painting.png").size) == side
        assert read_recipe(tmp_path / "painting.png") == result.recipe


def test_quality_counts_in_a_jpeg_which_says_nothing_about_the_photo(result: Result, tmp_path: Path):
    sizes = []
    for quality in (50, 100):
        write_form(tmp_path / "painting.jpg", result, Wish("JPEG", quality=quality))
        sizes.append((tmp_path / "painting.jpg").stat().st_size)
    assert sizes[1] > 1.5 * sizes[0] and not Image.open(tmp_path / "painting.jpg").getexif()
    assert mean_difference(Image.open(tmp_path / "painting.jpg"), noise(5)) < 0.05


@pytest.mark.parametrize("shape", [(900, 600), (600, 900), (3000, 200)])
def test_a_card_shows_the_whole_painting_and_its_title(shape: tuple[int, int]):
    painting = Image.new("RGB", shape, "magenta")
    card, untitled = (np.asarray(framed_card(painting, *words), int) for words in (("Our cat", "By us"), ("", "")))
    rows, columns = np.nonzero(np.abs(untitled - (255, 0, 255)).max(2) == 0)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert len(rows) == height * width and abs(width / height - shape[0] / shape[1]) < 0.05 * shape[0] / shape[1]
    below = np.nonzero(np.abs(card - untitled).sum((1, 2)))[0]
    assert len(below) and below.min() > rows.max() and below.max() < len(card) - 20


def test_every_form_is_written(result: Result, tmp_path: Path):
    for name, form in FORMS.items():
        path = tmp_path / f"file.{form.suffix}"
        write_form(path, result, Wish(name))
        assert path.stat().st_size > 500


@pytest.mark.parametrize("wish", [("EXE",), ("PNG", "Huge"), ("JPEG", "Original size", 400)])
def test_what_no_menu_offers_is_refused(wish: tuple):
    with pytest.raises(SettingError, match="Choose one of those"):
        Wish(*wish)
