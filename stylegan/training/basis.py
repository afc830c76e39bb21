"""The principal coordinates in which places are compared, and the scale at which the decoder sees features."""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from stylegan.formats.safe_write import write_atomically
from stylegan.models.features import CHANNELS
from stylegan.models.generator import REDUCED, Generator
from stylegan.models.perceptual import read_metadata
from stylegan.models.style_memory import KEY_DIM, SPREAD_FLOOR, standardize

FINE_LEVELS = 3  # 1, 1/2, 1/4: what the decoder is trained on
NEIGHBORHOOD_EVERY = 5  # pictures: neighbourhoods are many, and alike
PLACES = 1000  # of each level of a picture
NEIGHBOR_WEIGHTS = (0.4, 0.6, 0.4, 0.6, 1.0, 0.6, 0.4, 0.6, 0.4)  # a place counts more than what surrounds it


@torch.no_grad()
def fit_basis(generator: Generator, pictures: list[Tensor], seed: int = 0) -> None:
    """Set ``reduce``, ``gather`` and the decoder's ``center`` and ``spread`` from paintings.

    ``reduce`` holds the leading eigenvectors of the covariance of hypercolumns that are standardised picture by picture
    and level by level; ``gather`` those of 3×3 neighbourhoods of what it gives.

    pictures: uint8 ``[3, H, W]``, 512 px on the short side.
    """
    device = generator.reduce.device
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
    generator.reduce.copy_(_leading(covariance, REDUCED)[:, :, None, None])
    _fit_neighborhoods(generator, pictures[::NEIGHBORHOOD_EVERY], seed)


def _fit_neighborhoods(generator: Generator, pictures: list[Tensor], seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    weights = generator.reduce.new_tensor(NEIGHBOR_WEIGHTS)
    covariance = torch.zeros(9 * REDUCED, 9 * REDUCED, device=weights.device)
    for picture in pictures:
        for columns in _columns(generator, picture)[:FINE_LEVELS]:
            reduced = F.conv2d(_standardized(columns), generator.reduce)
            around = F.unfold(reduced, 3)[0].view(REDUCED, 9, -1) * weights[:, None]
            chosen = torch.randint(around.shape[2], (PLACES,), generator=rng).to(around.device)
            around = around.flatten(0, 1)[:, chosen]
            covariance += around @ around.T
    directions = _leading(covariance, KEY_DIM).view(KEY_DIM, REDUCED, 9) * weights
    generator.gather.copy_(directions.view(KEY_DIM, REDUCED, 3, 3))


def _columns(generator: Generator, picture: Tensor) -> list[Tensor]:
    """Hypercolumns of a picture at every level."""
    return generator.columns_of_levels(picture[None].to(generator.reduce.device).float() / 255)


def _standardized(columns: Tensor) -> Tensor:
    return standardize(columns, columns.mean((0, 2, 3)), columns.std((0, 2, 3), correction=0) + SPREAD_FLOOR)


def _leading(covariance: Tensor, count: int) -> Tensor:
    """The eigenvectors of the largest eigenvalues, ``[count, N]``."""
    return torch.linalg.eigh(covariance)[1].flip(1)[:, :count].T.contiguous()


def save_basis(path: Path, generator: Generator, made_from: str) -> None:
    """Save what ``fit_basis`` found. made_from: identifies the pictures that it was fitted to."""
    write_atomically(path, _parts(generator), {"made_from": made_from})


def load_basis(path: Path, generator: Generator, made_from: str) -> bool:
    """Load a generator's basis; False where the file is missing or was fitted to other pictures."""
    if not path.is_file() or read_metadata(path).get("made_from") != made_from:
        return False
    found = load_file(path)
    for name, tensor in _parts(generator).items():
        tensor.copy_(found[name])
    return True


def _parts(generator: Generator) -> dict[str, Tensor]:
    decoder = generator.decoder
    return {
        "reduce": generator.reduce,
        "gather": generator.gather,
        "center": decoder.center,
        "spread": decoder.spread,
    }
