"""What a match compares: one *hypercolumn* of lens features for every 4×4 pixels (Hariharan et al. 2015)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.interrupt import pause
from stylegan.models.perceptual import Lens

CHANNELS = sum(Lens.channels)
CELL = 4  # px, side of the square that a hypercolumn stands for


STRIP = 512  # px, height of the strips in which large images are read and painted: memory stays bounded
MARGIN = 32  # px above and below a strip, more than the networks see beyond a place


def hypercolumns(lens: Lens, images: Tensor) -> Tensor:
    """The lens's three maps at quarter resolution, joined: ``[N, 3, H, W]`` in 0..1 → ``[N, 168, H/4, W/4]``.

    H and W are multiples of 4. The heads are linear, so averaging before them gives the same numbers for a sixteenth
    and a quarter of the work.
    """
    shallow, middle, deep = lens.hidden(images)
    pooled = (F.avg_pool2d(shallow, 4), F.avg_pool2d(middle, 2), deep)
    return torch.cat([head(features) for head, features in zip(lens.heads, pooled)], 1)


def in_strips(network: Callable[[Tensor], Tensor], x: Tensor, cell: int) -> Tensor:
    """What a network makes of ``[N, C, H, W]``, strip by strip: the same numbers with a fraction of the memory.

    cell: px that a row of x stands for.
    """
    strip, margin = STRIP // cell, MARGIN // cell
    height = x.shape[2]
    if height <= 2 * strip:
        return network(x)
    parts = []
    for top in range(0, height, strip):
        pause()
        first, last = max(0, top - margin), min(height, top + strip + margin)
        made = network(x[:, :, first:last])
        k = made.shape[2] / (last - first)
        parts.append(made[:, :, round(k * (top - first)) : round(k * (min(height, top + strip) - first))])
    return torch.cat(parts, 2)


def layout_difference(painted: Tensor, photo: Tensor) -> Tensor:
    """Difference of the self-similarities of places ``[C, K]`` or maps ``[C, H, W]`` (Kolkin et al. 2019), 0 to 2.

    Things that are alike in the photo should be alike in the painting, in whatever colours and strokes. 0: they are.
    """

    def similarities(features: Tensor) -> Tensor:
        flat = F.normalize(features.flatten(1).T, dim=1)
        distances = (1 - flat @ flat.T).clamp_min(0)
        return distances / distances.sum(0, keepdim=True).clamp_min(1e-8)

    return (similarities(painted) - similarities(photo)).abs().sum(0).mean()
