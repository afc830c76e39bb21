"""Generator, style encoder and discriminator.

The generator paints a photo x with a style code w and noise z. Three choices deserve their reason here.

* Strength 0 is the identity *by construction*: the output is a mean, in logit space, of the photo and what the network
  paints. So the identity needs no training and no capacity, and a blend of styles is a mean of their codes.
* The photo's brightness, tint and contrast are taken out first, and what remains of it joins the output as a hint. So
  outlines come easily, and no style has to fight the photo's colours.
* Instance normalisation of features stands only at quarter and eighth resolution. Above, scale and shift alone do the
  styling: statistics of large maps cost passes over memory and buy little.
"""

import zlib
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from stylegan.moments import mean_and_variance
from stylegan.perceptual import Lens, pyramid

STRIDE = 8  # the generator works on multiples of this many pixels
NOISE_SCALE = 0.1  # of the learned noise strengths: unscaled they grow until noise drowns the photo
PHOTO_GATE = 0.15  # of the normalised photo in the painting's logits; more than a hint is an overlay, not a painting
LOGIT_MARGIN = 1 / 512  # half a step of 8 bits: black and white survive the logit


@dataclass(frozen=True)
class GeneratorConfig:
    """Architecture of the generator; stored in the checkpoint's metadata."""

    style_dim: int = 128  # length of a style code w
    noise_dim: int = 64  # length of z
    widths: tuple[int, int, int] = (24, 48, 96)  # channels at half, quarter and eighth resolution
    blocks: int = 4  # residual blocks at eighth resolution


class StyledConv(nn.Module):
    """3×3 convolution, optional instance normalisation, then scale, shift and noise strength from the style code."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        style_dim: int,
        stride: int = 1,
        normalize: bool = True,
        noisy: bool = False,
    ):
        super().__init__()
        self.normalize, self.noisy = normalize, noisy
        self.conv = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=not normalize, padding_mode="reflect")
        self.affine = nn.Linear(style_dim, channels_out * (3 if noisy else 2))
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        nn.init.normal_(self.affine.weight, std=0.5 / style_dim**0.5)
        nn.init.zeros_(self.affine.bias)
        self.affine.bias.data[:channels_out] = 1
        self.affine.bias.data[2 * channels_out :] = 0.2

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None = None) -> Tensor:
        """x ``[N, C, H, W]``, w ``[N, style_dim]``, noise ``[N, 1, H', W']`` → ``[N, C', H', W']``, not rectified."""
        x = self.conv(x)
        scale, shift, *strength = self.affine(w)[:, :, None, None].split(x.shape[1], 1)
        if self.normalize:
            mean, variance = mean_and_variance(x)
            scale = scale * torch.rsqrt(variance + 1e-5)
            shift = shift - mean * scale
        x = torch.addcmul(shift, x, scale)
        return torch.addcmul(x, noise, strength[0], value=NOISE_SCALE) if self.noisy else x


class ResidualBlock(nn.Module):
    """Two styled convolutions around an identity."""

    def __init__(self, channels: int, style_dim: int):
        super().__init__()
        self.first = StyledConv(channels, channels, style_dim, noisy=True)
        self.second = StyledConv(channels, channels, style_dim, noisy=True)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        """noise ``[N, 2, H, W]``: one map for each convolution."""
        return x + self.second(F.relu(self.first(x, w, noise[:, :1])), w, noise[:, 1:])


class MappingNetwork(nn.Module):
    """z → an offset of the style code. Without biases, so that z = 0 gives no offset: the canonical rendering."""

    def __init__(self, noise_dim: int, style_dim: int):
        super().__init__()
        self.hidden = nn.Linear(noise_dim, style_dim, bias=False)
        self.output = nn.Linear(style_dim, style_dim, bias=False)
        self.output.weight.data *= 0.5

    def forward(self, z: Tensor) -> Tensor:
        return self.output(F.leaky_relu(self.hidden(z), 0.2))


class Generator(nn.Module):
    """Paints photos ``[N, 3, H, W]`` in 0..1 with style codes ``[N, style_dim]``; any size from 16 px."""

    def __init__(self, config: GeneratorConfig = GeneratorConfig()):
        super().__init__()
        self.config = config
        half, quarter, eighth = config.widths
        dim = config.style_dim
        self.mapping = MappingNetwork(config.noise_dim, dim)
        self.enter = StyledConv(12, half, dim, normalize=False)
        self.down_quarter = StyledConv(half, quarter, dim, stride=2)
        self.down_eighth = StyledConv(quarter, eighth, dim, stride=2)
        self.blocks = nn.ModuleList(ResidualBlock(eighth, dim) for _ in range(config.blocks))
        self.up_quarter = StyledConv(eighth, quarter, dim)
        self.refine = ResidualBlock(quarter, dim)
        self.up_half = StyledConv(quarter, half, dim, normalize=False)
        self.leave = StyledConv(half, 12, dim, normalize=False)
        self.leave.affine.bias.data[:12] = 0.3  # begins near the photo: structure is easier kept than found again

    def hidden_kernels(self) -> list[nn.Parameter]:
        """The weights of the convolutions from hidden features to hidden features: all but the first and the last."""
        convs = [m.conv for m in self.modules() if isinstance(m, StyledConv) and m not in (self.enter, self.leave)]
        return [conv.weight for conv in convs]

    def forward(
        self,
        content: Tensor,
        w: Tensor,
        z: Tensor | None = None,
        noise: tuple[Tensor, Tensor] | None = None,
        strength: float = 1.0,
    ) -> Tensor:
        """The painting, ``[N, 3, H, W]`` in 0..1.

        z: ``[N, noise_dim]``; None is zero, the canonical rendering.
        noise: spatial noise as ``spatial_noise`` makes it; None seeds it from z.
        strength: 0 returns the photo, 1 the full style.
        """
        height, width = content.shape[2:]
        x = _pad_to_stride(content)
        z = content.new_zeros(len(content), self.config.noise_dim) if z is None else z
        coarse, fine = noise or spatial_noise(z, *x.shape[2:], blocks=self.config.blocks)
        w = w + self.mapping(z)

        mean, variance = mean_and_variance(x)
        normal = (x - mean) * torch.rsqrt(variance + 1e-3)
        packed = F.pixel_unshuffle(normal, 2).contiguous(memory_format=torch.channels_last)
        at_half = F.relu(self.enter(packed, w))
        at_quarter = F.relu(self.down_quarter(at_half, w))
        h = F.relu(self.down_eighth(at_quarter, w))
        for i, block in enumerate(self.blocks):
            h = block(h, w, coarse[:, 2 * i : 2 * i + 2])
        h = F.relu(self.up_quarter(_double(h), w)) + at_quarter
        h = self.refine(h, w, fine)
        h = F.relu(self.up_half(_double(h), w)) + at_half
        painted = _smooth(F.pixel_shuffle(self.leave(h, w), 2))
        painted = torch.add(painted, normal, alpha=PHOTO_GATE)
        logits = painted if strength == 1 else torch.lerp(torch.logit(x, eps=LOGIT_MARGIN), painted, strength)
        return torch.sigmoid(logits)[:, :, :height, :width]


def spatial_noise(z: Tensor, height: int, width: int, blocks: int) -> tuple[Tensor, Tensor]:
    """White noise maps for the residual blocks at eighth and at quarter resolution, seeded by each row of z.

    A row gives the same maps whatever else is in the batch.
    """
    shapes = (2 * blocks, height // 8, width // 8), (2, height // 4, width // 4)
    rows = []
    for row in z.detach().float().cpu():
        rng = torch.Generator().manual_seed(zlib.crc32(row.numpy().tobytes()))
        rows.append([torch.randn(shape, generator=rng) for shape in shapes])
    return tuple(torch.stack(maps).to(z.device, z.dtype) for maps in zip(*rows))


class StyleEncoder(nn.Module):
    """Style images → style code. It reads the means and deviations of the lens's features on a pyramid.

    Those are the quantities that the style loss compares, so that a small perceptron on them generalises from a few
    hundred paintings, where a network from pixels would learn them by heart. The frozen lens is part of this module,
    so that a checkpoint is complete.
    """

    def __init__(self, style_dim: int = 128, hidden: int = 256, lens: Lens | None = None):
        super().__init__()
        self.lens = (lens or Lens()).requires_grad_(False)
        size = 2 * 3 * sum(Lens.channels)
        self.register_buffer("center", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))
        self.register_buffer("mean_code", torch.zeros(style_dim))
        self.layers = nn.Sequential(
            nn.Linear(size, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, style_dim),
        )

    @torch.no_grad()
    def standardize(self, statistics: Tensor) -> None:
        """Fit to the paintings of a training, before it begins.

        Codes that shared their mean would all point the same way, and the generator could hardly tell styles apart.
        """
        self.center.copy_(statistics.mean(0))
        self.spread.copy_(statistics.std(0, correction=0) + 1e-3)
        self.mean_code.copy_(self.layers((statistics - self.center) / self.spread).mean(0))

    @torch.no_grad()
    def statistics(self, images: Tensor) -> Tensor:
        """Style images ``[N, 3, H, W]`` → ``[N, 1008]``, the input of the perceptron before standardisation."""
        statistics = []
        for features in pyramid(self.lens, images):
            for f in features:
                mean, variance = mean_and_variance(f.float())
                statistics += [mean.flatten(1), variance.flatten(1).sqrt()]
        return torch.cat(statistics, 1)

    def encode(self, statistics: Tensor) -> Tensor:
        """Statistics ``[N, 1008]`` → codes ``[N, style_dim]`` of unit mean square: their length is the strength."""
        codes = self.layers((statistics - self.center) / self.spread) - self.mean_code
        return codes * torch.rsqrt(codes.pow(2).mean(1, keepdim=True) + 1e-8)

    def forward(self, images: Tensor) -> Tensor:
        """Style images ``[N, 3, H, W]`` in 0..1 → style codes ``[N, style_dim]``."""
        return self.encode(self.statistics(images))


class Discriminator(nn.Module):
    """Multi-scale patch discriminator with leaky ReLU, spectral norm and projection on w (Miyato & Koyama 2018).

    Two scales with receptive fields of 78 and 156 px: large enough to judge strokes and motifs.
    """

    def __init__(self, style_dim: int = 128, widths: tuple[int, ...] = (24, 48, 96, 128)):
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(style_dim, widths) for _ in range(2))

    def forward(self, images: Tensor, w: Tensor) -> list[Tensor]:
        """Images ``[N, 3, H, W]`` and codes ``[N, style_dim]`` → a map of logits ``[N, 1, h, w]`` for each scale."""
        return [judge(images if i == 0 else F.avg_pool2d(images, 2), w) for i, judge in enumerate(self.scales)]


class PatchDiscriminator(nn.Module):
    """One scale of the discriminator."""

    def __init__(self, style_dim: int, widths: tuple[int, ...]):
        super().__init__()
        steps = zip((3, *widths), widths)
        self.convs = nn.ModuleList(spectral_norm(nn.Conv2d(a, b, 4, stride=2, padding=1)) for a, b in steps)
        self.score = spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))
        self.embed = spectral_norm(nn.Linear(style_dim, widths[-1]))

    def forward(self, images: Tensor, w: Tensor) -> Tensor:
        x = 2 * images - 1
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.2)
        return self.score(x) + (x * self.embed(w)[:, :, None, None]).sum(1, keepdim=True)


def _double(x: Tensor) -> Tensor:
    """Nearest upsampling; with the convolution that follows it leaves no checkerboard (Odena et al. 2016)."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _smooth(x: Tensor) -> Tensor:
    """A 2×2 box filter: its zero at the highest frequency takes out the grid that pixel shuffling can leave."""
    x = F.pad(x, (0, 1, 0, 1), mode="replicate")
    x = x[:, :, 1:] + x[:, :, :-1]  # four times as fast as average pooling
    return (x[..., 1:] + x[..., :-1]) / 4


def _pad_to_stride(x: Tensor) -> Tensor:
    """Replicate the border to a multiple of the stride, at least two strides: reflection needs that much."""
    height, width = x.shape[2:]
    bottom = max(2 * STRIDE - height, -height % STRIDE)
    right = max(2 * STRIDE - width, -width % STRIDE)
    return F.pad(x, (0, right, 0, bottom), mode="replicate") if bottom or right else x
