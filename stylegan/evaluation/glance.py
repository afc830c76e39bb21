"""A painting at a glance: how much of the photo and of the style is in it. Fast enough for a page that shows it.

Both are shares of a way. The photo's: from a layout by chance (0) to the photo's own (1). The style's: from the photo
(0) to the style (1), half of it in the bits of the painting and half in the mean and deviation of all of them. Either
alone fails: a dark or flat photo has bits like those of any style, and one in the style's light has its statistics.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from stylegan.evaluation.distances import LAYOUT_SCALES, PLACES, bits
from stylegan.images import resize, to_tensor
from stylegan.models.features import CELL, hypercolumns, layout_difference
from stylegan.models.perceptual import Lens
from stylegan.models.style_memory import MemoryLevel, StyleMemory, standardize
from stylegan.pipeline import Blend, Style, StyleTransfer, canvas_size
from stylegan.training.losses import nearest_loss

LAYOUT_SIDE = 256  # px, short side at which layouts are compared
LONG_SIDE = 512  # px, of the views whose bits are looked for in the style
LEVELS = 2  # of the style memory, from the first at which a view is small enough
BITS = 1000  # of each view
SHORTEST = (
    0.15  # way from photo to style: where the photo is like the style from the start, chance would count for much
)
_own: WeakKeyDictionary[StyleMemory, dict[int, float]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Glance:
    """What is in a painting."""

    photo: float  # 0: nothing of its layout, 1: all of it
    style: float  # 0: no more than in the photo, 1: as in the style itself


@torch.no_grad()
def glance(
    transfer: StyleTransfer,
    photo: Image.Image,
    painting: Image.Image,
    style: Style | Blend,
    canvas: tuple[int, int] | None = None,
) -> Glance:
    """Look at a painting beside its photo and its style; the two may be reduced.

    canvas: width and height in px at which it was painted (``canvas_size``); None: as usual for the photo's size.

    Raises:
        StyleError, ImageError: the style cannot be used.
    """
    memory, canvas = transfer.style_memory(style), canvas or canvas_size(*photo.size, brush=1.0)
    return Glance(photo_kept(transfer, photo, painting), _style_taken(transfer, photo, painting, memory, canvas))


@torch.no_grad()
def photo_kept(transfer: StyleTransfer, photo: Image.Image, painting: Image.Image) -> float:
    """The photo's part of ``glance`` alone."""
    lens, device = transfer.checkpoint.generator.lens, transfer.device
    k = LAYOUT_SIDE / min(photo.size)
    size = round(k * photo.width), round(k * photo.height)
    views = [to_tensor(resize(picture, *size)).to(device) for picture in (painting, photo)]
    rng = torch.Generator().manual_seed(7)
    kept = 0.0
    for scale in LAYOUT_SCALES:
        painted, original = (bits(lens, view, scale) for view in views)
        chosen = torch.randperm(len(painted), generator=rng)[:PLACES].to(device)
        painted, original = painted[chosen].T, original[chosen].T
        by_chance = layout_difference(original[:, torch.randperm(len(chosen), generator=rng).to(device)], original)
        kept += 1 - (layout_difference(painted, original) / by_chance.clamp_min(1e-6)).item()
    return min(1.0, max(0.0, kept / len(LAYOUT_SCALES)))


def _style_taken(
    transfer: StyleTransfer, photo: Image.Image, painting: Image.Image, memory: StyleMemory, canvas: tuple[int, int]
) -> float:
    lens = transfer.checkpoint.generator.lens
    first = next(level for level in range(1, 8) if max(canvas) >> level <= LONG_SIDE)
    by_bits = by_statistics = 0.0
    for number in range(first, first + LEVELS):
        level = memory.levels[min(number, len(memory.levels) - 1)]
        size = [max(2 * CELL, side >> number) for side in canvas]
        views = (to_tensor(resize(picture, *size)).to(transfer.device) for picture in (photo, painting))
        before, after = (_seen(lens, view, level) for view in views)
        rows, start = (level.rows - level.mean) / level.spread, _statistics(before)
        near = [nearest_loss(_some(seen), rows).item() for seen in (before, after)]
        by_bits += (near[0] - near[1]) / max(SHORTEST, near[0] - _own_near(memory, number, rows)) / LEVELS
        by_statistics += (start - _statistics(after)) / max(1e-6, start) / LEVELS
    return (min(1.0, max(0.0, by_bits)) + min(1.0, max(0.0, by_statistics))) / 2


def _seen(lens: Lens, view: Tensor, level: MemoryLevel) -> Tensor:
    """What the lens sees of a view ``[1, 3, H, W]``, standardised by the style, ``[168, K]``."""
    height, width = (side // CELL * CELL for side in view.shape[2:])
    return standardize(hypercolumns(lens, view[:, :, :height, :width]), level.mean, level.spread)[0].flatten(1)


def _some(seen: Tensor) -> Tensor:
    rng = torch.Generator().manual_seed(5)
    return seen[:, torch.randperm(seen.shape[1], generator=rng)[:BITS].to(seen.device)]


def _statistics(seen: Tensor) -> float:
    """Distance of mean and deviation to the style's own, which are 0 and 1 after standardising."""
    deviation = seen.std(1, correction=0)
    return seen.mean(1).square().mean().sqrt().item() + (deviation - 1).square().mean().sqrt().item()


def _own_near(memory: StyleMemory, number: int, rows: Tensor) -> float:
    """Mean cosine distance of the style's own bits, each to the nearest of the others."""
    known = _own.setdefault(memory, {})
    if number not in known:
        rows = F.normalize(rows, dim=1)
        known[number] = (1 - (rows @ rows.T).fill_diagonal_(-1).amax(1)).mean().item()
    return known[number]
