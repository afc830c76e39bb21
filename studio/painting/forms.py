"""The forms in which people take a painting away: a picture, a framed card, a clip."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw

from studio.gallery.models import Result
from studio.painting.clip import write_clip
from studio.painting.sheets import INK, letters, shortened
from stylegan import SettingError
from stylegan.images import fitted

SIZES = {"Original size": 0, "Large (2048 px)": 2048, "Small (1024 px)": 1024}  # px, of the longer side
CARD_SIDE = 1600  # px, of the painting on a card
FRAME, MAT, FAINT = "#3a2c22", "#f6f1e7", "#6d635a"
MAX_TITLE = 60  # characters


@dataclass(frozen=True)
class Wish:
    """How a painting is to be taken away."""

    form: str = "JPEG"
    size: str = "Original size"
    quality: int = 90  # of a JPEG, 50..100
    title: str = ""  # on a card; empty: the style's
    line: str = ""  # on a card, below the title

    def __post_init__(self) -> None:
        """Raises SettingError: something that no menu offers."""
        if self.form not in FORMS or self.size not in SIZES or not 50 <= self.quality <= 100:
            raise SettingError("There is no such kind of file. Choose one of those offered.")

    def below(self, line: str) -> "Wish":
        """The same, with a line below the title of a card."""
        return replace(self, line=line)


@dataclass(frozen=True)
class Form:
    """One form: what its file is, and who writes it."""

    label: str
    suffix: str
    write: Callable[[Path, Result, Wish], None]
    stem: str = ""  # added to the file's name
    still: bool = True  # it can be copied as a picture
    shown: bool = True  # worth a look before it is taken away


def write_form(path: Path, result: Result, wish: Wish) -> None:
    """Write a painting in the form that is wished for."""
    FORMS[wish.form].write(path, result, wish)


def framed_card(painting: Image.Image, title: str, line: str) -> Image.Image:
    """A painting in a frame with a wide mat, and on it a title and a line below that."""
    painting = fitted(painting.convert("RGB"), min(CARD_SIDE, max(CARD_SIDE // 2, *painting.size)))
    side = max(painting.size)
    frame, mat, text = (max(4, round(share * side)) for share in (0.022, 0.075, 0.045))
    below = mat + round(2.6 * text)
    size = painting.width + 2 * (frame + mat), painting.height + 2 * frame + mat + below
    card = Image.new("RGB", size, FRAME)
    draw = ImageDraw.Draw(card)
    draw.rectangle((frame, frame, size[0] - frame - 1, size[1] - frame - 1), MAT)
    corner = frame + mat, frame + mat
    bevel = max(2, round(0.003 * side))
    draw.rectangle(
        (corner[0] - bevel, corner[1] - bevel, corner[0] + painting.width + bevel - 1,
         corner[1] + painting.height + bevel - 1), "#cfc5b4",
    )  # fmt: skip
    card.paste(painting, corner)
    y = corner[1] + painting.height + mat * 0.55
    for words, height, colour in ((title, text, INK), (line, round(0.55 * text), FAINT)):
        font = letters(height)
        words = shortened(draw, words, font, size[0] - 2 * (frame + mat // 2))
        draw.text((size[0] / 2, y + height / 2), words, colour, font, anchor="mm")
        y += 1.45 * height
    return card


def _write_png(path: Path, result: Result, wish: Wish) -> None:
    """At its own size the kept file itself, which carries its recipe; a smaller one carries it, too."""
    if (side := SIZES[wish.size]) and side < max(result.width, result.height):
        _sized(result, side).save(path, "PNG", pnginfo=result.recipe.chunks())
    else:
        shutil.copyfile(result.painting, path)


def _write_jpeg(path: Path, result: Result, wish: Wish) -> None:
    _sized(result, SIZES[wish.size]).save(path, "JPEG", quality=wish.quality, subsampling=0)


def _write_card(path: Path, result: Result, wish: Wish) -> None:
    with Image.open(result.painting) as painting:
        card = framed_card(painting, wish.title.strip()[:MAX_TITLE] or result.title, wish.line)
    card.save(path, "JPEG", quality=92, subsampling=0)


def _write_clip(path: Path, result: Result, wish: Wish) -> None:
    with Image.open(result.photo) as photo, Image.open(result.painting) as painting:
        write_clip(path, photo, painting)


def _sized(result: Result, side: int) -> Image.Image:
    """The painting, no larger than asked for."""
    with Image.open(result.painting) as painting:
        picture = painting.convert("RGB")
    return fitted(picture, side) if side and side < max(picture.size) else picture


FORMS = {
    "JPEG": Form("JPEG, small and for everywhere", "jpg", _write_jpeg, shown=False),
    "PNG": Form("PNG, every pixel and its settings", "png", _write_png, shown=False),
    "Card": Form("Framed card with a title", "jpg", _write_card, "_card"),
    "MP4": Form("Film from photo to painting (MP4)", "mp4", _write_clip, "_film", still=False),
    "GIF": Form("Moving picture (GIF)", "gif", _write_clip, "_clip", still=False),
    "WebP": Form("Moving picture (WebP)", "webp", _write_clip, "_clip", still=False),
}
