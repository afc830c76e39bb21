"""A small generator with random weights, and pictures: what must hold does so whatever the training."""

import pytest
import torch
from torch import Tensor

from stylegan.models.decoder import DecoderConfig
from stylegan.models.generator import Generator
from stylegan.models.key_encoder import COORDINATES, KEY_DIM
from stylegan.models.perceptual import load_perceptual
from stylegan.models.style_memory import StyleMemory
from tests.support.pictures import picture


def orthogonal(rows: int, columns: int) -> Tensor:
    return torch.linalg.qr(torch.randn(columns, rows))[0].T


@pytest.fixture(scope="session")
def small() -> Generator:
    torch.manual_seed(0)
    generator = Generator(DecoderConfig(widths=(16, 8)), load_perceptual("lens"))
    gather = generator.key_encoder.gather
    gather.copy_(orthogonal(KEY_DIM, 9 * COORDINATES).view_as(gather))
    return generator.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def memory(small: Generator) -> StyleMemory:
    return small.remember([picture(192, 128, seed=7)])


@pytest.fixture(scope="session")
def other_memory(small: Generator) -> StyleMemory:
    return small.remember([picture(128, 192, seed=8, detail=30)])
