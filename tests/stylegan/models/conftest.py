"""A small generator with random weights, and pictures: what must hold does so whatever the training."""

import pytest
import torch
from torch import Tensor

from stylegan.models.decoder import DecoderConfig
from stylegan.models.generator import REDUCED, Generator
from stylegan.models.perceptual import load_perceptual
from stylegan.models.style_memory import KEY_DIM, StyleMemory
from tests.support.pictures import picture


def orthogonal(rows: int, columns: int) -> Tensor:
    return torch.linalg.qr(torch.randn(columns, rows))[0].T


@pytest.fixture(scope="session")
def small() -> Generator:
    torch.manual_seed(0)
    generator = Generator(DecoderConfig(widths=(16, 8)), load_perceptual("lens"))
    generator.reduce.copy_(orthogonal(REDUCED, generator.reduce.shape[1])[:, :, None, None])
    generator.gather.copy_(orthogonal(KEY_DIM, 9 * REDUCED).view_as(generator.gather))
    return generator.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def memory(small: Generator) -> StyleMemory:
    return small.remember([picture(192, 128, seed=7)])


@pytest.fixture(scope="session")
def other_memory(small: Generator) -> StyleMemory:
    return small.remember([picture(128, 192, seed=8, detail=30)])
