"""Crops of the photos that a training practises on."""

import random

import torch
from torch import Tensor

from stylegan.data import ImageSet

# Samples of one style. Samples 2 and 3 of each group are two takes of one painting; sample 0 is a canonical rendering.
GROUP = 4
ZOOM = (1.0, 1.8)  # how much a crop is enlarged


class PhotoCrops:
    """Draws crops in groups, the last two of each group alike.

    Cut anew each time, or out of a fixed number of crops: what the losses see in these need not be computed again and
    again, and a short training gets further.
    """

    def __init__(self, images: ImageSet, size: int, seed: int, fixed: int = 0, one_photo: bool = False):
        """size: px. fixed: how many crops there are, in whole groups; 0: no end of them.

        one_photo: the crops of a group come from one photo, else each from another one.
        """
        self.images, self.size, self.seed, self.one_photo = images, size, seed, one_photo
        self.groups = fixed // GROUP
        self._fixed: dict[int, Tensor] = {}  # by number, cut when first asked for

    def draw(self, rng: random.Random, count: int) -> tuple[Tensor, list[int] | None]:
        """Crops ``[count, 3, size, size]`` in 0..1, and their numbers if their number is fixed."""
        groups = range(count // GROUP)
        if self.groups:
            numbers = [number for _ in groups for number in self._numbers(rng)]
            return torch.stack([self._crop(number) for number in numbers]), numbers
        photos = [photo for _ in groups for photo in self._photos(rng)]
        crops = self.images.crops(self.size, rng, photos, ZOOM)
        crops[3::GROUP] = crops[2::GROUP]
        return crops, None

    def _photos(self, rng: random.Random) -> list[int]:
        """The photos of a group."""
        photos = [rng.randrange(len(self.images)) for _ in range(GROUP)]
        return photos[:1] * GROUP if self.one_photo else photos

    def _numbers(self, rng: random.Random) -> list[int]:
        """The fixed crops of a group; those of one photo follow each other."""
        first = GROUP * rng.randrange(self.groups)
        choice = range(first, first + GROUP) if self.one_photo else range(GROUP * self.groups)
        numbers = rng.sample(choice, GROUP - 1)
        return [*numbers, numbers[-1]]

    def _crop(self, number: int) -> Tensor:
        if number not in self._fixed:
            group = random.Random(f"{self.seed} group {number // GROUP}")
            photo, zoom = self._photos(group)[number % GROUP], group.uniform(*ZOOM)
            rng = random.Random(f"{self.seed} crop {number}")
            (self._fixed[number],) = self.images.crops(self.size, rng, [photo], (zoom, zoom))
        return self._fixed[number]
