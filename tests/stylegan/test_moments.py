"""Wrong statistics would change every painting a little, and nobody would see why."""

import pytest
import torch

from stylegan.moments import mean_and_variance


@pytest.mark.parametrize("shape", [(1, 96, 64, 64), (3, 5, 7, 40), (2, 3, 1, 1)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_mean_and_variance_are_those_of_torch(shape: tuple[int, ...], layout: torch.memory_format):
    x = 30 + torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(memory_format=layout)
    variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
    torch.testing.assert_close(mean_and_variance(x), (mean, variance), rtol=1e-5, atol=1e-5)


def test_a_gradient_flows_through_both():
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(mean_and_variance, x)
