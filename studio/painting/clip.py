"""Clips that wipe from a photo to its painting and back, for chats, slides and web pages.

MP4 is written by FFmpeg's libraries through PyAV: in this process, without a program beside it, from a wheel for every
platform that is half as large as those that bring the program. It is the form that every phone and slide takes.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw

from stylegan.images import fitted

SIDES = {".webp": 640, ".gif": 480, ".mp4": 1080}  # px, of the longer side at most
LEAST_SIDE = 320  # px: smaller paintings are enlarged to it
FRAMES = 24  # of one way, of an animated picture
FRAME_MS, REST_MS = 50, 900  # how long a frame stays, and how long the ends do
FPS, WIPE_SECONDS, REST_SECONDS = 24, 2.0, 1.0  # of a film
PALETTE = 255  # colours of a GIF; one more is the line's
Size = tuple[int, int]


def write_clip(path: Path, photo: Image.Image, painting: Image.Image) -> None:
    """Write a clip of the kind that the file's ending says: .webp, .gif or .mp4.

    photo, painting: RGB; the photo takes the painting's shape.
    """
    painting = fitted(painting.convert("RGB"), min(SIDES[path.suffix], max(LEAST_SIDE, *painting.size)))
    photo = photo.convert("RGB").resize(painting.size, Image.Resampling.LANCZOS)
    {".webp": _write_webp, ".gif": _write_gif, ".mp4": _write_mp4}[path.suffix](path, photo, painting)


def _write_webp(path: Path, photo: Image.Image, painting: Image.Image) -> None:
    frames = list(_there_and_back(photo, painting, "white"))
    options = {"quality": 72, "method": 1, "minimize_size": False, "allow_mixed": False}
    frames[0].save(path, "WEBP", save_all=True, append_images=frames[1:], duration=_durations(), loop=0, **options)


def _write_gif(path: Path, photo: Image.Image, painting: Image.Image) -> None:
    """One palette for all frames, and each picture dithered once: a frame then holds what the line passed, no more."""
    both = Image.new("RGB", (photo.width, 2 * photo.height))
    both.paste(photo)
    both.paste(painting, (0, photo.height))
    colours = both.quantize(PALETTE, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    table = (colours.getpalette() or [])[: 3 * PALETTE]
    colours.putpalette([*table, *[255] * (768 - len(table))])
    photo, painting = (p.quantize(palette=colours, dither=Image.Dither.FLOYDSTEINBERG) for p in (photo, painting))
    frames = list(_there_and_back(photo, painting, PALETTE))
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=_durations(), loop=0, optimize=False)


def _write_mp4(path: Path, photo: Image.Image, painting: Image.Image) -> None:
    """H.264 in 4:2:0, which every player knows; it wants even sides, so the last row or column may go."""
    size = photo.width // 2 * 2, photo.height // 2 * 2
    wipe, rest = round(FPS * WIPE_SECONDS), round(FPS * REST_SECONDS)
    way = [*[0.0] * rest, *(i / wipe for i in range(wipe)), *[1.0] * rest]
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as film:
        stream = film.add_stream("libx264", rate=Fraction(FPS), options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1  # paintings wait for the other core
        for share in [*way, *(share for share in reversed(way) if 0 < share < 1)]:
            frame = _wiped(photo, painting, share, "white").crop((0, 0, *size))
            film.mux(stream.encode(av.VideoFrame.from_image(frame)))
        film.mux(stream.encode())


def _there_and_back(photo: Image.Image, painting: Image.Image, line: str | int) -> Iterator[Image.Image]:
    way = [_wiped(photo, painting, i / FRAMES, line) for i in range(FRAMES + 1)]
    yield from way
    yield from way[-2:0:-1]


def _durations() -> list[int]:
    durations = [FRAME_MS] * (2 * FRAMES)
    durations[0] = durations[FRAMES] = REST_MS
    return durations


def _wiped(photo: Image.Image, painting: Image.Image, share: float, line: str | int) -> Image.Image:
    """The photo with the left share of it painted. line: colour of what is between them."""
    share = share * share * (3 - 2 * share)  # starts and ends gently
    x = round(share * photo.width)
    frame = photo.copy()
    frame.paste(painting.crop((0, 0, x, photo.height)), (0, 0))
    if 0 < x < photo.width:
        thick = max(2, math.ceil(photo.width / 240))
        ImageDraw.Draw(frame).rectangle((x - thick // 2, 0, x + thick // 2, photo.height), line)
    return frame
