"""Finish: a few steps of optimisation on one painting, which make its strokes crisper (after Kolkin et al. 2022)."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.color import octaves
from stylegan.models.features import layout_difference
from stylegan.models.generator import Generator, double, with_faces
from stylegan.models.precision import autocast
from stylegan.models.style_memory import MemoryLevel, StyleMemory, standardize

STEPS = (18, 18)  # at full and at half size
RATE = 0.007
KEPT = 0.25  # how much of the photo joins the painting when rows are searched: strokes follow what was painted
REMATCH = 5  # steps between searches
SQUARED = 0.2  # weight of the squared distance beside the cosine distance
LAYOUT = 0.25  # weight of the difference in layout between painting and photo
PLACES = 500  # that layout is compared at in each step
OCTAVES = 4


def finish(
    generator: Generator,
    painting: Tensor,
    photo: Tensor,
    guide: Tensor,
    memory: StyleMemory,
    faces: Tensor | None = None,
) -> Iterator[tuple[float, Tensor]]:
    """Yield the part that is done, 0..1, and the painting so far, ``[1, 3, H, W]``, after each step.

    painting, photo, guide: of the same size, multiples of 64 px; the guide is the photo in the style's colours.
    faces: ``[1, 1, H, W]`` in 0..1, places where the photo is kept more closely.
    """
    total = STEPS[0] + STEPS[1] / 4  # a step at half size takes a quarter of the time
    done = 0.0
    for i in (1, 0):
        start, original, goal = (F.avg_pool2d(image, 1 << i) if i else image for image in (painting, photo, guide))
        kept = with_faces(KEPT, faces, goal)
        search = partial(_search, generator, goal, memory.levels[i], kept)
        for image in _polish(generator, start, original, memory.levels[i], search, STEPS[i]):
            done += 1 / 4**i
            change = image - start
            if i:
                change = double(change)
            yield done / total, (painting + change).clamp(0, 1)
        painting = (painting + change).clamp(0, 1)


def _search(generator: Generator, guide: Tensor, level: MemoryLevel, kept: Tensor, image: Tensor) -> Tensor:
    """The standardised rows that an image is to come nearer to, ``[1, 168, h, w]``; no noise: the image is a take."""
    rows = generator.find(torch.lerp(image, guide, kept), level)
    return standardize(level.at(rows), level.mean, level.spread)


def _polish(
    generator: Generator,
    image: Tensor,
    photo: Tensor,
    level: MemoryLevel,
    search: Callable[[Tensor], Tensor],
    steps: int,
) -> Iterator[Tensor]:
    """The image after each step at one scale. The Laplacian pyramid is what is optimised: pixels alone grow noisy."""
    bands, rest = octaves(image, OCTAVES - 1)
    bands = [band.clone().requires_grad_(True) for band in (*bands, rest)]
    optimizer = torch.optim.Adam(bands, lr=RATE, betas=(0.9, 0.99))
    rng = torch.Generator().manual_seed(1)
    scale = generator.decoder.center, generator.decoder.spread
    with autocast(image.device, "auto"):
        original = standardize(generator.columns(photo).float(), *scale)[0].flatten(1)
    for step in range(steps):
        if step % REMATCH == 0:
            goal = search(image)
        places = torch.randperm(original.shape[1], generator=rng)[:PLACES].to(original.device)
        with torch.enable_grad():  # not around a yield: the mode would be the caller's, too
            with autocast(image.device, "auto"):
                columns = generator.columns(_join(bands))
            columns = columns.float()
            seen = standardize(columns, level.mean, level.spread)
            loss = (1 - F.cosine_similarity(seen, goal, dim=1)).mean() + SQUARED * (seen - goal).square().mean()
            painted = standardize(columns, *scale)[0].flatten(1)[:, places]
            loss = loss + LAYOUT * layout_difference(painted, original[:, places])
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
