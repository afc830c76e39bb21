"""Finish: a few steps of optimisation on one painting, which make its strokes crisper (after Kolkin et al. 2022)."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.color import octaves
from stylegan.models.generator import Generator, double, with_faces
from stylegan.models.precision import autocast
from stylegan.models.style_memory import MemoryLevel, StyleMemory, standardize

STEPS = (12, 14)  # at full and at half size
RATE = 0.01
KEPT = 0.25  # how much of the photo joins the painting when rows are searched: strokes follow what was painted
REMATCH = 5  # steps between searches
SQUARED = 0.2  # weight of the squared distance beside the cosine distance
OCTAVES = 4


def finish(
    generator: Generator, painting: Tensor, guide: Tensor, memory: StyleMemory, seed: int, faces: Tensor | None = None
) -> Iterator[tuple[float, Tensor]]:
    """Yield the part that is done, 0..1, and the painting so far, ``[1, 3, H, W]``, after each step.

    painting, guide: of the same size, multiples of 64 px; the guide is the photo in the style's colours.
    faces: ``[1, 1, H, W]`` in 0..1, places where the photo is kept more closely.
    """
    total = STEPS[0] + STEPS[1] / 4  # a step at half size takes a quarter of the time
    done = 0.0
    for i in (1, 0):
        start = F.avg_pool2d(painting, 1 << i) if i else painting
        goal = F.avg_pool2d(guide, 1 << i) if i else guide
        kept = with_faces(KEPT, faces, goal)
        for image in _polish(generator, start, goal, memory.levels[i], kept, seed, STEPS[i]):
            done += 1 / 4**i
            change = image - start
            if i:
                change = double(change)
            yield done / total, (painting + change).clamp(0, 1)
        painting = (painting + change).clamp(0, 1)


def _polish(
    generator: Generator, image: Tensor, guide: Tensor, level: MemoryLevel, kept: Tensor, seed: int, steps: int
) -> Iterator[Tensor]:
    """The image after each step at one scale. The Laplacian pyramid is what is optimised: pixels alone grow noisy."""
    bands, rest = octaves(image, OCTAVES - 1)
    bands = [band.clone().requires_grad_(True) for band in (*bands, rest)]
    optimizer = torch.optim.Adam(bands, lr=RATE, betas=(0.9, 0.99))
    for step in range(steps):
        if step % REMATCH == 0:
            rows = generator.find(torch.lerp(image, guide, kept), level, seed)
            goal = standardize(level.at(rows), level.mean, level.spread)
        with torch.enable_grad():  # not around a yield: the mode would be the caller's, too
            with autocast(image.device, "auto"):
                columns = generator.columns(_join(bands))
            seen = standardize(columns.float(), level.mean, level.spread)
            loss = (1 - F.cosine_similarity(seen, goal, dim=1)).mean() + SQUARED * (seen - goal).square().mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
        optimizer.step()
        image = _join(bands).detach().clamp(0, 1)
        yield image


def _join(bands: list[Tensor]) -> Tensor:
    image = bands[-1]
    for band in reversed(bands[:-1]):
        image = double(image) + band
    return image
