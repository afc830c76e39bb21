"""Light and drawing: what a viewer needs to know the subject again, put back where matching has lost it.

Matching forgets light and shade, and a style may have nothing like an eye or a window frame. Areas therefore take the
photo's light (*tone*), and the photo's strongest lines come back where the painting lacks them (*drawing*), both in
the style's own range of light.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.color import enlarged, luma, middle_ranks, octaves, quantiles

TONE_CELLS = 48  # on the long side: tone moves the light of areas, never that of strokes
STRONG = 0.8  # of a band's root mean square: where a line of the photo begins to count; it counts in full at twice that
FINEST = 0.6  # how much of the finest octave comes back: it holds grain, too
SHADES = 1024  # of luma: a table of ranks is looked up, not every pixel searched
WINDOW = 5  # px, in which lines are compared
_EPSILON = 1e-5


@dataclass(frozen=True)
class Light:
    """The light of a photo: its luma, and that luma mapped by ranks onto the style's; both ``[1, 1, H, W]``."""

    photo: Tensor
    wanted: Tensor

    def smaller(self, factor: int) -> "Light":
        """The same at a lower resolution."""
        return Light(F.avg_pool2d(self.photo, factor), F.avg_pool2d(self.wanted, factor))


def light_of(photo: Tensor, goal: Tensor) -> Light:
    """photo: ``[1, 3, H, W]`` in 0..1; goal: quantiles ``[64]`` of the style's luma."""
    shades = torch.linspace(0, 1, SHADES, device=photo.device)
    shade = (luma(photo) * (SHADES - 1)).round().long().clamp(0, SHADES - 1)
    own = shades[shade]
    return Light(own, middle_ranks(shades, quantiles(own.flatten()), goal)[shade])


def match_tone(painting: Tensor, light: Light, amount: float) -> Tensor:
    """A painting ``[1, 3, H, W]`` whose areas are light and dark where the photo's are."""
    change = _areas(light.wanted) - _areas(luma(painting))
    height, width = painting.shape[2:]
    return (painting + amount * F.interpolate(change, size=(height, width), mode="bicubic")).clamp(0, 1)


def _areas(x: Tensor) -> Tensor:
    """The means of areas, of any size: a grid of 48 cells on the long side."""
    height, width = x.shape[2:]
    k = min(1, TONE_CELLS / max(height, width))
    return F.adaptive_avg_pool2d(x, (max(2, round(k * height)), max(2, round(k * width))))


def restore_drawing(painting: Tensor, light: Light, count: int, amount: float, faces: Tensor | None) -> Tensor:
    """A painting ``[1, 3, H, W]`` in which the photo's strongest lines are drawn where they had been lost.

    In each octave of the luma, the part of the photo's band that the painting does not have is added where that band is
    strong. What the painting shows already stays as it was painted.

    Args:
        count: how many of the finest octaves are looked at.
        amount: 0..1, of what was lost.
        faces: ``[1, 1, H, W]`` in 0..1; there, weak lines come back as well.
    """
    photo, wanted, own = (octaves(image, count)[0] for image in (light.photo, light.wanted, luma(painting)))
    change = torch.zeros_like(wanted[-1])
    for i in reversed(range(count)):
        line = wanted[i]
        energy, common = _around(line.square()), _around(line * own[i])
        lost = 1 - (common / (energy + _EPSILON)).clamp(0, 1)
        share = amount * _strong(photo[i])
        if i == 0:
            share = FINEST * share
        if faces is not None:
            share = torch.maximum(share, F.adaptive_avg_pool2d(faces, (line.shape[2], line.shape[3])))
        change = enlarged(change, line) + share * lost * line
    return (painting + change).clamp(0, 1)


def _strong(band: Tensor) -> Tensor:
    """0 where a band is weaker than usual, 1 where it is strong."""
    strength = _around(band.square()).sqrt() / (band.square().mean().sqrt() + _EPSILON)
    return (strength / STRONG - 1).clamp(0, 1)


def _around(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, WINDOW, 1, WINDOW // 2)
