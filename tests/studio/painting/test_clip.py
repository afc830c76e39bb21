"""Clips: every kind of them wipes from the photo to the painting and back, and fits a chat."""

from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from PIL import Image, ImageSequence

from studio.painting.clip import SIDES, write_clip
from tests.support.pictures import mean_difference, synthetic_picture


def frames_of(path: Path) -> Iterator[Image.Image]:
    if path.suffix == ".mp4":
        with av.open(str(path)) as film:
            yield from (frame.to_image() for frame in film.decode(video=0))
    else:
        yield from (frame.convert("RGB") for frame in ImageSequence.Iterator(Image.open(path)))


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".mp4"])
def test_a_clip_wipes_from_photo_to_painting_and_back(tmp_path: Path, suffix: str):
    photo, painting = synthetic_picture(1500, 901, 1, 6), synthetic_picture(1500, 901, 2, 40)
    path = tmp_path / f"clip{suffix}"
    write_clip(path, photo, painting)
    frames = list(frames_of(path))
    width, height = frames[0].size
    assert width == SIDES[suffix] and abs(height - 901 * width / 1500) < 1.5 and 40 < len(frames) < 160
    small = [image.resize(frames[0].size) for image in (photo, painting)]
    assert mean_difference(frames[0], small[0]) < 0.05 and mean_difference(frames[-1], small[0]) < 0.12
    middle = min(range(len(frames)), key=lambda i: mean_difference(frames[i], small[1]))
    assert mean_difference(frames[middle], small[1]) < 0.08 and 0.3 < middle / len(frames) < 0.7
    half = min(
        range(middle), key=lambda i: abs(mean_difference(frames[i], small[0]) - mean_difference(frames[i], small[1]))
    )
    left, right = (0, 0, width // 4, height), (3 * width // 4, 0, width, height)
    assert mean_difference(frames[half].crop(left), small[1].crop(left)) < 0.08
    assert mean_difference(frames[half].crop(right), small[0].crop(right)) < 0.05
    assert path.stat().st_size < 4_000_000


def test_a_film_plays_everywhere(tmp_path: Path):
    """H.264 in 4:2:0 with even sides, and its index before its pictures, so that it plays while it loads."""
    write_clip(tmp_path / "film.mp4", synthetic_picture(101, 75, 1, 6), synthetic_picture(101, 75, 2, 40))
    with av.open(str(tmp_path / "film.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.width % 2 == stream.height % 2 == 0
    data = (tmp_path / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_moving_picture_never_ends(tmp_path: Path):
    for suffix in (".webp", ".gif"):
        write_clip(tmp_path / f"clip{suffix}", synthetic_picture(80, 60, 1, 6), synthetic_picture(80, 60, 2, 40))
        assert Image.open(tmp_path / f"clip{suffix}").info["loop"] == 0
