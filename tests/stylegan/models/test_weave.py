"""A regular grid gives the machine away at once; strokes and edges are the painting and stay."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.evaluation.appearance import weave
from stylegan.images import to_image
from stylegan.models.decoder import remove_weave


@pytest.fixture
def strokes() -> Tensor:
    """Irregular strokes and one hard edge, ``[1, 3, 256, 320]``."""
    rng = torch.Generator().manual_seed(0)
    rough = F.interpolate(torch.rand(1, 3, 61, 37, generator=rng), size=(256, 320), mode="bicubic")
    rough[..., 200:] += 0.3
    return rough.clamp(0, 1)


def with_grid(painting: Tensor) -> Tensor:
    cell = torch.tensor([[1.0, -1, 1, -1], [0, 0, 0, 0], [-1, 1, -1, 1], [0, 0, 0, 0]]) * 0.004
    slow = torch.linspace(0.5, 1.5, painting.shape[3])  # a grid is stronger here than there
    return painting + slow * cell.repeat(painting.shape[2] // 4, painting.shape[3] // 4)


def test_a_grid_goes(strokes: Tensor):
    woven = with_grid(0.1 + 0.8 * strokes)
    assert weave(to_image(woven)) > 100
    assert weave(to_image(remove_weave(woven).clamp(0, 1))) < weave(to_image(woven)) / 50


def test_strokes_and_edges_stay(strokes: Tensor):
    assert (remove_weave(strokes) - strokes).abs().mean() < 0.002


def test_a_flat_picture_and_a_tiny_one_stay_as_they_are():
    for side in (4, 16, 64):
        flat = torch.full((1, 3, side, side), 0.4)
        assert torch.allclose(remove_weave(flat), flat, atol=1e-6)
