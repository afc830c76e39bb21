"""How good is a painting? Four measures that rank as the eye does, lower is better.

* near: is each bit of the painting one that the painter could have painted? (Kolkin et al. 2022)
* cover: the same the other way round: is all that the style has used? High: one texture everywhere.
* patch: distance of the distributions of small patches of pixels (Elnekave & Weiss 2022); knows nothing of the lens.
* layout: is the scene of the photo still there? (Kolkin et al. 2019)

All take pictures ``[1, 3, H, W]`` in 0..1 and give the same number each time. A generator that is trained through the
lens pleases it where it errs: compare generators through VGG-19, and one generator's settings through the lens.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan.models.features import CELL, layout_difference
from stylegan.training import losses

SCALES = (1, 2, 4)
LAYOUT_SCALES = (2, 4)
BITS = 3000  # of each picture and scale
PLACES = 700  # whose similarities are compared
PATCH = 7  # px
DIRECTIONS = 128  # that patches are projected on
RANKS = 1024  # at which the projections are compared


@torch.no_grad()
def near_and_cover(network: nn.Module, painting: Tensor, style: Tensor) -> tuple[float, float]:
    """Mean cosine distance of the painting's bits to the nearest of the style, and of the style's to the painting's.

    network: a lens or VGG-19, see ``stylegan.models.perceptual``.
    """
    rng = torch.Generator().manual_seed(5)
    near = cover = 0.0
    for scale in SCALES:
        painted, known = (bits(network, picture, scale) for picture in (painting, style))
        mean, spread = known.mean(0), known.std(0) + 1e-4
        painted, known = ((_some(bits, BITS, rng) - mean) / spread for bits in (painted, known))
        near += losses.nearest_loss(painted.T, known).item() / len(SCALES)
        cover += losses.nearest_loss(known.T, painted).item() / len(SCALES)
    return near, cover


@torch.no_grad()
def patch(painting: Tensor, style: Tensor) -> float:
    """Sliced Wasserstein distance of patches of 7 × 7 px at three scales, times 10."""
    rng = torch.Generator().manual_seed(3)
    total = 0.0
    for scale in SCALES:
        directions = torch.randn(DIRECTIONS, 3, PATCH, PATCH, generator=rng)
        blind = (torch.rand(DIRECTIONS, 1, 1, 1, generator=rng) < 0.5).float()  # half of them: to mean brightness
        directions = directions - blind * directions.mean((1, 2, 3), keepdim=True)
        directions = directions / directions.flatten(1).norm(dim=1)[:, None, None, None]
        a, b = (_ranks(F.conv2d(_smaller(picture, scale), directions)) for picture in (painting, style))
        total += (a - b).abs().mean().item()
    return 10 * total / len(SCALES)


@torch.no_grad()
def layout(network: nn.Module, painting: Tensor, photo: Tensor) -> float:
    """Mean difference of the self-similarities of painting and photo, of one size: 0 (the same) to 2."""
    rng = torch.Generator().manual_seed(7)
    total = 0.0
    for scale in LAYOUT_SCALES:
        painted, original = (bits(network, picture, scale) for picture in (painting, photo))
        chosen = torch.randperm(len(painted), generator=rng)[:PLACES]
        total += layout_difference(painted[chosen].T, original[chosen].T).item() / len(LAYOUT_SCALES)
    return total


def bits(network: nn.Module, picture: Tensor, scale: int) -> Tensor:
    """What the network sees in each cell of 4 × 4 px, each layer of unit length: ``[K, C]``."""
    shallow, middle, deep = network(_smaller(picture, scale))
    layers = F.avg_pool2d(shallow, CELL), F.avg_pool2d(middle, CELL // 2), deep
    return torch.cat([F.normalize(layer, dim=1) for layer in layers], 1)[0].flatten(1).T


def _smaller(picture: Tensor, scale: int) -> Tensor:
    return F.avg_pool2d(picture, scale) if scale > 1 else picture


def _some(rows: Tensor, count: int, rng: torch.Generator) -> Tensor:
    return rows[torch.randperm(len(rows), generator=rng)[:count]]


def _ranks(projected: Tensor) -> Tensor:
    """Values at evenly spaced ranks of each projection, ``[1, D, h, w]`` → ``[D, 1024]``."""
    ordered = projected[0].flatten(1).sort(1)[0]
    places = (torch.arange(RANKS) + 0.5) / RANKS * ordered.shape[1]
    return ordered[:, places.long()]
