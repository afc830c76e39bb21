"""The measures that a generator is easily trained to please: statistics of features and colours, content, SSIM.

A Gram distance alone ranks noise above a painting; they stand in a report beside ``stylegan.evaluation.distances``, for
papers quote them. All take pictures ``[1, 3, H, W]`` in 0..1.
"""

import torch
import torch.nn.functional as F
from skimage.color import rgb2lab
from torch import Tensor, nn

from stylegan.models.perceptual import pyramid
from stylegan.training.losses import Features, content_perceptual, content_ssim, style_statistics

COLOR_DIRECTIONS = 48  # that colours are projected on
COLOR_RANKS = 512  # at which the projections are compared


@torch.no_grad()
def gram_and_moments(network: nn.Module, painting: Tensor, style: Tensor) -> tuple[float, float]:
    """Relative squared distances to the style's statistics, 0 (the same) and up, at three scales of three layers.

    Of Gram matrices (Gatys et al. 2016), and of means and standard deviations of channels (Huang & Belongie 2017).

    network: a lens or VGG-19, see ``stylegan.models.perceptual``.
    """
    painted, known = pyramid(network, painting), pyramid(network, style)
    return _relative("gram", painted, known), _relative("moments", painted, known)


@torch.no_grad()
def content(network: nn.Module, painting: Tensor, photo: Tensor) -> float:
    """Squared distance of the deepest features without their colour and contrast, 0 (the same) to 2 (unrelated)."""
    return content_perceptual(network(painting)[2], network(photo)[2]).item()


@torch.no_grad()
def ssim(painting: Tensor, photo: Tensor) -> float:
    """Structural similarity of luma, −1 to 1 (the same); higher is better (Wang et al. 2004)."""
    return 1 - content_ssim(painting, photo).item()


def color(painting: Tensor, style: Tensor) -> float:
    """Sliced Wasserstein distance of the colours in CIE Lab units: 0 (the same) and up; 2 is just seen."""
    rng = torch.Generator().manual_seed(1)
    directions = F.normalize(torch.randn(COLOR_DIRECTIONS, 3, generator=rng), dim=1)
    a, b = (_ranks(directions @ _lab(picture)) for picture in (painting, style))
    return (a - b).abs().mean().item()


def _relative(name: str, painted: Features, known: Features) -> float:
    """Mean over scales and layers; unlike the loss it is divided by the style's energy alone, as papers do."""
    a, b = ([s for layers in style_statistics(name, features) for s in layers] for features in (painted, known))
    return sum(((p - t).pow(2).sum() / t.pow(2).sum()).item() for p, t in zip(a, b)) / len(a)


def _lab(picture: Tensor) -> Tensor:
    """The colours of all pixels, ``[3, H·W]``."""
    return torch.from_numpy(rgb2lab(picture[0].permute(1, 2, 0).numpy())).float().flatten(0, 1).T


def _ranks(projected: Tensor) -> Tensor:
    places = (torch.arange(COLOR_RANKS) + 0.5) / COLOR_RANKS * projected.shape[1]
    return projected.sort(1)[0][:, places.long()]
