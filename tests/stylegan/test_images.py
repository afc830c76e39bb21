"""Whatever file a user brings is painted upright in its colours or refused in plain words, never with a crash."""

import io
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylegan import images
from stylegan.errors import ImageError
from stylegan.images import contact_sheet, fitted, load_image, match_luma, resize, to_image, to_tensor
from tests.support.pictures import synthetic_picture

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def four_corners() -> Image.Image:
    """48 × 32: red, green / blue, white."""
    pixels = np.zeros((32, 48, 3), dtype=np.uint8)
    pixels[:16, :24], pixels[:16, 24:], pixels[16:, :24], pixels[16:, 24:] = RED, GREEN, BLUE, WHITE
    return Image.fromarray(pixels)


def assert_four_corners(image: Image.Image) -> None:
    assert (image.mode, image.size) == ("RGB", (48, 32))
    for position, color in {(8, 8): RED, (40, 8): GREEN, (8, 24): BLUE, (40, 24): WHITE}.items():
        assert np.abs(np.subtract(image.getpixel(position), color)).max() <= 4, position


# Pictures that can be used.


STORED = {  # EXIF orientation → how a camera that writes it has stored an upright picture
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "heic"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_photo_of_any_orientation_stands_upright(tmp_path: Path, orientation: int, suffix: str):
    stored = four_corners()
    if STORED[orientation] is not None:
        stored = stored.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / f"photo.{suffix}", exif=exif.tobytes(), quality=95)
    assert_four_corners(load_image(tmp_path / f"photo.{suffix}"))


def test_an_unknown_orientation_is_ignored(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 77
    four_corners().save(tmp_path / "photo.png", exif=exif)
    assert_four_corners(load_image(tmp_path / "photo.png"))


@pytest.mark.parametrize(("mode", "suffix"), [("RGB", "png"), ("CMYK", "jpg"), ("P", "gif"), ("RGBA", "webp")])
def test_color_pictures_keep_their_colors(tmp_path: Path, mode: str, suffix: str):
    four_corners().convert(mode).save(tmp_path / f"picture.{suffix}", quality=95)
    assert_four_corners(load_image(tmp_path / f"picture.{suffix}"))


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bits_are_scaled_to_8(tmp_path: Path, suffix: str):
    """Cut off instead of scaled, a scan would be white."""
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16)
    Image.fromarray(np.tile(ramp, (16, 1))).save(tmp_path / f"scan.{suffix}")
    loaded = np.asarray(load_image(tmp_path / f"scan.{suffix}"))
    assert loaded.shape == (16, 256, 3)
    np.testing.assert_array_equal(loaded, np.broadcast_to(np.arange(256)[:, None], (16, 256, 3)))


def test_a_palette_with_a_transparent_color_becomes_white_there(tmp_path: Path):
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([*RED, *GREEN])
    picture.paste(1, (0, 0, 10, 20))
    picture.save(tmp_path / "picture.png", transparency=1)
    loaded = load_image(tmp_path / "picture.png")
    assert (loaded.getpixel((5, 5)), loaded.getpixel((15, 5))) == (WHITE, RED)


@pytest.mark.parametrize(("mode", "black"), [("RGBA", (0, 0, 0)), ("LA", (0,))])
def test_transparency_shows_white(tmp_path: Path, mode: str, black: tuple[int, ...]):
    """Not black, nor whatever colour the invisible pixels happen to have."""
    picture = Image.new(mode, (30, 20), (*black, 255))
    picture.paste((*black, 0), (10, 0, 20, 20))
    picture.paste((*black, 51), (20, 0, 30, 20))
    picture.save(tmp_path / "logo.png")
    loaded = load_image(tmp_path / "logo.png")
    assert [loaded.getpixel((x, 10)) for x in (5, 15, 25)] == [(0, 0, 0), WHITE, (204, 204, 204)]


def test_one_bit_is_black_and_white(tmp_path: Path):
    picture = Image.new("1", (20, 20), 1)
    picture.paste(0, (0, 0, 10, 20))
    picture.save(tmp_path / "fax.png")
    loaded = load_image(tmp_path / "fax.png")
    assert (loaded.getpixel((5, 5)), loaded.getpixel((15, 5))) == ((0, 0, 0), WHITE)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "LA", "PA", "RGBX", "I;16"])
def test_an_image_in_memory_may_have_any_mode(mode: str):
    loaded = load_image(Image.new(mode, (20, 16)))
    assert (loaded.mode, loaded.size) == ("RGB", (20, 16))


def test_the_smallest_picture_is_16_pixels(tmp_path: Path):
    Image.new("RGB", (16, 16), RED).save(tmp_path / "tiny.png")
    assert load_image(str(tmp_path / "tiny.png")).getpixel((0, 0)) == RED


# Pictures that cannot be used.


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that declares any size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(("width", "height"), [(9000, 9000), (60_000, 60_000), (2**31 - 1, 16)])
def test_a_decompression_bomb_is_refused_before_it_goes_off(tmp_path: Path, width: int, height: int):
    (tmp_path / "bomb.png").write_bytes(bomb(width, height))
    with pytest.raises(ImageError, match="too large.*at most 64 megapixels"):
        load_image(tmp_path / "bomb.png")


def test_too_many_pixels_are_refused_in_memory_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(images, "MAX_PIXELS", 20 * 20)
    assert load_image(Image.new("RGB", (20, 20))).size == (20, 20)
    with pytest.raises(ImageError, match="too large"):
        load_image(Image.new("RGB", (21, 20)))


@pytest.mark.parametrize(("width", "height"), [(15, 400), (400, 15), (1, 1)])
def test_a_picture_too_small_is_refused(tmp_path: Path, width: int, height: int):
    Image.new("RGB", (width, height)).save(tmp_path / "tiny.png")
    message = rf"too small \({width} × {height}\).*at least 16 pixels"
    with pytest.raises(ImageError, match=message):
        load_image(tmp_path / "tiny.png")
    with pytest.raises(ImageError, match=message):
        load_image(Image.new("RGB", (width, height)))


@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "gif", "tiff", "bmp"])
def test_a_truncated_file_is_refused_by_name(tmp_path: Path, form: str):
    """A broken upload would otherwise be painted half grey, or crash the studio."""
    data = encoded(synthetic_picture(64, 64, seed=0, detail=64), form)
    path = tmp_path / f"holiday.{form}"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(ImageError, match=rf"holiday\.{form}"):
        load_image(path)


def test_an_image_in_memory_whose_file_is_truncated_is_refused():
    """Pillow reads pixels late: the error comes up in our hands even if somebody else has opened the file."""
    data = encoded(synthetic_picture(64, 64, seed=0, detail=64), "png")
    with pytest.raises(ImageError, match="damaged"):
        load_image(Image.open(io.BytesIO(data[: len(data) // 2])))


@pytest.mark.parametrize("content", [b"", b"Dear diary", b"<svg xmlns='http://www.w3.org/2000/svg'/>", bytes(5000)])
def test_a_file_that_is_no_picture_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "diary.jpg").write_bytes(content)
    with pytest.raises(ImageError, match="diary.jpg is not a picture"):
        load_image(tmp_path / "diary.jpg")


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ImageError, match="There is no file nowhere.jpg"):
        load_image(tmp_path / "nowhere.jpg")


def test_a_folder_is_refused(tmp_path: Path):
    with pytest.raises(ImageError, match=tmp_path.name):
        load_image(tmp_path)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow comments on what is wrong with a file
@pytest.mark.parametrize("form", ["jpeg", "mpo", "png", "webp", "gif", "tiff", "avif", "qoi", "dds", "ico"])
def test_damaged_bytes_never_raise_anything_else(tmp_path: Path, form: str):
    """A hundred damaged copies of a picture: each is read or refused, in every format that Pillow decodes."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    keeps_exif = form in ("jpeg", "mpo", "png", "webp", "tiff")
    data = encoded(synthetic_picture(32, 24, seed=0, detail=16), form, **({"exif": exif} if keeps_exif else {}))
    rng = random.Random(form)
    path = tmp_path / f"damaged.{form}"
    refused = 0
    for _ in range(100):
        damaged = bytearray(data)
        for _ in range(rng.choice([1, 4, 16])):
            damaged[rng.randrange(min(len(data), 400))] = rng.randrange(256)
        path.write_bytes(damaged[: rng.randrange(len(data))] if rng.random() < 0.3 else damaged)
        try:
            load_image(path)
        except ImageError:
            refused += 1
    assert refused > 10


# Tensors and colours.


def test_tensor_and_back_keeps_every_pixel():
    image = synthetic_picture(23, 17, seed=0, detail=16)
    tensor = to_tensor(image)
    assert (tensor.shape, tensor.dtype) == ((1, 3, 17, 23), torch.float32)
    assert 0 <= tensor.min() < tensor.max() <= 1
    for form in (tensor, tensor[0]):
        np.testing.assert_array_equal(np.asarray(to_image(form)), np.asarray(image))


def test_to_tensor_keeps_the_order_of_channels_and_axes():
    tensor = to_tensor(four_corners())[0]
    assert tensor[:, 8, 40].tolist() == [0, 1, 0]  # row 8, column 40: green
    assert tensor[:, 24, 8].tolist() == [0, 0, 1]


def test_to_image_rounds_and_clamps():
    """Wrapped around instead of clamped, a highlight would turn black."""
    tensor = torch.tensor([-0.5, 0.4 / 255, 0.6 / 255, 1.5]).expand(1, 3, 1, 4)
    assert [to_image(tensor).getpixel((x, 0))[0] for x in range(4)] == [0, 0, 1, 255]


def test_resize_leaves_a_picture_of_the_right_size_alone():
    image = synthetic_picture(24, 16, seed=0, detail=8)
    assert resize(image, 24, 16) is image
    assert resize(image, 12, 20).size == (12, 20)


def test_match_luma_keeps_the_colors_of_the_photo_and_the_structure_of_the_painting():
    photo = synthetic_picture(48, 32, seed=0, detail=3)
    painting = synthetic_picture(48, 32, seed=1, detail=12)
    matched = [np.asarray(c, dtype=float) for c in match_luma(photo, painting).convert("YCbCr").split()]
    wanted = [np.asarray(c, dtype=float) for c in photo.convert("YCbCr").split()]
    strokes = np.asarray(painting.convert("L"), dtype=float)
    assert np.corrcoef(matched[0].ravel(), strokes.ravel())[0, 1] > 0.95
    assert abs(matched[0].mean() - wanted[0].mean()) < 5
    for channel, goal in zip(matched[1:], wanted[1:], strict=True):
        assert np.corrcoef(channel.ravel(), goal.ravel())[0, 1] > 0.9


def test_match_luma_survives_a_painting_of_one_colour():
    photo = synthetic_picture(48, 32, seed=0, detail=3)
    flat = np.asarray(match_luma(photo, Image.new("RGB", (48, 32), RED)).convert("L"), dtype=float)
    assert abs(flat.mean() - np.asarray(photo.convert("L"), dtype=float).mean()) < 5


def test_contact_sheet_lays_out_rows_of_equal_cells():
    red, blue, large = (
        Image.new("RGB", size, c) for size, c in (((20, 10), "red"), ((20, 10), "blue"), ((60, 50), "red"))
    )
    sheet = contact_sheet([[red, blue, red], [large, blue]], gap=4)
    assert sheet.size == (3 * 20 + 2 * 4, 2 * 10 + 4)
    colors = {
        (255, 0, 0): [(0, 0), (67, 9), (19, 23)],
        (0, 0, 255): [(24, 0), (43, 23)],
        (255, 255, 255): [(21, 5), (60, 20)],
    }
    for color, positions in colors.items():
        assert [sheet.getpixel(p) for p in positions] == [color] * len(positions)


@pytest.mark.parametrize("size", [(2640, 80), (80, 2640), (60_000, 16), (40, 40)])
def test_a_fitted_panorama_can_still_be_painted(size: tuple[int, int]):
    image = fitted(Image.new("RGB", size), 512)
    assert max(image.size) == 512 and min(image.size) >= 16
