"""What is measured between the features of a painting and of its photo."""

import torch
from torch import Tensor

from stylegan.models.features import layout_difference


def random_tensor(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_layout_is_kept_by_other_colours_and_lost_by_another_scene():
    photo, nothing = random_tensor(4, 6, 6) - 0.5, torch.zeros((), dtype=torch.float64)
    torch.testing.assert_close(layout_difference(3 * photo, photo), nothing, atol=1e-12, rtol=0)
    turned = torch.linalg.qr(random_tensor(4, 4, seed=3))[0] @ photo.flatten(1)
    torch.testing.assert_close(layout_difference(turned.view(4, 6, 6), photo), nothing, atol=1e-9, rtol=0)
    assert layout_difference(photo.flip(1), photo) > 0.3
