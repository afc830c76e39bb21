"""Contact sheets, clips and ZIP files: what people show to others."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from studio.gallery.database import StoreError
from studio.gallery.store import Store
from studio.painting.sheets import CLIP_SIDE, PAPER, contact_sheet, write_clip
from studio.tabs.gallery_selection import write_zip
from tests.support.gallery import OWNER, keep, noise
from tests.support.pictures import mean_difference, synthetic_picture


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


def test_a_clip_wipes_from_photo_to_painting_and_back(tmp_path: Path):
    photo, painting = synthetic_picture(1500, 900, 1, 6), synthetic_picture(1500, 900, 2, 40)
    write_clip(tmp_path / "clip.webp", photo, painting)
    clip = Image.open(tmp_path / "clip.webp")
    frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(clip)]
    size = (CLIP_SIDE, round(900 * CLIP_SIDE / 1500))
    assert clip.size == size and clip.info["loop"] == 0 and 20 < len(frames) < 80
    small = [image.resize(size) for image in (photo, painting)]
    middle = len(frames) // 2
    assert mean_difference(frames[0], small[0]) < 0.05 and mean_difference(frames[middle], small[1]) < 0.08
    half = frames[middle // 2]
    left, right = (0, 0, 200, size[1]), (440, 0, 640, size[1])
    assert mean_difference(half.crop(left), small[1].crop(left)) < mean_difference(half.crop(left), small[0].crop(left))
    assert mean_difference(half.crop(right), small[0].crop(right)) < 0.05
    assert (tmp_path / "clip.webp").stat().st_size < 4_000_000


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
    monkeypatch.setattr("studio.tabs.gallery_selection.MAX_ZIP_BYTES", 1000)
    with pytest.raises(StoreError, match="Select fewer"):
        write_zip(tmp_path / "paintings.zip", [keep(Store(tmp_path / "gallery"), tmp_path, 1)])
