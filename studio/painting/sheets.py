"""Several pictures in one, with captions: contact sheets and comparisons."""

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import gradio as gr
from PIL import Image, ImageDraw, ImageFont

from stylegan.images import fitted

PAPER, INK = "#faf7f2", "#2b2622"
GAP = 12  # px
LINE = 30  # px, height of a caption
# A font of Gradio's: the one in Pillow knows no letters with accents, which artists' names have.
FONT = Path(gr.__file__).parent / "templates/frontend/static/fonts/SourceSansPro/SourceSansPro-Regular.woff2"
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
    sheet, font = Image.new("RGB", size, PAPER), letters(18)
    draw = ImageDraw.Draw(sheet)
    for i, (cell, (_, caption)) in enumerate(zip(cells, pictures)):
        row, column = divmod(i, columns)
        free = columns - min(columns, len(cells) - row * columns)  # the last row stands in the middle
        x, y = GAP + column * (side + GAP) + free * (side + GAP) // 2, GAP + row * (height + LINE + GAP)
        sheet.paste(cell, (x + (side - cell.width) // 2, y + (height - cell.height) // 2))
        text = shortened(draw, caption, font, side)
        draw.text((x + side / 2, y + height + LINE / 2), text, INK, font, anchor="mm")
    return sheet


def letters(height: int) -> Font:
    """The font of captions and cards, so many px high."""
    with suppress(OSError):  # another Gradio, or a Pillow that cannot read it
        return ImageFont.truetype(FONT, height)
    return ImageFont.load_default(height)


def shortened(draw: ImageDraw.ImageDraw, text: str, font: Font, width: int) -> str:
    """A text that fits, with dots where something is left out."""
    whole = text
    while text and draw.textlength(text if text == whole else f"{text}…", font) > width:
        text = text[:-1]
    return text if text == whole else f"{text}…"
