"""Training batches, drawn as a pure function of seed and step."""

import random
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylegan.models.color import recolor
from stylegan.training.augment import AUGMENT_PARAMS
from stylegan.training.config import TrainConfig
from stylegan.training.data import ImageTensors
from stylegan.training.style_dataset import StyleDataset

PAINTING_ZOOM = (0.8, 1.5)  # how much a crop of a painting is enlarged before it is rebuilt
PHOTO_ZOOM = (1.0, 1.8)


@dataclass(frozen=True)
class Batch:
    """N crops to rebuild and N photos to paint, on the training device. All images ``[N, 3, S, S]`` in 0..1."""

    level: int  # 0, 1 or 2: full, half or quarter size
    rebuilt: Tensor  # crops of paintings and photos
    photos: Tensor  # to be painted; most have the style's colours
    real: Tensor  # crops of the styles that the photos are painted in
    styles: list[int]  # number of each photo's style
    seeds: list[int]  # for what is drawn of each style's memory
    fidelity: Tensor  # [N, 1, 1, 1]: how much of the photo joins the canvas
    augment_params: Tensor  # [N, 7] in 0..1: how to augment what the discriminator sees
    mix: Tensor  # [N, 1, 1, 1] in 0..1: where between real and painted the gradient penalty is taken


class BatchSampler:
    """Draws batches from photos and styles.

    A sample depends on seed, step and its number in the batch alone: a resumed training sees what an unbroken one
    would have seen, and N processes train as one with all samples.
    """

    def __init__(self, photos: ImageTensors, styles: StyleDataset, config: TrainConfig):
        self.photos, self.styles, self.config = photos, styles, config

    def draw(self, step: int, part: int = 0, parts: int = 1) -> Batch:
        """The batch of a step, or one of several equal parts of it."""
        level = random.Random(f"{self.config.seed} {step}").choices(range(3), self.config.level_shares)[0]
        count = self.config.batch // 2
        numbers = range(part * count // parts, (part + 1) * count // parts)
        samples = [self._sample(step, number, level) for number in numbers]
        lists = {name: [sample[name] for sample in samples] for name in samples[0]}
        styles, seeds = lists.pop("styles"), lists.pop("seeds")
        tensors: dict[str, Any] = {name: torch.cat(parts) for name, parts in lists.items()}
        return Batch(level=level, styles=styles, seeds=seeds, **tensors)

    def _sample(self, step: int, number: int, level: int) -> dict[str, Any]:
        rng = random.Random(f"{self.config.seed} {step} {number}")
        device = self.photos.images[0].device
        style = rng.randrange(len(self.styles))
        photo = self._crop(self.photos, rng.randrange(len(self.photos)), level, PHOTO_ZOOM, rng)
        if rng.random() < self.config.recolored_share:
            memory = self.styles.styles[style].memory
            photo = recolor(photo, memory.color_mean, memory.color_covariance)
        picture = rng.choice(self.styles.styles[style].pictures)
        randoms = torch.tensor([rng.random() for _ in range(AUGMENT_PARAMS + 2)], device=device)
        low, high = self.config.fidelity
        return {
            "rebuilt": self._to_rebuild(number, level, rng),
            "photos": photo,
            "real": self._crop(self.styles.images, picture, level, (1.0, 1.0), rng),
            "styles": style,
            "seeds": rng.getrandbits(40),
            "fidelity": (low + (high - low) * randoms[0]).view(1, 1, 1, 1),
            "augment_params": randoms[None, 2:],
            "mix": randoms[1].view(1, 1, 1, 1),
        }

    def _to_rebuild(self, number: int, level: int, rng: random.Random) -> Tensor:
        """A crop of a photo for ``photo_share`` of the numbers, else one of a painting."""
        share = self.config.photo_share
        if int((number + 1) * share) > int(number * share):
            return self._crop(self.photos, rng.randrange(len(self.photos)), level, PHOTO_ZOOM, rng)
        return self._crop(self.styles.images, rng.randrange(len(self.styles.images)), level, PAINTING_ZOOM, rng)

    def _crop(
        self, images: ImageTensors, index: int, level: int, zoom: tuple[float, float], rng: random.Random
    ) -> Tensor:
        """A crop ``[1, 3, S, S]`` at the scale of a level."""
        factor = rng.uniform(*zoom) / 2**level
        return images.crops(self.config.size(level), rng, [index], (factor, factor))
