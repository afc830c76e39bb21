"""Training batches, drawn as a pure function of seed and step."""

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from stylegan.augment import CHANGES
from stylegan.crops import GROUP, PhotoCrops
from stylegan.styleset import StyleSet


@dataclass(frozen=True)
class Batch:
    """N samples on the training device."""

    content: Tensor  # [N, 3, S, S] photos in 0..1
    real: Tensor  # [N, 3, S, S] crops of the paintings whose style is wanted
    statistics: Tensor  # [N, 1008] for the style encoder
    builtin: Tensor  # [N] number of the built-in style, −1 for none
    crops: list[int] | None  # numbers of the photos' crops where their number is fixed
    targets: list[list[Tensor]]  # style statistics by scale and layer
    z: Tensor  # [N, noise_dim]
    noise: tuple[Tensor, Tensor]  # spatial noise
    change: Tensor  # [N, 7] in 0..1: how to augment what the discriminator sees
    mix: Tensor  # [N, 1, 1, 1] in 0..1: where between real and painted the gradient penalty is taken


class Sampler:
    """Draws batches from photos and paintings.

    A batch depends on seed and step alone: a resumed training sees what an unbroken one would have seen. Every process
    draws the whole batch and keeps its part, so that N processes train as one process with all samples.
    """

    def __init__(self, photos: PhotoCrops, styles: StyleSet, batch: int, builtin_share: float, seed: int):
        self.photos, self.styles = photos, styles
        self.batch, self.builtin_share, self.seed = batch, builtin_share, seed

    def draw(self, step: int, noise_dim: int, blocks: int, part: int = 0, parts: int = 1) -> Batch:
        """The batch of a step, or one of several equal parts of it."""
        rng = random.Random(f"{self.seed} {step}")
        generator = torch.Generator().manual_seed(rng.getrandbits(48))
        n, crop = self.batch, self.photos.size
        content, crops = self.photos.draw(rng, n)
        styles = [style for _ in range(n // GROUP) for style in self.styles.draw(rng, self.builtin_share, GROUP)]
        indices = [style.index for style in styles]
        real = self.styles.images.crops(crop, rng, indices)
        z = torch.randn(n, noise_dim, generator=generator)
        z[0::GROUP] = 0
        coarse = torch.randn(n, 2 * blocks, crop // 8, crop // 8, generator=generator)
        fine = torch.randn(n, 2, crop // 4, crop // 4, generator=generator)
        change = torch.rand(n, CHANGES, generator=generator)
        mix = torch.rand(n, 1, 1, 1, generator=generator)

        mine = slice(part * n // parts, (part + 1) * n // parts)
        place = {"device": content.device, "memory_format": torch.channels_last}
        return Batch(
            content=content[mine].to(**place),
            real=real[mine].to(**place),
            statistics=self.styles.statistics[indices[mine]],
            builtin=torch.tensor([style.builtin for style in styles[mine]], device=content.device),
            crops=crops and crops[mine],
            targets=self.styles.target(indices[mine]),
            z=z[mine].to(content.device),
            noise=(coarse[mine].to(content.device), fine[mine].to(content.device)),
            change=change[mine].to(content.device),
            mix=mix[mine].to(content.device),
        )
