"""A training state is what hours of training are worth: it must come back whole, or not be touched at all."""

from pathlib import Path

import pytest
import torch
from torch import nn

from stylegan import state
from stylegan.state import load_state, save_state, write_atomically


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


@pytest.mark.parametrize("broken", ["save_file", "replace"])
def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str):
    """A full disk or a kill while saving must not cost the training."""
    path = tmp_path / "state.safetensors"
    module, optimizer = trained(seed=1, steps=1)
    save_state(path, {"net": module}, {"adam": optimizer}, {"step": 1})
    before = path.read_bytes()

    def fail(*arguments: object, **options: object) -> None:
        if broken == "save_file":
            Path(arguments[1]).write_bytes(before[:100])  # half of a file, as a full disk would leave it
        raise OSError("no space left on device")

    monkeypatch.setattr(state if broken == "save_file" else state.os, broken, fail)
    with pytest.raises(OSError, match="no space left"):
        save_state(path, {"net": module}, {"adam": optimizer}, {"step": 2})
    assert path.read_bytes() == before


def test_a_write_replaces_the_old_file_and_leaves_no_other(tmp_path: Path):
    path = tmp_path / "state.safetensors"
    for value in (1.0, 2.0):
        write_atomically(path, {"x": torch.full((2, 2), value).t()}, {"note": str(value)})
    assert [f.name for f in tmp_path.iterdir()] == ["state.safetensors"]
    with state.safe_open(path, framework="pt") as file:
        assert file.metadata() == {"note": "2.0"}
        assert file.get_tensor("x").tolist() == [[2, 2], [2, 2]]
