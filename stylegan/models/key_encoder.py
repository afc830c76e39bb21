"""Key encoder: what a match compares. A small network that sees for every 4×4 pixels what tells strokes apart.

It imitates the leading principal coordinates of the lens's hypercolumns for a fraction of their time: the lens is
needed once for a style, the key encoder at every scale of every painting. See ``stylegan.training.keys``.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan.models.precision import autocast

COORDINATES = 64  # principal coordinates of a hypercolumn
KEY_DIM = 96  # of a place together with its eight neighbours
WIDTHS = (32, 64, 64)  # channels at half resolution, at quarter resolution, and of what looks further there


def _conv3x3(channels_in: int, channels_out: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, 3, stride, padding=1, padding_mode="reflect")


class KeyEncoder(nn.Module):
    """Coordinates ``[N, 64, H/4, W/4]`` of images ``[N, 3, H, W]`` in 0..1; sides are multiples of 4 px, 8 at least."""

    gather: Tensor

    def __init__(self):
        super().__init__()
        half, quarter, wide = WIDTHS
        self.at_half = _conv3x3(12, half)
        self.down = _conv3x3(half, quarter, stride=2)
        self.wide = nn.Sequential(_conv3x3(quarter, wide), nn.ReLU(), _conv3x3(wide, wide), nn.ReLU())
        self.head = nn.Conv2d(quarter + wide, COORDINATES, 1)
        self.register_buffer("gather", torch.zeros(KEY_DIM, COORDINATES, 3, 3))

    def forward(self, images: Tensor) -> Tensor:
        x = F.pixel_unshuffle(images, 2).contiguous(memory_format=torch.channels_last)
        x = F.relu(self.down(F.relu(self.at_half(x))))
        return self.head(torch.cat([x, self.wide(x)], 1))

    def keys(self, standardized: Tensor) -> Tensor:
        """The keys of a map of standardised coordinates, ``[1, 64, h, w]`` → ``[1, 96, h, w]`` of unit length.

        A key stands for a place with its eight neighbours, so that strokes find strokes and not lone dots.
        """
        around = F.pad(standardized, (1, 1, 1, 1), mode="replicate")
        with autocast(around.device, "auto"):
            keys = F.conv2d(around, self.gather)
        return F.normalize(keys.float(), dim=1)
