"""What a match compares: one *hypercolumn* of lens features for every 4×4 pixels (Hariharan et al. 2015)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.perceptual import Lens

CHANNELS = sum(Lens.channels)
CELL = 4  # px, side of the square that a hypercolumn stands for


def hypercolumns(lens: Lens, images: Tensor) -> Tensor:
    """The lens's three maps at quarter resolution, joined: ``[N, 3, H, W]`` in 0..1 → ``[N, 168, H/4, W/4]``.

    H and W are multiples of 4. The heads are linear, so averaging before them gives the same numbers for a sixteenth
    and a quarter of the work.
    """
    shallow, middle, deep = lens.hidden(images)
    pooled = (F.avg_pool2d(shallow, 4), F.avg_pool2d(middle, 2), deep)
    return torch.cat([head(features) for head, features in zip(lens.heads, pooled)], 1)
