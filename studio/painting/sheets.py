"""Several pictures in one: contact sheets, comparisons, and clips from photo to painting."""

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from stylegan.images import fitted

PAPER, INK = "#faf7f2", "#2b2622"
GAP = 12  # px
LINE = 30  # px, height of a caption
CLIP_SIDE = 640  # px
CLIP_FRAMES = 24  # of one way
CLIP_MS, CLIP_REST_MS = 50, 900  # how long a frame stays, and how long the ends do
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def contact_sheet(pictures: Sequence[tuple[Image.Image, str]], side: int = 360, columns: int = 0) -> Image.Image:
    """Pictures with captions in a grid, on paper.

    Args:
        pictures: RGB images of any shape, each with its caption.
        side: width and height in px that each may take.
        columns: 0: as many as make the sheet about square.
    """
    columns = columns or math.ceil(math.sqrt(len(pictures)))
    cells = [fitted(image, side) for image, _ in pictures]
    height = max(cell.height for cell in cells)
    rows = math.ceil(len(cells) / columns)
    size = columns * (side + GAP) + GAP, rows * (height + LINE + GAP) + GAP
    sheet, font = Image.new("RGB", size, PAPER), ImageFont.load_default(18)
    draw = ImageDraw.Draw(sheet)
    for i, (cell, (_, caption)) in enumerate(zip(cells, pictures)):
        row, column = divmod(i, columns)
        free = columns - min(columns, len(cells) - row * columns)  # the last row stands in the middle
        x, y = GAP + column * (side + GAP) + free * (side + GAP) // 2, GAP + row * (height + LINE + GAP)
        sheet.paste(cell, (x + (side - cell.width) // 2, y + (height - cell.height) // 2))
        text = _shortened(draw, caption, font, side)
        draw.text((x + side / 2, y + height + LINE / 2), text, INK, font, anchor="mm")
    return sheet


def write_clip(path: Path, photo: Image.Image, painting: Image.Image) -> None:
    """Write an animated WebP that wipes from a photo to its painting and back, without end.

    Its longer side is at most 640 px, so that it fits a chat.
    """
    painting = fitted(painting.convert("RGB"), CLIP_SIDE)
    photo = photo.resize(painting.size, Image.Resampling.LANCZOS)
    way = [_wiped(photo, painting, i / CLIP_FRAMES) for i in range(CLIP_FRAMES + 1)]
    frames = [*way, *way[-2:0:-1]]
    durations = [CLIP_MS] * len(frames)
    durations[0] = durations[CLIP_FRAMES] = CLIP_REST_MS
    options = {"quality": 72, "method": 1, "minimize_size": False, "allow_mixed": False}
    frames[0].save(path, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=0, **options)


def _wiped(photo: Image.Image, painting: Image.Image, share: float) -> Image.Image:
    """The photo with the left share of it painted."""
    share = share * share * (3 - 2 * share)  # starts and ends gently
    x = round(share * photo.width)
    frame = photo.copy()
    frame.paste(painting.crop((0, 0, x, photo.height)), (0, 0))
    if 0 < x < photo.width:
        ImageDraw.Draw(frame).line([(x, 0), (x, photo.height)], "white", 3)
    return frame


def _shortened(draw: ImageDraw.ImageDraw, text: str, font: Font, width: int) -> str:
    """A text that fits, with dots where something is left out."""
    whole = text
    while text and draw.textlength(text if text == whole else f"{text}…", font) > width:
        text = text[:-1]
    return text if text == whole else f"{text}…"
