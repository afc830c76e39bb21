"""Contact sheets and ZIP files: what people show to others."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.gallery.database import StoreError
from studio.gallery.store import Store
from studio.painting.sheets import PAPER, contact_sheet, letters
from studio.tabs.gallery.selection import write_zip
from tests.support.gallery import OWNER, keep, noise
from tests.support.pictures import mean_difference


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 13])
def test_every_picture_is_on_the_sheet_and_none_is_cut(count: int):
    colours = [(10 * i + 20, 255 - 15 * i, 30 * (i % 8)) for i in range(count)]
    sizes = [(100, 100), (100, 50), (40, 100)]
    pictures = [(Image.new("RGB", sizes[i % 3], colour), f"Style {i}") for i, colour in enumerate(colours)]
    sheet = np.asarray(contact_sheet(pictures, side=100))
    for (picture, _), colour in zip(pictures, colours):
        area = (np.abs(sheet.astype(int) - colour).max(axis=2) == 0).sum()
        assert area == picture.width * picture.height


def test_a_caption_of_any_length_and_script_fits():
    texts = ["", "W" * 500, "Ännchens 波 <b>", "a\u202eb"]
    sheet = contact_sheet([(Image.new("RGB", (120, 80)), text) for text in texts], side=120, columns=4)
    paper = Image.new("RGB", (1, sheet.height), PAPER)
    assert mean_difference(sheet.crop((0, 0, 1, sheet.height)), paper) == 0


def test_artists_names_have_their_accents():
    missing = bytes(letters(40).getmask("\uffff"))
    assert all(bytes(letters(40).getmask(letter)) != missing for letter in "éèäößñçžłΑЖ")


def test_a_zip_holds_every_painting_under_a_name_of_its_own(tmp_path: Path):
    store = Store(tmp_path / "gallery")
    results = [keep(store, tmp_path, i) for i in range(3)]
    again = store.get(OWNER, results[0].id)
    write_zip(tmp_path / "paintings.zip", [*results, again])
    with zipfile.ZipFile(tmp_path / "paintings.zip") as file:
        assert file.testzip() is None
        assert file.namelist() == ["photo__0.png", "photo__1.png", "photo__2.png", "photo__0_2.png"]
        for i in range(3):
            with file.open(f"photo__{i}.png") as painting:
                assert np.array_equal(Image.open(painting), noise(i))


def test_a_zip_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("studio.tabs.gallery.selection.MAX_ZIP_BYTES", 1000)
    with pytest.raises(StoreError, match="Choose fewer"):
        write_zip(tmp_path / "paintings.zip", [keep(Store(tmp_path / "gallery"), tmp_path, 1)])
