"""Colour and contrast of a photo brought to those of a style, before it is matched."""

import torch
import torch.nn.functional as F
from torch import Tensor

QUANTILES = 64
OCTAVES = 4
RIDGE = 1e-4  # added to colour covariances: a grey picture has none in two directions
WINDOW = 9  # px, in which local contrast is measured
GAIN_RANGE = (0.25, 2.5)  # of local contrast
_SAMPLES = 65_536  # that quantiles are read from


def luma(images: Tensor) -> Tensor:
    """Rec. 601 luma, ``[N, 3, H, W]`` → ``[N, 1, H, W]``."""
    weights = images.new_tensor([0.299, 0.587, 0.114])[:, None, None]
    return (images * weights).sum(1, keepdim=True)


def quantiles(values: Tensor) -> Tensor:
    """64 quantiles of values ``[K]``, rising."""
    ordered = values[:: max(1, len(values) // _SAMPLES)].sort()[0]
    places = (torch.arange(QUANTILES, device=values.device) + 0.5) / QUANTILES * len(ordered)
    return ordered[places.long()]


def by_rank(values: Tensor, goal: Tensor) -> Tensor:
    """Values of any shape replaced by those of the same rank in a distribution, given as quantiles ``[64]``.

    Many equal values take the lowest rank of their run: what is flat in the photo is not to be given contrast.
    """
    own = quantiles(values.flatten())
    return _between_quantiles(values, own, goal, torch.searchsorted(own, values.flatten().contiguous()))


def middle_ranks(values: Tensor, own: Tensor, goal: Tensor) -> Tensor:
    """Values ``[K]`` of a distribution with the quantiles own ``[64]`` → those of the same rank in goal ``[64]``.

    As ``by_rank``, but many equal values take the middle rank of their run: a white ground stays light.
    """
    low, high = (torch.searchsorted(own, values, right=right) for right in (False, True))
    middle = goal[((low + high) // 2).clamp(max=QUANTILES - 1)]
    return torch.where(high > low, middle, _between_quantiles(values, own, goal, low))


def _between_quantiles(values: Tensor, own: Tensor, goal: Tensor, place: Tensor) -> Tensor:
    """Linear between the quantiles that stand before and after each value."""
    place = place.clamp(1, QUANTILES - 1)
    low, high = own[place - 1], own[place]
    part = ((values.flatten() - low) / (high - low).clamp_min(1e-6)).clamp(0, 1)
    return torch.lerp(goal[place - 1], goal[place], part).view(values.shape)


def color_statistics(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Mean ``[3]`` and covariance ``[3, 3]`` of pixels ``[3, K]``."""
    mean = pixels.mean(1)
    centered = pixels - mean[:, None]
    return mean, centered @ centered.T / pixels.shape[1]


def recolor(photo: Tensor, mean: Tensor, covariance: Tensor) -> Tensor:
    """A photo ``[1, 3, H, W]`` in the colours of a style: the linear Monge–Kantorovich map (Pitié & Kokaram 2007).

    One thing in the photo keeps one colour, which matching alone does not see to.
    """
    pixels = photo[0].flatten(1)
    own_mean, own = color_statistics(pixels)
    ridge = RIDGE * torch.eye(3, device=photo.device)
    root = square_root(own + ridge)
    inverse = torch.linalg.inv(root)
    transport = inverse @ square_root(root @ (covariance + ridge) @ root) @ inverse
    return (transport @ (pixels - own_mean[:, None]) + mean[:, None]).view(photo.shape).clamp(0, 1)


def square_root(matrix: Tensor) -> Tensor:
    """Of a symmetric matrix without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp_min(0).sqrt()) @ vectors.T


def contrast_quantiles(image: Tensor) -> Tensor:
    """Quantiles of local contrast of a picture ``[1, 3, H, W]`` in four octaves, ``[4, 64]``."""
    return torch.stack([quantiles(_local_contrast(band).flatten()) for band in octaves(image, OCTAVES)[0]])


def remap_contrast(photo: Tensor, goal: Tensor, floor: Tensor | None = None) -> Tensor:
    """A photo ``[1, 3, H, W]`` with the local contrasts of a style, rank by rank in each octave.

    Where the style is flat in half of its area, the flatter half of the photo becomes flat; its strongest edges become
    as strong as the style's own.

    goal: quantiles ``[4, 64]``. floor: ``[1, 1, H, W]`` in 0..1, places (faces) whose contrast is not to fall under the
    style's third quartile.
    """
    bands, image = octaves(photo, OCTAVES)
    for band, quantile in zip(reversed(bands), goal.flip(0)):
        contrast = _local_contrast(band)
        target = by_rank(contrast, quantile)
        if floor is not None:
            least = F.adaptive_avg_pool2d(floor, (contrast.shape[2], contrast.shape[3])) * quantile[3 * QUANTILES // 4]
            target = torch.maximum(target, least)
        gain = (target / (contrast + 1e-4)).clamp(*GAIN_RANGE)
        image = enlarged(image, band) + band * enlarged(gain, band)
    return image.clamp(0, 1)


def octaves(image: Tensor, count: int) -> tuple[list[Tensor], Tensor]:
    """Laplacian bands of an image from fine to coarse, and what remains."""
    bands = []
    for _ in range(count):
        half = F.avg_pool2d(image, 2)
        bands.append(image - enlarged(half, image))
        image = half
    return bands, image


def enlarged(image: Tensor, like: Tensor) -> Tensor:
    """An image at the size of another one, bilinear."""
    return F.interpolate(image, size=like.shape[2:], mode="bilinear", align_corners=False)


def _local_contrast(band: Tensor) -> Tensor:
    """Root mean square of a band in windows that overlap by half, ``[1, 1, H/4, W/4]``."""
    energy = band.square().mean(1, keepdim=True)
    return F.avg_pool2d(energy, WINDOW, WINDOW // 2, WINDOW // 2, count_include_pad=False).sqrt()
