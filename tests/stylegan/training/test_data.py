"""Crops for training: the right files, the right scale, and the same crops for the same seed."""

import random
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from stylegan.errors import ImageError
from stylegan.images import image_files
from stylegan.training.data import ImageTensors, color_variant, load_uint8


def ramp(height: int, width: int) -> Tensor:
    """Each pixel holds its own row and column, so that a crop tells where it was taken."""
    rows = torch.arange(height).view(-1, 1).expand(height, width)
    columns = torch.arange(width).expand(height, width)
    return torch.stack([rows, columns, torch.zeros(height, width, dtype=torch.long)]).to(torch.uint8)


def test_image_files_are_sorted_and_nothing_else(photos: Path):
    Image.new("RGB", (20, 20)).save(photos / "A.PNG")
    for name in ("notes.txt", "Thumbs.db", "._photo_0.jpg"):
        (photos / name).write_text("not a photo")
    Image.new("RGB", (20, 20)).save(photos / "scan.tif")
    assert [f.name for f in image_files(photos)] == ["A.PNG", "photo_0.jpg", "photo_1.jpg", "photo_2.jpg", "scan.tif"]


def test_a_folder_without_images_is_named(tmp_path: Path):
    """Else a training would start and divide by zero images."""
    with pytest.raises(ImageError, match=tmp_path.name):
        image_files(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        image_files(tmp_path / "nowhere")


@pytest.mark.parametrize("size", [(100, 40), (40, 100), (64, 64), (30, 45)])
def test_load_uint8_sets_the_short_side_and_keeps_the_shape(tmp_path: Path, size: tuple[int, int]):
    Image.new("RGB", size, (200, 100, 50)).save(tmp_path / "picture.png")
    image = load_uint8(tmp_path / "picture.png", short_side=64)
    assert image.dtype == torch.uint8
    assert min(image.shape[1:]) == 64
    assert image.shape[2] / image.shape[1] == pytest.approx(size[0] / size[1], rel=0.02)
    assert image[:, 0, 0].tolist() == [200, 100, 50]


def test_a_broken_file_in_the_folder_is_named(photos: Path):
    (photos / "photo_1.jpg").write_bytes(b"broken")
    with pytest.raises(ImageError, match="photo_1.jpg"):
        ImageTensors.from_folder(photos, 64)


def test_crops_are_windows_of_the_images_asked_for():
    images = ImageTensors([ramp(40, 60), ramp(50, 50) + 100])
    crops = (images.crops(16, random.Random(0), [0, 1, 0, 0]) * 255).round()
    assert crops.shape == (4, 3, 16, 16)
    assert crops[:, 2].amax((1, 2)).tolist() == [0, 100, 0, 0]
    for crop, offset in zip(crops, (0, 100, 0, 0), strict=True):
        top, (left, right) = crop[0, 0, 0] - offset, crop[1, 0, [0, -1]] - offset
        start, flipped = min(left, right), left > right
        expected = ramp(60, 60)[:, int(top) : int(top) + 16, int(start) : int(start) + 16].float() + offset
        assert torch.equal(crop, expected.flip(2) if flipped else expected)


def test_crops_reach_every_place_and_are_flipped_half_of_the_time():
    crops = (ImageTensors([ramp(18, 18)]).crops(16, random.Random(0), [0] * 200) * 255).round()
    assert set(crops[:, 0, 0, 0].tolist()) == {0, 1, 2}
    flipped = (crops[:, 1, 0, 0] > crops[:, 1, 0, -1]).float().mean()
    assert 0.4 < flipped < 0.6


def test_crops_depend_on_the_seed_alone():
    images = ImageTensors([ramp(40, 60)])
    draws = [images.crops(16, random.Random(seed), [0, 0], zoom=(1, 1.8)) for seed in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_zoom_enlarges_a_smaller_window():
    crop = ImageTensors([ramp(64, 64)]).crops(32, random.Random(0), [0], zoom=(2, 2))[0] * 255
    assert crop.shape == (3, 32, 32)
    assert (crop[0, -1, 0] - crop[0, 0, 0]).item() == pytest.approx(15, abs=1)  # 16 px of the image
    assert crop.min() >= 0


def test_a_picture_smaller_than_the_crop_is_enlarged():
    crops = ImageTensors([ramp(20, 30), ramp(64, 64)]).crops(32, random.Random(0), [0, 1])
    assert crops.shape == (2, 3, 32, 32)
    assert crops.isfinite().all()


def test_from_folder_reads_every_image_at_one_scale(photos: Path):
    images = ImageTensors.from_folder(photos, 48)
    assert len(images) == 3
    assert [min(image.shape[1:]) for image in images.images] == [48, 48, 48]


def test_a_color_variant_keeps_the_strokes_and_changes_the_colors(photos: Path):
    image = load_uint8(photos / "photo_0.jpg", 48)
    variants = [color_variant(image, random.Random(seed)) for seed in range(8)]
    for variant in variants:
        assert (variant.shape, variant.dtype) == (image.shape, torch.uint8)
        assert not torch.equal(variant, image)
    assert torch.equal(variants[0], color_variant(image, random.Random(0)))
    assert not torch.equal(variants[0], variants[1])


def test_a_color_variant_stays_flat_where_the_painting_is_flat():
    flat = torch.tensor([200, 100, 50], dtype=torch.uint8)[:, None, None].expand(3, 4, 4)
    variant = color_variant(flat, random.Random(0))
    assert torch.equal(variant, variant[:, :1, :1].expand(3, 4, 4))


@pytest.mark.parametrize("size", [(20_000, 16), (16, 20_000), (60_000, 16)])
def test_a_very_long_photo_does_not_take_all_memory(size: tuple[int, int]):
    """Enlarged to the short side of the training as it is, one of 1 kB would be gigabytes."""
    assert max(load_uint8(Image.new("RGB", size), short_side=288).shape[1:]) <= 3 * 288
