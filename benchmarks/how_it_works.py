"""Draw the three pictures of the About tab, ``studio/assets/how_*.jpg``, with the generator that ships.

    python -m benchmarks.how_it_works painting.jpg photo.jpg

The first shows the painting and some of its bits, the second where in the photo they went, the third what the generator
painted of them. Nothing is staged: the bits are the rows that the match chose for this photo, whose numbers say from
which place of the painting they come.
"""

import argparse
from pathlib import Path
from unittest.mock import patch

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from stylegan.formats.checkpoint import load_checkpoint
from stylegan.images import load_image, resize, style_view, to_image, to_tensor
from stylegan.models import generator as painting_module
from stylegan.models.features import CELL
from stylegan.models.match import match
from stylegan.models.style_memory import CROP, SHORT_SIDE

ASSETS = Path(__file__).parents[1] / "studio" / "assets"
LEVEL = 2  # at a quarter of the size a bit is large enough to be seen
BIT = CELL << LEVEL  # px
SHOWN = 3  # bits on each side of a marked place
EVERY_ROW = 1 << 20  # none is left out, so that a row's number is its place
COLOURS = ("#ff2d2d", "#ffd400", "#00e05a", "#00b7ff", "#ff5cf4", "#ffffff")
PLACES = ((0.3, 0.42), (0.62, 0.4), (0.48, 0.7), (0.12, 0.12), (0.88, 0.8), (0.75, 0.15))  # of the photo, of 0..1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("painting", type=Path)
    parser.add_argument("photo", type=Path)
    options = parser.parse_args()
    source = _whole_cells(style_view(load_image(options.painting), SHORT_SIDE))
    photo = _whole_cells(_in_shape(load_image(options.photo), 768))
    painted, rows = paint(source, photo)
    ASSETS.mkdir(exist_ok=True)
    for number, picture in enumerate(draw(source, photo, painted, rows), start=1):
        resize(picture, 640, round(640 * picture.height / picture.width)).save(
            ASSETS / f"how_{number}.jpg", quality=85, subsampling=0
        )


@torch.no_grad()
def paint(source: Image.Image, photo: Image.Image) -> tuple[Image.Image, Tensor]:
    """The painting, and for each place of the photo at ``LEVEL`` the number of the bit that was chosen for it."""
    generator = load_checkpoint().generator.eval()
    memory = generator.remember([to_tensor(source)], EVERY_ROW)
    chosen: list[Tensor] = []

    def noted(*arguments: object) -> Tensor:
        chosen.append(match(*arguments))  # type: ignore[arg-type]
        return chosen[-1]

    with patch.object(painting_module, "match", noted):
        painted = generator(to_tensor(photo), memory)
    return to_image(painted[0]), chosen[-1 - LEVEL].view(photo.height // BIT, photo.width // BIT)


def draw(source: Image.Image, photo: Image.Image, painted: Image.Image, rows: Tensor) -> list[Image.Image]:
    """The three pictures."""
    across = source.width // BIT
    from_there, went_here = source.copy(), _mosaic(source, photo, rows)
    pens = ImageDraw.Draw(from_there), ImageDraw.Draw(went_here)
    for colour, (x, y) in zip(COLOURS, PLACES):
        column, row = int(x * rows.shape[1]), int(y * rows.shape[0])
        number = int(rows[row, column])
        for pen, (i, j) in zip(pens, ((number % across, number // across), (column, row))):
            left, top = BIT * i, BIT * j
            box = (left - SHOWN, top - SHOWN, left + BIT + SHOWN, top + BIT + SHOWN)
            pen.rectangle((box[0] - 3, box[1] - 3, box[2] + 3, box[3] + 3), outline="black", width=9)
            pen.rectangle(box, outline=colour, width=5)
    return [from_there, went_here, painted]


def _mosaic(source: Image.Image, photo: Image.Image, rows: Tensor) -> Image.Image:
    """The photo on the left; more and more of it is laid with the chosen bits towards the right."""
    picture, across = photo.copy(), source.width // BIT
    for row in range(rows.shape[0]):
        for column in range(rows.shape[1]):
            if column < rows.shape[1] * 0.45 + 3 * (row % 2):
                continue
            x, y = (BIT * int(n) for n in (rows[row, column] % across, rows[row, column] // across))
            picture.paste(source.crop((x, y, x + BIT, y + BIT)), (BIT * column, BIT * row))
    return picture


def _in_shape(image: Image.Image, width: int) -> Image.Image:
    return resize(image, width, round(width * image.height / image.width))


def _whole_cells(image: Image.Image) -> Image.Image:
    return image.crop((0, 0, image.width // CROP * CROP, image.height // CROP * CROP))


if __name__ == "__main__":
    main()
