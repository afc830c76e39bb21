"""Differentiable augmentation of what the discriminator sees (Zhao et al. 2020).

With a handful of pictures a discriminator learns them by heart within a few hundred steps. Changed at random, real and
painted images alike, they stay informative; and because the generator's gradient flows through the same changes, none
of them leaks into the paintings.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

AUGMENT_PARAMS = 7  # random numbers for each image
SHIFT = 1 / 8  # of the side, at most
HOLE = 1 / 4  # side of the square that is blanked, of the image's side


def augment(images: Tensor, params: Tensor) -> Tensor:
    """Change brightness, saturation and contrast, move, and blank a square; images ``[N, 3, H, W]`` in 0..1.

    params: ``[N, 7]`` in 0..1, so that a caller can repeat a change exactly.
    """
    return _blank(_shift(_recolor(images, params[:, :3]), params[:, 3:5]), params[:, 5:7])


def _recolor(x: Tensor, randoms: Tensor) -> Tensor:
    brightness, saturation, contrast = (randoms[:, i, None, None, None] for i in range(3))
    x = x + 0.4 * (brightness - 0.5)
    gray = x.mean(1, keepdim=True)
    x = gray + (x - gray) * (0.5 + saturation)
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (0.75 + 0.5 * contrast)


def _shift(x: Tensor, randoms: Tensor) -> Tensor:
    """Move by whole pixels; what is uncovered repeats the border."""
    height, width = x.shape[2:]
    dy, dx = round(SHIFT * height), round(SHIFT * width)
    padded = F.pad(x, (dx, dx, dy, dy), mode="replicate")
    offsets = (randoms * (1 - 1e-6) * randoms.new_tensor([2 * dy + 1, 2 * dx + 1])).long().tolist()
    return torch.stack([p[:, top : top + height, left : left + width] for p, (top, left) in zip(padded, offsets)])


def _blank(x: Tensor, randoms: Tensor) -> Tensor:
    height, width = x.shape[2:]
    rows = torch.arange(height, device=x.device)[None, :] / height
    columns = torch.arange(width, device=x.device)[None, :] / width
    inside = [
        (where >= corner) & (where < corner + HOLE)
        for where, corner in ((rows, randoms[:, :1] * (1 - HOLE)), (columns, randoms[:, 1:] * (1 - HOLE)))
    ]
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return x.masked_fill(hole, 0.5)
