"""Whatever a picture is made of, it becomes 8-bit RGB of bounded size, or is refused in plain words."""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from stylegan.decoding import TINY
from stylegan.errors import ImageError
from stylegan.images import MAX_PIXELS, fitted, load_image, style_view
from stylegan.settings import MIN_SIDE
from tests.support.pictures import synthetic_picture
from tests.support.profiles import rgb_profile

FORMS = ("png", "jpeg", "webp", "gif", "tiff", "bmp", "avif", "ico", "mpo", "jpeg2000", "tga", "ppm")


def encoded(form: str, **options: object) -> bytes:
    data = io.BytesIO()
    synthetic_picture(32, 24, seed=0, detail=8).save(data, form, **options)
    return data.getvalue()


FILES = [encoded(form) for form in FORMS]
FILES.append(encoded("png", icc_profile=rgb_profile("Display P3")))
FILES.append(encoded("gif", save_all=True, append_images=[Image.new("RGB", (32, 24), c) for c in ("red", "blue")]))
FILES.append(encoded("tiff", compression="tiff_lzw"))


def read(data: bytes, path: Path) -> Image.Image | None:
    """What a visitor's file becomes; None where it is refused, for a reason that names it or what is wrong."""
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow comments on what is wrong with a file
        try:
            image = load_image(path)
        except ImageError as error:
            assert str(error).endswith((".", "file.")) and "\n" not in str(error)
            return None
    assert image.mode == "RGB" and min(image.size) >= MIN_SIDE and image.width * image.height <= MAX_PIXELS
    assert len(image.tobytes()) == 3 * image.width * image.height
    return image


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A picture's file with other bytes in some places, pieces of another file in it, an end too early or too late."""
    data = bytearray(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data) - 1) | st.integers(0, min(len(data), 120) - 1))
        piece = draw(st.binary(min_size=1, max_size=8))
        data[at : at + draw(st.sampled_from((0, len(piece))))] = piece
    if draw(st.booleans()):
        other = draw(st.sampled_from(FILES))
        data = bytearray(draw(st.sampled_from((bytes(data) + other, other[:40] + bytes(data), bytes(data)))))
    return bytes(data[: draw(st.integers(1, len(data)))]) if draw(st.booleans()) else bytes(data)


@given(data=spoilt())
def test_any_file_is_read_or_refused(data: bytes, tmp_path: Path):
    read(data, tmp_path / "photo.jpg")


def png(kind: int, depth: int, size: tuple[int, int], rows: bytes, extra: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG file with right checksums, whatever it says."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0))
    middle = b"".join(chunk(*each) for each in extra)
    return b"\x89PNG\r\n\x1a\n" + header + middle + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


SIDES = st.integers(0, 40) | st.sampled_from((16, 8001, 64_000_000, 2**31 - 1))
CHUNKS = st.tuples(
    st.sampled_from((b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"gAMA", b"zTXt", b"iTXt", b"tEXt", b"pHYs", b"acTL")),
    st.binary(max_size=60),
)


@given(
    kind=st.sampled_from((0, 2, 3, 4, 6, 7)),
    depth=st.sampled_from((1, 2, 4, 8, 16, 3)),
    size=st.tuples(SIDES, SIDES),
    rows=st.binary(max_size=40).map(lambda piece: piece * 200),
    extra=st.lists(CHUNKS, max_size=3),
)
def test_any_png_of_right_checksums_is_read_or_refused(kind, depth, size, rows, extra, tmp_path: Path):
    read(png(kind, depth, size, rows, extra), tmp_path / "photo.png")


TAGS = st.dictionaries(
    st.sampled_from((256, 257, 258, 259, 262, 266, 274, 277, 278, 284, 317, 320, 338, 339, 34675)),
    st.integers(0, 70_000) | st.binary(max_size=40),
    max_size=4,
)


@given(tags=TAGS, mode=st.sampled_from(("L", "RGB", "I;16", "F", "P", "CMYK", "RGBA", "1")))
def test_any_tiff_is_read_or_refused(tags: dict, mode: str, tmp_path: Path):
    data = bytearray(_tiff(mode))
    (directory,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, directory)
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        (tag,) = struct.unpack_from("<H", data, entry)
        value = tags.get(tag)
        if isinstance(value, int):
            struct.pack_into("<HII", data, entry + 2, 4, 1, value)
        elif value is not None:
            data[entry + 2 : entry + 2 + len(value[:10])] = value[:10]
    read(bytes(data), tmp_path / "scan.tif")


def _tiff(mode: str) -> bytes:
    data = io.BytesIO()
    picture = Image.fromarray(np.arange(32 * 24, dtype=np.uint16).reshape(24, 32)) if mode == "I;16" else None
    (picture or synthetic_picture(32, 24, 0, 8).convert(mode)).save(data, "tiff")
    return data.getvalue()


NUMBERS = arrays.arrays(
    st.sampled_from((np.float32, np.int32, np.uint16)),
    st.tuples(st.integers(16, 24), st.integers(16, 24)),
    fill=st.just(0) | st.just(1),
)


@given(pixels=NUMBERS)
@example(pixels=np.full((16, 16), 3.4e38, np.float32))
@example(pixels=np.full((16, 16), -3.4e38, np.float32))
@example(pixels=np.where(np.eye(16, dtype=bool), np.float32(3.4e38), np.float32(-3.4e38)))
@example(pixels=np.full((16, 16), 1e-45, np.float32))
@example(pixels=np.full((16, 16), -(2**31), np.int32))
def test_any_numbers_become_light_and_dark(pixels: np.ndarray):
    """A scan's brightest place is the brightest that is painted, and nothing wraps around to black."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # of NumPy, where a number overflows
        try:
            loaded = np.asarray(load_image(Image.fromarray(pixels)))[:, :, 0].astype(int)
        except ImageError:
            assert not np.isfinite(pixels).any()
            return
    seen = np.where(np.isfinite(pixels), pixels, 0).astype(np.float64)
    order = np.argsort(seen, axis=None)
    assert (np.diff(loaded.ravel()[order]) >= 0).all(), "what is brighter in the file is not darker in the picture"
    if seen.max() - min(0, seen.min()) > TINY:
        assert loaded.ravel()[order[-1]] > 30


@given(size=st.tuples(st.integers(16, 3000), st.integers(16, 60)), tall=st.booleans(), side=st.integers(16, 64))
def test_views_of_any_shape_have_bounded_sides(size: tuple[int, int], tall: bool, side: int):
    image = Image.new("L", size[::-1] if tall else size)
    view, small = style_view(image, side), fitted(image, side)
    assert min(view.size) == side and max(view.size) <= 3 * side + 1
    assert min(small.size) >= MIN_SIDE and max(small.size) == side
    target(max(view.size))


# The corpus: one file for each thing that people and attackers send. What is refused has a reason that fits.

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
PNG = FILES[0]
CORPUS = {
    "a web page that begins as a picture": (PNG[:8] + b"<script>alert(1)</script>", "damaged|not a picture"),
    "a picture that ends as a web page": (PNG + b"<script>alert(1)</script>", ""),
    "a picture that ends as a ZIP file": (PNG + b"PK\x05\x06" + bytes(18), ""),
    "a ZIP file": (b"PK\x03\x04" + bytes(60), "not a picture"),
    "a PDF that ends as a picture": (b"%PDF-1.4\n" + PNG, "not a picture"),
    "SVG": (SVG, "not a picture"),
    "SVGZ": (zlib.compress(SVG), "not a picture"),
    "PostScript, a program": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\nshowpage\n", "not a picture"),
    "an ImageMagick script": (b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://x)'", "not a picture"),
    "a pickle": (b"\x80\x04cos\nsystem\n", "not a picture"),
    "50 MB of zeros": (bytes(50_000_000), "not a picture"),
    "50 MB after the picture": (PNG + bytes(50_000_000), ""),
    "animated": (FILES[FORMS.index("gif")], ""),
}


@pytest.mark.parametrize("case", CORPUS)
def test_the_corpus_is_read_or_refused_for_a_reason_that_fits(case: str, tmp_path: Path):
    data, reason = CORPUS[case]
    path = tmp_path / "photo.png"
    if not reason:
        assert read(data, path) is not None
        return
    path.write_bytes(data)
    with pytest.raises(ImageError, match=reason):
        load_image(path)
