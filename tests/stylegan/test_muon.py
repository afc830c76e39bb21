"""An optimiser that turns a gradient or forgets its size trains, too, only not as it should."""

import pytest
import torch

from stylegan.muon import SCALE, Muon, orthogonalized


def random_matrix(rows: int, columns: int, worst: float = 0.03) -> torch.Tensor:
    """With singular values from ``worst`` to 1."""
    u, _, vh = torch.linalg.svd(torch.randn(rows, columns, generator=torch.Generator().manual_seed(0)), False)
    return u * torch.linspace(worst, 1, min(rows, columns)) @ vh


@pytest.mark.parametrize(("rows", "columns"), [(8, 20), (20, 8), (12, 12)])
def test_all_directions_become_equally_strong_and_none_is_turned(rows: int, columns: int):
    matrix = random_matrix(rows, columns)
    u, _, vh = torch.linalg.svd(matrix, full_matrices=False)
    found = u.T @ orthogonalized(matrix) @ vh.T
    assert ((found.diag() > 0.6) & (found.diag() < 1.3)).all()
    assert (found - torch.diag(found.diag())).abs().max() < 1e-3


def test_a_gradient_of_zeros_moves_nothing():
    assert torch.equal(orthogonalized(torch.zeros(4, 6)), torch.zeros(4, 6))


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_an_update_is_as_large_as_the_learning_rate_says_whatever_the_gradient(size: float):
    weight = torch.nn.Parameter(torch.zeros(16, 8, 3, 3))
    weight.grad = size * torch.randn(16, 8, 3, 3, generator=torch.Generator().manual_seed(1))
    Muon([weight], lr=0.5).step()
    assert weight.detach().pow(2).mean().sqrt().item() == pytest.approx(0.5 * SCALE, rel=0.25)
    assert (weight * weight.grad).sum() < 0  # downhill


def test_the_memory_layout_changes_nothing():
    """Training keeps its weights in channels_last."""
    gradient = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(2))
    found = []
    for memory_format in (torch.contiguous_format, torch.channels_last):
        weight = torch.nn.Parameter(torch.zeros(6, 4, 3, 3).contiguous(memory_format=memory_format))
        optimizer = Muon([weight], lr=0.1)
        for factor in (1.0, -0.5):
            weight.grad = (factor * gradient).contiguous(memory_format=memory_format)
            optimizer.step()
        found.append(weight.detach())
    torch.testing.assert_close(found[1], found[0])


def test_it_finds_the_minimum_of_an_ill_conditioned_problem_sooner_than_adam():
    """That is what it is for."""
    inputs = random_matrix(24, 24, worst=0.02)
    wanted = torch.randn(12, 24, generator=torch.Generator().manual_seed(3))

    def left(make: type, lr: float) -> float:
        weight = torch.nn.Parameter(torch.zeros(12, 24))
        optimizer = make([weight], lr=lr)
        for step in range(100):
            optimizer.param_groups[0]["lr"] = lr * (1 - step / 100)
            optimizer.zero_grad()
            loss = ((weight - wanted) @ inputs).pow(2).sum()
            loss.backward()
            optimizer.step()
        return loss.item()

    rates = (0.02, 0.05, 0.1, 0.2)
    assert min(left(Muon, lr) for lr in rates) < 0.7 * min(left(torch.optim.Adam, lr) for lr in rates)
