"""Colours and brightness arrive as the picture's file means them, and not as other numbers."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from stylegan.errors import ImageError
from stylegan.images import load_image
from tests.support.pictures import synthetic_picture
from tests.support.profiles import cmyk_profile, grey_profile, rgb_profile

SKIN = (200, 60, 40)  # in sRGB
P3 = rgb_profile("Display P3")
IN_P3 = (185, 71, 50)  # the same colour as an iPhone writes it


def color_of(image: Image.Image) -> tuple[int, ...]:
    return image.getpixel((image.width // 2, image.height // 2))


def near(a: tuple[int, ...], b: tuple[int, ...], most: int = 3) -> bool:
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) <= most


# Colour profiles.


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "tif", "heic"])
def test_a_phones_colours_are_those_that_were_seen(tmp_path: Path, suffix: str):
    lossless = {"lossless": True} if suffix == "webp" else {}
    Image.new("RGB", (32, 32), IN_P3).save(tmp_path / f"a.{suffix}", icc_profile=P3, quality=100, **lossless)
    assert near(color_of(load_image(tmp_path / f"a.{suffix}")), SKIN)


@pytest.mark.parametrize(
    ("name", "gamma", "stored", "seen"),
    [("Adobe RGB", 563 / 256, (173, 62, 45), SKIN), ("ProPhoto RGB", 1.8, (136, 70, 39), SKIN)],
)
def test_wide_profiles_of_cameras(name: str, gamma: float, stored: tuple[int, ...], seen: tuple[int, ...]):
    picture = Image.new("RGB", (20, 20), stored)
    picture.info["icc_profile"] = rgb_profile(name, gamma)
    assert near(color_of(load_image(picture)), seen, 4)


def test_linear_grey_is_as_bright_as_it_was_meant(tmp_path: Path):
    Image.new("L", (20, 20), 55).save(tmp_path / "scan.tif", icc_profile=grey_profile(1.0))
    assert near(color_of(load_image(tmp_path / "scan.tif")), (128, 128, 128))
    pixels = np.full((20, 20), 55 * 257, np.uint16)
    pixels[0] = 65535
    Image.fromarray(pixels).save(tmp_path / "deep.png", icc_profile=grey_profile(1.0))
    assert near(color_of(load_image(tmp_path / "deep.png")), (128, 128, 128))


def test_a_print_has_the_colours_of_its_inks(tmp_path: Path):
    Image.new("CMYK", (20, 20), (0, 0, 0, 255)).save(tmp_path / "print.jpg", icc_profile=cmyk_profile(), quality=100)
    red, green, blue = color_of(load_image(tmp_path / "print.jpg"))
    assert red > green + 20 > blue + 20, "the black of this printer is brown"


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_what_is_transparent_stays_so(tmp_path: Path, mode: str):
    picture = Image.new("RGBA", (40, 20), (*IN_P3, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 20, 20))
    if mode == "P":
        picture = picture.quantize(4)
    picture.save(tmp_path / "logo.png", icc_profile=P3)
    loaded = load_image(tmp_path / "logo.png")
    assert loaded.getpixel((5, 10)) == (255, 255, 255) and near(loaded.getpixel((30, 10)), SKIN)


@pytest.mark.parametrize(
    "profile", [b"", b"no profile", P3[:200], P3[:132] + bytes(300), cmyk_profile(), P3.replace(b"acsp", b"xxxx")]
)
def test_a_damaged_profile_counts_for_nothing(profile: bytes):
    picture = Image.new("RGB", (20, 20), IN_P3)
    picture.info["icc_profile"] = profile
    assert color_of(load_image(picture)) == IN_P3


def test_a_profile_is_applied_once_and_nobody_elses_picture_is_touched():
    picture = Image.new("RGB", (20, 20), IN_P3)
    picture.info["icc_profile"] = P3
    once = load_image(picture)
    assert color_of(load_image(once)) == color_of(once) and "icc_profile" not in once.info
    assert picture.info["icc_profile"] == P3


def test_srgb_with_its_own_profile_keeps_every_pixel():
    """Else each painting of such a photo would be another one, and would not be found in the Gallery again."""
    picture = synthetic_picture(40, 30, seed=1, detail=9)
    plain = np.asarray(picture)
    picture.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(np.asarray(load_image(picture)), plain)


# Scans of more than 8 bits.


def ramp(white: float, dtype: type) -> Image.Image:
    return Image.fromarray(np.tile(np.linspace(0, white, 256), (16, 1)).round(6).astype(dtype))


@pytest.mark.parametrize(
    ("white", "dtype"),
    [(1, np.float32), (255, np.float32), (65535, np.float32), (255, np.int32), (65535, np.int32), (2**30, np.int32)]
    + [(255, np.uint16), (4095, np.uint16), (16383, np.uint16), (65535, np.uint16), (1.7, np.float32)],
)
def test_a_scan_of_any_depth_reaches_from_black_to_white(tmp_path: Path, white: float, dtype: type):
    ramp(white, dtype).save(tmp_path / "scan.tif")
    row = np.asarray(load_image(tmp_path / "scan.tif"))[8, :, 0].astype(int)
    assert row[0] == 0 and row[-1] == 255 and np.abs(row - np.arange(256)).max() <= 1


def test_a_dark_scan_stays_dark_and_numbers_under_zero_are_no_holes():
    assert np.asarray(load_image(ramp(0.4, np.float32))).max() == 102
    below = np.asarray(load_image(Image.fromarray(np.linspace(-1, 1, 400, dtype=np.float32).reshape(20, 20))))
    assert below[0, 0, 0] == 0 and below.max() > 200


def test_holes_in_the_numbers_are_black_and_nothing_else_changes():
    pixels = np.full((20, 20), 0.5, np.float32)
    pixels[0, :3] = np.nan, np.inf, -np.inf
    loaded = np.asarray(load_image(Image.fromarray(pixels)))
    assert loaded[0, :3].max() == 0 and near(tuple(loaded[9, 9]), (128, 128, 128))
    with pytest.raises(ImageError, match="no numbers that can be seen"):
        load_image(Image.fromarray(np.full((20, 20), np.nan, np.float32)))
