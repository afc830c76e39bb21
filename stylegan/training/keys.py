"""What places of pictures are compared by: principal coordinates of hypercolumns, and a network that finds them fast.

First the leading directions of standardised hypercolumns and of 3×3 neighbourhoods are fitted to paintings, then the
key encoder is trained to see the same in pictures as the lens does.
"""

import logging
import math
import random
from copy import deepcopy
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from stylegan.formats.safe_write import write_atomically
from stylegan.models.features import CHANNELS
from stylegan.models.generator import Generator, cut, double, levels_of
from stylegan.models.key_encoder import COORDINATES, KEY_DIM, KeyEncoder
from stylegan.models.perceptual import read_metadata
from stylegan.models.precision import autocast
from stylegan.models.style_memory import SPREAD_FLOOR, standardize
from stylegan.training.data import ImageTensors, varied_crops

FINE_LEVELS = 3  # 1, 1/2, 1/4: what the decoder is trained on
NEIGHBORHOOD_EVERY = 5  # pictures: neighbourhoods are many, and alike
PLACES = 1000  # of each level of a picture
NEIGHBOR_WEIGHTS = (0.4, 0.6, 0.4, 0.6, 1.0, 0.6, 0.4, 0.6, 0.4)  # a place counts more than what surrounds it
CROP, BATCH, CANVASES = 128, 8, 3  # px, crops per step, and how many of them are as they come while painting
PEAK_RATE, WARMUP = 2e-3, 0.01  # and the part of all steps until it is reached
RELATIVE, ANGLE = 0.3, 3.0  # weights beside the error: of the error over its spread, and of the angle between keys

log = logging.getLogger(__name__)


@torch.no_grad()
def fit_keys(generator: Generator, paintings: ImageTensors, photos: ImageTensors, steps: int, seed: int = 0) -> None:
    """Set the key encoder, and the decoder's ``center`` and ``spread``, from pictures.

    paintings, photos: 512 and 288 px on the short side. steps: of the key encoder's training.
    """
    directions = _fit_scales(generator, paintings.images)
    _fit_neighborhoods(generator, paintings.images[::NEIGHBORHOOD_EVERY], directions, seed)
    pictures = ImageTensors([*photos.images, *paintings.images], generator.device)
    _train_encoder(generator, pictures, directions, steps, seed)


def _fit_scales(generator: Generator, pictures: list[Tensor]) -> Tensor:
    """Set the decoder's ``center`` and ``spread``, and return the directions of the coordinates ``[64, 168, 1, 1]``.

    They are the leading eigenvectors of the covariance of hypercolumns that are standardised picture by picture and
    level by level.
    """
    device = generator.device
    covariance = torch.zeros(CHANNELS, CHANNELS, device=device)
    total, squares = torch.zeros(2, CHANNELS, device=device)
    for picture in pictures:
        for level, columns in enumerate(_columns(generator, picture)):
            flat = columns[0].flatten(1)
            places = _standardized(columns)[0].flatten(1)
            covariance += places @ places.T / places.shape[1]
            if level < FINE_LEVELS:
                total += flat.mean(1)
                squares += flat.square().mean(1)
    count = FINE_LEVELS * len(pictures)
    generator.decoder.center.copy_(total / count)
    spread = (squares / count - (total / count).square()).clamp_min(0).sqrt()
    generator.decoder.spread.copy_(spread.clamp_min(SPREAD_FLOOR))
    return _leading(covariance, COORDINATES)[:, :, None, None]


def _fit_neighborhoods(generator: Generator, pictures: list[Tensor], directions: Tensor, seed: int) -> None:
    """Set ``gather``: the leading directions of 3×3 neighbourhoods of coordinates.

    Painting standardises coordinates one by one; ``gather`` brings back how much each of them usually varies.
    """
    rng = torch.Generator().manual_seed(seed)
    weights = directions.new_tensor(NEIGHBOR_WEIGHTS)
    covariance = torch.zeros(9 * COORDINATES, 9 * COORDINATES, device=weights.device)
    variances = []
    for picture in pictures:
        for columns in _columns(generator, picture)[:FINE_LEVELS]:
            variances.append(coordinates_of(columns, generator, directions).var((0, 2, 3), correction=0))
            around = F.unfold(F.conv2d(_standardized(columns), directions), 3)[0]
            around = around.view(COORDINATES, 9, -1) * weights[:, None]
            chosen = torch.randint(around.shape[2], (PLACES,), generator=rng).to(around.device)
            around = around.flatten(0, 1)[:, chosen]
            covariance += around @ around.T
    gather = (_leading(covariance, KEY_DIM).view(KEY_DIM, COORDINATES, 9) * weights).view(KEY_DIM, COORDINATES, 3, 3)
    usual = torch.stack(variances).mean(0).sqrt()
    generator.key_encoder.gather.copy_(gather * usual[:, None, None])


def coordinates_of(columns: Tensor, generator: Generator, directions: Tensor) -> Tensor:
    """What the key encoder learns to see: hypercolumns ``[N, 168, h, w]`` → ``[N, 64, h, w]``."""
    return F.conv2d(standardize(columns, generator.decoder.center, generator.decoder.spread), directions)


def _train_encoder(generator: Generator, pictures: ImageTensors, directions: Tensor, steps: int, seed: int) -> None:
    """Adam on varied crops, with a warm-up, a cosine decay and averaged weights."""
    encoder = generator.key_encoder
    learner = deepcopy(encoder).requires_grad_(True)
    optimizer = torch.optim.Adam(learner.parameters(), lr=PEAK_RATE, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1, (step + 1) / (WARMUP * steps)) * max(0.01, (1 + math.cos(math.pi * step / steps)) / 2),
    )
    rng = random.Random(seed)
    for step in range(steps):
        images = _with_canvases(generator, varied_crops(pictures, CROP, BATCH, rng))
        with autocast(images.device, "auto"):
            columns = generator.columns(images).float()
        goal = coordinates_of(columns, generator, directions)
        with torch.enable_grad():
            with autocast(images.device, "auto"):
                seen = learner(images)
            loss = _encoder_loss(learner, seen.float(), goal)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        for average, value in zip(encoder.parameters(), learner.parameters()):
            average.lerp_(value, 1 - min(0.999, (step + 1) / (step + 10)))
        if step % 200 == 0:
            log.info("key encoder: step %d of %d, loss %.4f", step, steps, loss.item())


def _with_canvases(generator: Generator, images: Tensor) -> Tensor:
    """The first images become what a canvas is while painting: the painting of a coarser scale, enlarged, with the
    image's finest band."""
    images = images.contiguous(memory_format=torch.channels_last)
    half = F.avg_pool2d(images[:CANVASES], 2)
    with autocast(images.device, "auto"):
        columns = generator.columns(half)
        painted = generator.decoder(torch.lerp(columns, columns.roll(1, 0), 0.5)).float()
    canvases = (double(painted) + images[:CANVASES] - double(half)).clamp(0, 1)
    return torch.cat([canvases, images[CANVASES:]]).contiguous(memory_format=torch.channels_last)


def _encoder_loss(encoder: KeyEncoder, seen: Tensor, goal: Tensor) -> Tensor:
    error = (seen - goal).square()
    relative = error / (goal.var((0, 2, 3), keepdim=True) + 0.05)
    mean, spread = goal.mean((0, 2, 3)), goal.std((0, 2, 3)) + SPREAD_FLOOR
    seen_keys, goal_keys = (encoder.keys(standardize(x, mean, spread)) for x in (seen, goal))
    angle = 1 - (seen_keys * goal_keys).sum(1)
    return error.mean() + RELATIVE * relative.mean() + ANGLE * angle.mean()


def _columns(generator: Generator, picture: Tensor) -> list[Tensor]:
    """Hypercolumns of a picture at every level."""
    image = picture[None].to(generator.device).float() / 255
    return [generator.columns(at_level) for at_level in levels_of(cut(image))]


def _standardized(columns: Tensor) -> Tensor:
    return standardize(columns, columns.mean((0, 2, 3)), columns.std((0, 2, 3), correction=0) + SPREAD_FLOOR)


def _leading(covariance: Tensor, count: int) -> Tensor:
    """The eigenvectors of the largest eigenvalues, ``[count, N]``."""
    return torch.linalg.eigh(covariance)[1].flip(1)[:, :count].T.contiguous()


def save_keys(path: Path, generator: Generator, made_from: str) -> None:
    """Save what ``fit_keys`` found. made_from: identifies the pictures that it was fitted to."""
    write_atomically(path, _parts(generator), {"made_from": made_from})


def load_keys(path: Path, generator: Generator, made_from: str) -> bool:
    """Load what was fitted; False where the file is missing or was fitted to other pictures."""
    if not path.is_file() or read_metadata(path).get("made_from") != made_from:
        return False
    found = load_file(path)
    for name, tensor in _parts(generator).items():
        tensor.copy_(found[name])
    return True


def _parts(generator: Generator) -> dict[str, Tensor]:
    """All that ``fit_keys`` sets, by name; the tensors themselves."""
    encoder = {f"key_encoder.{name}": tensor for name, tensor in generator.key_encoder.state_dict().items()}
    return encoder | {"center": generator.decoder.center, "spread": generator.decoder.spread}
