"""What is measured between the features of a painting and of its photo."""

import pytest
import torch
from torch import Tensor

from stylegan.models.features import in_strips, layout_difference


def random_tensor(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_layout_is_kept_by_other_colours_and_lost_by_another_scene():
    photo, nothing = random_tensor(4, 6, 6) - 0.5, torch.zeros((), dtype=torch.float64)
    torch.testing.assert_close(layout_difference(3 * photo, photo), nothing, atol=1e-12, rtol=0)
    turned = torch.linalg.qr(random_tensor(4, 4, seed=3))[0] @ photo.flatten(1)
    torch.testing.assert_close(layout_difference(turned.view(4, 6, 6), photo), nothing, atol=1e-9, rtol=0)
    assert layout_difference(photo.flip(1), photo) > 0.3


@pytest.mark.parametrize("height", [1024, 1040, 1600])
def test_large_pictures_are_seen_in_strips_as_they_are_in_one(height: int):
    """Else a seam would run through large paintings, which are read in strips to save memory."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(*(torch.nn.Conv2d(1, 1, 3, padding=1, stride=stride) for stride in (1, 2, 2)))
    x = torch.rand(1, 1, height, 16)
    with torch.no_grad():
        torch.testing.assert_close(in_strips(network, x, 1), network(x))
