"""The noise z: smooth random fields by which takes differ in composition, not in grain.

One field shifts which rows of the style are preferred where; the other one shifts the colours that are looked for. So a
sky becomes another part of the painting, in another of its colours.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.color import square_root

CHANNELS = 6  # of the field that is added to the similarities
AMPLITUDE = 0.03  # of that, in cosine similarity; at 0.1 the scene falls apart
KNOTS = 4  # of it across the longer side
PALETTE = 0.5  # amplitude of the colours' field, in standard deviations of the style's colours
PALETTE_KNOTS = 3
PALETTE_STREAM = 1 << 40  # added to a seed: its colours are not to follow the numbers of its other field


def shares_of(seed: float) -> list[tuple[int, float]]:
    """The whole seeds whose noise is used, with their shares: the squares of two add up to 1, as their variances do."""
    first, way = int(seed), (seed - int(seed)) * math.pi / 2
    shares = [(first, math.cos(way)), (first + 1, math.sin(way))]
    return [(number, share) for number, share in shares if number and share]


def field(channels: int, height: int, width: int, knots: int, rng: torch.Generator) -> Tensor:
    """Smooth noise of unit variance at the knots, ``[1, channels, height, width]``."""
    k = knots / max(height, width)
    values = torch.randn(1, channels, max(2, round(k * height) + 1), max(2, round(k * width) + 1), generator=rng)
    return F.interpolate(values, size=(height, width), mode="bicubic", align_corners=True)


def similarity_noise(seed: float, rows: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Further columns of queries and keys, ``[h·w, K]`` and ``[rows, K]``, whose product is the noise; K may be 0."""
    queries, keys = [torch.zeros(height * width, 0)], [torch.zeros(rows, 0)]
    for number, share in shares_of(seed):
        rng = torch.Generator().manual_seed(number)
        queries.append(share * AMPLITUDE * field(CHANNELS, height, width, KNOTS, rng)[0].flatten(1).T)
        keys.append(torch.randn(rows, CHANNELS, generator=rng))
    return torch.cat(queries, 1), torch.cat(keys, 1)


def shift_palette(guide: Tensor, seed: float, covariance: Tensor, faces: Tensor | None = None) -> Tensor:
    """A guide ``[1, 3, H, W]`` in 0..1 whose areas lean to other colours of the style.

    covariance: ``[3, 3]`` of the style's RGB. faces: ``[1, 1, H, W]`` in 0..1, which keep their colours.
    """
    height, width = guide.shape[2:]
    for number, share in shares_of(seed):
        rng = torch.Generator().manual_seed(number + PALETTE_STREAM)
        shift = field(3, height, width, PALETTE_KNOTS, rng).to(guide)
        shift = share * PALETTE * torch.einsum("ij,njhw->nihw", square_root(covariance), shift)
        guide = guide + (shift if faces is None else shift * (1 - faces))
    return guide.clamp(0, 1)
