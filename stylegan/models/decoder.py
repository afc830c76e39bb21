"""Decoder: matched hypercolumns → picture. And the discriminator that teaches it what paint looks like."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from stylegan.models.color import luma
from stylegan.models.features import CELL, CHANNELS

MAX_WIDTH, MAX_BLOCKS = 512, 8
WEAVE_FINE = 5  # px: only what is finer than this can be weave
WEAVE_CELLS = 17  # across, of the window in which cells are compared: so many that their strokes cancel out
WEAVE_LIMIT = 0.1  # of what one pixel can add to the pattern: an edge of the painting is none


@dataclass(frozen=True)
class DecoderConfig:
    """Architecture of the decoder; stored in the checkpoint's metadata.

    Raises:
        ValueError: it is none, or so large that it comes from somebody who wants to fill the memory.
    """

    widths: tuple[int, int] = (96, 48)  # channels at quarter and at half resolution
    blocks: tuple[int, int] = (1, 1)  # residual blocks at quarter and at half resolution

    def __post_init__(self) -> None:
        for numbers, least, most in ((self.widths, 1, MAX_WIDTH), (self.blocks, 0, MAX_BLOCKS)):
            if len(numbers) != 2 or not all(type(n) is int and least <= n <= most for n in numbers):
                raise ValueError("architecture of a decoder")


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions around an identity."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.get_parameter("bias"))
        self.second.weight.data *= 0.3

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.leaky_relu(self.first(x), 0.2))


class Decoder(nn.Module):
    """Paints pictures ``[N, 3, H, W]`` in 0..1 from hypercolumns ``[N, 168, H/4, W/4]``."""

    center: Tensor
    spread: Tensor

    def __init__(self, config: DecoderConfig = DecoderConfig()):
        super().__init__()
        self.config = config
        quarter, half = config.widths
        self.register_buffer("center", torch.zeros(CHANNELS))
        self.register_buffer("spread", torch.ones(CHANNELS))
        # The names of the layers stand in the files of checkpoints and style packs.
        self.enter = nn.Conv2d(CHANNELS, quarter, 3, padding=1)
        self.at_quarter = nn.Sequential(*(ResidualBlock(quarter) for _ in range(config.blocks[0])))
        self.up = nn.Conv2d(quarter, half, 3, padding=1)
        self.at_half = nn.Sequential(*(ResidualBlock(half) for _ in range(config.blocks[1])))
        self.leave = nn.Conv2d(half, 12, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        x = (features - self.center[:, None, None]) / self.spread[:, None, None]
        x = F.leaky_relu(self.enter(x), 0.2)
        x = self.at_quarter(x)
        x = F.leaky_relu(self.up(F.interpolate(x, scale_factor=2, mode="nearest")), 0.2)
        x = self.at_half(x)
        return torch.sigmoid(F.pixel_shuffle(self.leave(x), 2))


def remove_weave(painting: Tensor) -> Tensor:
    """A painting ``[N, 3, H, W]``, sides multiples of 4 px, without the faint grid that the decoder's cells leave.

    It gives a machine away. What 17 × 17 cells have in common at the same pixel of each is no stroke; it is taken from
    the luma of all of them.
    """
    light = luma(painting)
    fine = F.pixel_unshuffle((light - _mean(light, WEAVE_FINE)).clamp(-WEAVE_LIMIT, WEAVE_LIMIT), CELL)
    pattern = _mean(fine, WEAVE_CELLS)
    return painting - F.pixel_shuffle(pattern - pattern.mean(1, keepdim=True), CELL)


def _mean(x: Tensor, side: int) -> Tensor:
    """Of a square around each place; one direction after the other, which takes a fraction of the time."""
    half = side // 2
    x = F.avg_pool2d(x, (side, 1), 1, (half, 0), count_include_pad=False)
    return F.avg_pool2d(x, (1, side), 1, (0, half), count_include_pad=False)


class Discriminator(nn.Module):
    """Patch discriminator with leaky ReLU and spectral norm (Miyato et al. 2018), conditioned on the style.

    The style is named by the standardised mean and deviation of its memory, ``[N, 336]``.
    """

    def __init__(self, widths: tuple[int, ...] = (32, 64, 128, 128)):
        super().__init__()
        steps = zip((3, *widths), widths, (2, 2, 2, 1))
        self.convs = nn.ModuleList(spectral_norm(nn.Conv2d(a, b, 4, stride=s, padding=1)) for a, b, s in steps)
        self.score = spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))
        self.embed = spectral_norm(nn.Linear(2 * CHANNELS, widths[-1]))

    def forward(self, images: Tensor, style: Tensor) -> Tensor:
        """Images ``[N, 3, H, W]`` in 0..1, style ``[N, 336]`` → logits of patches, ``[N, 1, h, w]``."""
        x = 2 * images - 1
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.2)
        return self.score(x) + (x * self.embed(style)[:, :, None, None]).sum(1, keepdim=True) / x.shape[1] ** 0.5
