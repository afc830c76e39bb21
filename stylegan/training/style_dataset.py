"""The styles of a training: their pictures, and the memory of each."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stylegan.models.generator import Generator
from stylegan.models.style_memory import MemoryLevel, StyleMemory
from stylegan.training.data import ImageTensors


@dataclass(frozen=True)
class TrainedStyle:
    """A memory, and the numbers of the pictures that it is of."""

    memory: StyleMemory
    pictures: tuple[int, ...]


class StyleDataset:
    """Styles with their memories; those of many paintings are kept as half floats, 5 MB each at 4,096 rows a level."""

    def __init__(self, images: ImageTensors, styles: Sequence[TrainedStyle]):
        self.images, self.styles = images, list(styles)

    @classmethod
    def of_paintings(cls, images: ImageTensors, generator: Generator, rows: int) -> "StyleDataset":
        """Every picture is a style of its own; rows: at most so many of each level are kept."""
        styles = []
        for number, image in enumerate(images.images):
            memory = generator.remember([image[None].float() / 255], rows)
            styles.append(TrainedStyle(_halved(memory), (number,)))
        return cls(images, styles)

    @classmethod
    def of_one(cls, images: ImageTensors, memory: StyleMemory) -> "StyleDataset":
        """All pictures are of one style."""
        return cls(images, [TrainedStyle(memory, tuple(range(len(images))))])

    def __len__(self) -> int:
        return len(self.styles)

    def memory(self, style: int) -> StyleMemory:
        """The whole memory of a style in full precision."""
        kept = self.styles[style].memory
        return dataclasses.replace(kept, levels=tuple(_full(level) for level in kept.levels))

    def level(self, style: int, level: int, rows: int, seed: int) -> MemoryLevel:
        """One level of a style's memory in full precision, at most so many rows of it, drawn at random."""
        kept = self.styles[style].memory.levels[level]
        if len(kept.rows) <= rows:
            return _full(kept)
        rng = torch.Generator().manual_seed(seed)
        return _full(kept, torch.randint(len(kept.rows), (rows,), generator=rng).to(kept.rows.device))

    def condition(self, style: int, level: int, center: Tensor, spread: Tensor) -> Tensor:
        """What the discriminator is conditioned on: mean and deviation of its features, standardised, ``[336]``."""
        kept = self.styles[style].memory.levels[level]
        return torch.cat([(kept.mean - center) / spread, kept.spread / spread - 1])


def _halved(memory: StyleMemory) -> StyleMemory:
    levels = [dataclasses.replace(v, rows=v.rows.half(), keys=v.keys.half()) for v in memory.levels]
    return dataclasses.replace(memory, levels=tuple(levels))


def _full(level: MemoryLevel, chosen: Tensor | None = None) -> MemoryLevel:
    """A level in full precision, or some rows of it, whose shares add up to 1 again."""
    rows, keys, shares = level.rows, level.keys, level.shares
    if chosen is not None:
        rows, keys, shares = rows[chosen], keys[chosen], shares[chosen]
    return dataclasses.replace(level, rows=rows.float(), keys=keys.float(), shares=shares / shares.sum())
