"""What is said of a painting in words that everybody knows, and the strength that paints what somebody wishes.

The numbers were measured on real paintings: ``docs/experiments.md``, "In words".
"""

from bisect import bisect_left
from contextvars import Context
from dataclasses import replace

from studio.painting.painter import Painter
from studio.painting.request import PaintRequest
from stylegan.evaluation.glance import Glance, photo_kept
from stylegan.images import fitted

PHOTO = (
    (0.85, "all there"),
    (0.65, "clearly there"),
    (0.45, "easy to see"),
    (0.25, "still there"),
    (0, "freely painted"),
)
STYLE = ((0.5, "very strong"), (0.38, "strong"), (0.24, "clear"), (0.08, "a little"), (0, "hardly any"))
FULL_STYLE = 0.7  # what the boldest paintings take: a full bar
WISHES = {"Clear subject": 0.7, "Balanced": 0.5, "Bold": 0.35}  # how much of the photo is to be kept
STRENGTHS = [step / 20 for step in range(1, 21)]  # as the slider's
SIDE = 208  # px, of what is painted to find out: a painting of any size keeps as much


def words(seen: Glance) -> tuple[str, str]:
    """What is said of photo and style."""
    return _word(PHOTO, seen.photo), _word(STYLE, seen.style)


def strength_for(painter: Painter, asked: PaintRequest, kept: float) -> float:
    """The least strength at which no more than that share of the photo is kept, or the boldest.

    Raises:
        StyleError, SettingError, Interrupted: as ``StyleTransfer.stylize``.
    """
    view = fitted(asked.photo, SIDE)

    def lost(strength: float) -> float:
        small = replace(asked, settings=replace(asked.settings, strength=strength))
        # Without the visitor's request: on a Space with lent GPUs nobody's time is spent on looking for a number.
        return 1 - photo_kept(painter.transfer, view, Context().run(painter.sketch, small, SIDE))

    return STRENGTHS[min(bisect_left(STRENGTHS, 1 - kept, key=lost), len(STRENGTHS) - 1)]


def _word(scale: tuple[tuple[float, str], ...], share: float) -> str:
    return next(word for least, word in scale if share >= least)
