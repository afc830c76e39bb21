"""Weave: the faint regular grid that a decoder with cells leaves, and which gives a machine away."""

import torch.nn.functional as F
from torch import Tensor

from stylegan.models.color import luma
from stylegan.models.features import CELL

FINE = 5  # px: only what is finer than this is looked at
CELLS = 17  # across, of the window in which cells are compared: as many brush strokes lie in it that they cancel out
LIMIT = 0.1  # of what one pixel can add to the pattern: an edge of the painting is none


def remove_weave(painting: Tensor) -> Tensor:
    """A painting ``[N, 3, H, W]``, sides multiples of 4 px, without the pattern that every cell around repeats.

    What 17 × 17 cells have in common at the same pixel of each is no stroke. It is taken from the luma of all of them.
    """
    light = luma(painting)
    fine = F.pixel_unshuffle((light - _mean(light, FINE)).clamp(-LIMIT, LIMIT), CELL)
    pattern = _mean(fine, CELLS)
    return painting - F.pixel_shuffle(pattern - pattern.mean(1, keepdim=True), CELL)


def _mean(x: Tensor, side: int) -> Tensor:
    """Of a square around each place; one direction after the other, which takes a fraction of the time."""
    half = side // 2
    x = F.avg_pool2d(x, (side, 1), 1, (half, 0), count_include_pad=False)
    return F.avg_pool2d(x, (1, side), 1, (0, half), count_include_pad=False)
