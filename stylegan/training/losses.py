"""Loss terms: pure functions of tensors, and the tables by which a configuration names them.

Every style and content loss is a squared distance divided by the size of what it is compared with, so that terms of
different layers and scales can be added up.
"""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan.errors import SettingError

Features = list[tuple[Tensor, ...]]  # by scale, then by layer; see perceptual.pyramid


# Style: statistics of features, and their distance to those of a style image.


def gram_matrix(features: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, C, C]``, the mean over positions of the outer product (Gatys et al. 2016)."""
    n, c, h, w = features.shape
    flat = features.permute(0, 2, 3, 1).reshape(n, h * w, c)  # free of copies for channels_last
    return flat.transpose(1, 2) @ flat / (h * w)


def moments(features: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, 2, C]``: mean and standard deviation of each channel (Huang & Belongie 2017)."""
    mean = features.mean((2, 3))
    variance = (features - mean[:, :, None, None]).square().mean((2, 3))  # torch.var_mean takes five times as long
    return torch.stack([mean, (variance + 1e-6).sqrt()], 1)


STYLE_STATISTICS = {"gram": gram_matrix, "moments": moments}
STYLE_LOSSES = ("nearest", *STYLE_STATISTICS)


def style_statistics(name: str, features: Features) -> list[list[Tensor]]:
    """The statistics named by the configuration, by scale and layer."""
    return [[STYLE_STATISTICS[name](f) for f in layers] for layers in features]


def style_loss(
    painted: list[list[Tensor]], target: list[list[Tensor]], layer_weights: tuple[float, ...] = (1, 1, 1)
) -> Tensor:
    """Relative squared distance of style statistics, the weighted mean over layers and scales, ``[N]``.

    Each distance is divided by the larger of the two energies: by the target's where the painting is close, and never
    by so little that one bright photo in a dark style outweighs all other samples of a batch.
    """
    total = torch.zeros(())
    for painted_layers, target_layers in zip(painted, target):
        for weight, p, t in zip(layer_weights, painted_layers, target_layers):
            energy = torch.maximum(t.pow(2).sum((1, 2)), p.detach().pow(2).sum((1, 2)))
            total = total + weight * (p - t).pow(2).sum((1, 2)) / energy
    return total / (len(target) * sum(layer_weights))


def nearest_loss(painted: Tensor, rows: Tensor) -> Tensor:
    """Mean cosine distance of each place of a painting to the most similar row of a style, 0 to 2.

    Is this a bit that the painter could have painted (Kolkin et al. 2022)? The choice of the row is not differentiated.

    painted: standardised features ``[C, H, W]``; rows: ``[M, C]``, standardised in the same way.
    """
    places, rows = F.normalize(painted.flatten(1).T, dim=1), F.normalize(rows, dim=1)
    with torch.no_grad():
        nearest = (places @ rows.T).argmax(1)
    return (1 - (places * rows[nearest]).sum(1)).mean()


# Content.


def content_mse(painted: Tensor, photo: Tensor) -> Tensor:
    """Mean squared error of pixels, ``[N]``."""
    return (painted - photo).pow(2).mean((1, 2, 3))


def content_ssim(painted: Tensor, photo: Tensor) -> Tensor:
    """1 − SSIM of luma with an 11×11 Gaussian window (Wang et al. 2004), ``[N]``."""
    weights = painted.new_tensor([0.299, 0.587, 0.114])[:, None, None]
    x, y = ((image * weights).sum(1, keepdim=True) for image in (painted, photo))
    position = torch.arange(11, dtype=x.dtype, device=x.device) - 5
    kernel = torch.exp(-position.pow(2) / (2 * 1.5**2))
    kernel = kernel / kernel.sum()

    def blur(image: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(image, kernel.view(1, 1, -1, 1)), kernel.view(1, 1, 1, -1))

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    ssim = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    ssim = ssim / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    return 1 - ssim.mean((1, 2, 3))


def content_perceptual(painted: Tensor, photo: Tensor) -> Tensor:
    """Squared distance of instance-normalised features, 0 (same) to 2 (unrelated), ``[N]``.

    The normalisation takes colour and contrast, which belong to the style, out of the comparison.
    """
    return (F.instance_norm(painted, eps=1e-4) - F.instance_norm(photo, eps=1e-4)).pow(2).mean((1, 2, 3))


PIXEL_CONTENT = {"mse": content_mse, "ssim": content_ssim}
CONTENT_LOSSES = (*PIXEL_CONTENT, "perceptual")


# Adversarial: a loss for the discriminator's logits on real and painted patches, and one for the generator.


def bce_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """−log D(real) − log(1 − D(fake)) (Goodfellow et al. 2014)."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def bce_generator(fake: Tensor) -> Tensor:
    """−log D(fake), the non-saturating form."""
    return F.softplus(-fake).mean()


def lsgan_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Least squares towards 1 and 0 (Mao et al. 2017)."""
    return (real - 1).pow(2).mean() + fake.pow(2).mean()


def lsgan_generator(fake: Tensor) -> Tensor:
    """Least squares towards 1."""
    return (fake - 1).pow(2).mean()


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 − D(real)) + max(0, 1 + D(fake)) (Lim & Ye 2017)."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def wasserstein_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """D(fake) − D(real); needs the gradient penalty beside it (Gulrajani et al. 2017)."""
    return fake.mean() - real.mean()


def negative_mean(fake: Tensor) -> Tensor:
    """−D(fake), the generator's side of both the hinge and the Wasserstein loss."""
    return -fake.mean()


ADVERSARIAL_LOSSES = {
    "bce": (bce_discriminator, bce_generator),
    "lsgan": (lsgan_discriminator, lsgan_generator),
    "hinge": (hinge_discriminator, negative_mean),
    "wasserstein": (wasserstein_discriminator, negative_mean),
}


def gradient_penalty(discriminator: nn.Module, real: Tensor, fake: Tensor, style: Tensor, mix: Tensor) -> Tensor:
    """(‖∇D‖ − 1)² at points between real and painted images (Gulrajani et al. 2017); mix ``[N, 1, 1, 1]`` in 0..1."""
    points = torch.lerp(real, fake, mix).detach().requires_grad_()
    score = discriminator(points, style).mean((1, 2, 3)).sum()
    (gradient,) = torch.autograd.grad(score, points, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).pow(2).mean()


# Measures.


def take_difference(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference of two renderings, ``[N]``: the measured diversity of takes."""
    return (a - b).abs().mean((1, 2, 3))


# The choice of losses that a style is learnt with.

LOSSES = {"content": CONTENT_LOSSES, "style": STYLE_LOSSES, "adversarial": ADVERSARIAL_LOSSES}


@dataclass(frozen=True)
class Objective:
    """Names of losses of each kind.

    Raises:
        SettingError: an unknown name.
    """

    content: str = "perceptual"  # mse | ssim | perceptual
    style: str = "nearest"  # nearest | gram | moments
    adversarial: str = "hinge"  # bce | lsgan | hinge | wasserstein

    def __post_init__(self) -> None:
        for kind, name in asdict(self).items():
            if name not in LOSSES[kind]:
                raise SettingError(f"There is no {kind} loss called {name}. Known: {', '.join(LOSSES[kind])}.")

    def __str__(self) -> str:
        return f"{self.content} + {self.style} + {self.adversarial}"


DEFAULT_OBJECTIVE = Objective()
