"""A training state is what hours of training are worth: it must come back whole, or not be touched at all."""

from pathlib import Path

import pytest
import torch
from torch import nn

from stylegan.training.state import load_state, save_state


def trained(seed: int, steps: int) -> tuple[nn.Module, torch.optim.Adam]:
    """A small convolution with spectral norm (which has buffers) and the moments of a few steps of Adam."""
    torch.manual_seed(seed)
    module = nn.utils.parametrizations.spectral_norm(nn.Conv2d(2, 3, 3)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.1)
    for _ in range(steps):
        step(module, optimizer)
    return module, optimizer


def step(module: nn.Module, optimizer: torch.optim.Adam) -> None:
    optimizer.zero_grad()
    module(torch.ones(1, 2, 5, 5)).pow(2).sum().backward()
    optimizer.step()


def assert_same_weights(one: nn.Module, other: nn.Module) -> None:
    for (name, a), b in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_modules_and_adam_come_back_and_go_on_in_the_same_way(tmp_path: Path):
    module, optimizer = trained(seed=1, steps=3)
    save_state(tmp_path / "state", {"net": module}, {"adam": optimizer}, {"step": 3, "elapsed": 0.1 + 0.2})
    loaded, its_optimizer = trained(seed=2, steps=0)
    extra = load_state(tmp_path / "state", {"net": loaded}, {"adam": its_optimizer})
    assert (int(extra["step"]), float(extra["elapsed"])) == (3, 0.1 + 0.2)
    assert_same_weights(loaded, module)
    step(module, optimizer)
    step(loaded, its_optimizer)
    assert_same_weights(loaded, module)


def test_several_modules_and_optimizers_are_kept_apart(tmp_path: Path):
    (a, adam_a), (b, adam_b) = trained(seed=1, steps=1), trained(seed=2, steps=2)
    save_state(tmp_path / "state", {"net": a, "net.b": b}, {"a": adam_a, "b": adam_b}, {"step": 1})
    (_, adam_c), (d, adam_d) = trained(seed=3, steps=0), trained(seed=4, steps=0)
    load_state(tmp_path / "state", {"net.b": d}, {"b": adam_d, "a": adam_c})
    assert_same_weights(d, b)
    assert [adam.state_dict()["state"][0]["step"].item() for adam in (adam_c, adam_d)] == [1, 2]


def test_a_loaded_optimizer_keeps_the_rates_of_the_new_configuration(tmp_path: Path):
    """Who resumes with another learning rate wants that one."""
    module, optimizer = trained(seed=1, steps=1)
    save_state(tmp_path / "state", {"net": module}, {"adam": optimizer}, {"step": 1})
    changed = torch.optim.Adam(module.parameters(), lr=0.005)
    load_state(tmp_path / "state", {"net": module}, {"adam": changed})
    assert changed.param_groups[0]["lr"] == 0.005


def test_a_state_of_another_architecture_is_refused(tmp_path: Path):
    save_state(tmp_path / "state", {"net": nn.Linear(2, 3)}, {}, {"step": 1})
    with pytest.raises(RuntimeError, match="size mismatch"):
        load_state(tmp_path / "state", {"net": nn.Linear(2, 4)}, {})
