"""Takes must differ in composition, never in grain; and the way from one to the next is made of paintings."""

import pytest
import torch
from torch import Tensor

from stylegan.models.noise import CHANNELS, field, shares_of, shift_palette, similarity_noise

COVARIANCE = torch.tensor([[0.04, 0.01, 0.0], [0.01, 0.03, 0.01], [0.0, 0.01, 0.02]])


@pytest.mark.parametrize(("height", "width"), [(60, 90), (6, 120), (90, 60)])
def test_noise_is_smooth_so_that_regions_move_and_not_dots(height: int, width: int):
    noise = field(CHANNELS, height, width, 4, torch.Generator().manual_seed(1))
    assert noise.shape == (1, CHANNELS, height, width)
    assert 0.4 < noise.std() < 1.6
    for steps in (noise.diff(dim=3), noise.diff(dim=2)):
        assert steps.abs().mean() < 0.15 * noise.std() * max(1, 60 / min(height, width) / 2)


def test_take_0_is_without_noise():
    queries, keys = similarity_noise(0, 7, 5, 6)
    assert queries.shape == (30, 0) and keys.shape == (7, 0)
    guide = torch.rand(1, 3, 20, 30)
    assert torch.equal(shift_palette(guide, 0, COVARIANCE), guide)


def test_the_same_take_has_the_same_noise_and_others_have_another():
    first, again, other = ((q @ k.T) for q, k in (similarity_noise(seed, 50, 8, 12) for seed in (3, 3, 4)))
    assert torch.equal(first, again)
    assert torch.corrcoef(torch.stack([first.flatten(), other.flatten()]))[0, 1].abs() < 0.5


@pytest.mark.parametrize("seed", [0, 0.25, 1, 1.5, 7.9])
def test_between_takes_there_is_as_much_noise_as_in_one(seed: float):
    assert sum(share**2 for _, share in shares_of(seed)) == pytest.approx(1 if seed >= 1 else seed and 0.146, abs=0.01)


def test_areas_lean_to_other_colours_of_the_style_but_faces_do_not(middle: Tensor):
    face = torch.zeros(1, 1, 60, 90)
    face[..., 20:40, 30:60] = 1
    shifted = shift_palette(middle, 5, COVARIANCE, face)
    assert torch.equal(shifted[..., 20:40, 30:60], middle[..., 20:40, 30:60])
    moved = (shifted - middle).abs()
    assert 0.02 < moved[..., :20, :].mean() < 0.2
    assert shifted.diff(dim=3)[..., :20, :].abs().mean() < 0.01  # smooth: areas, not dots
    assert not torch.equal(shifted, shift_palette(middle, 6, COVARIANCE, face))


@pytest.fixture
def middle() -> Tensor:
    """A grey guide."""
    return torch.full((1, 3, 60, 90), 0.5)
