"""What a trained decoder paints of held-out pairs, and how good it is."""

from dataclasses import dataclass

import torch
from PIL import Image

from stylegan.ablation.bench import HeldOut
from stylegan.evaluation.judge import Judge
from stylegan.evaluation.measures import MEASURES, Measure
from stylegan.images import to_image
from stylegan.models.generator import Generator
from stylegan.training.losses import take_difference

NAMES = ("near", "cover", "patch", "layout", "diversity")
COMPARED: tuple[Measure, ...] = tuple(measure for measure in MEASURES if measure.name in NAMES)


@dataclass(frozen=True)
class Measured:
    """One training's paintings of the held-out pairs, and the means of their measures."""

    paintings: list[Image.Image]
    values: dict[str, float]  # by the names in NAMES


@torch.no_grad()
def measure(generator: Generator, held_out: list[HeldOut], judge: Judge) -> Measured:
    """Paint each pair, twice for the difference of takes."""
    paintings, found = [], []
    for one in held_out:
        photo = one.photo.to(generator.decoder.center.device)
        first, second = (generator(photo, one.memory, seed=seed).cpu() for seed in (0, 1))
        values = judge.distances(first, one.photo, one.style)
        found.append(values | {"diversity": take_difference(first, second).mean().item()})
        paintings.append(to_image(first))
    return Measured(paintings, {name: sum(of[name] for of in found) / len(found) for name in NAMES})
