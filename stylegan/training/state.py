"""Training state in one safetensors file: weights, optimiser moments, counters. No pickles."""

from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from stylegan.formats.safe_write import write_atomically


def save_state(
    path: Path, modules: dict[str, nn.Module], optimizers: dict[str, torch.optim.Optimizer], extra: dict[str, float]
) -> None:
    """Save modules, optimisers and a few numbers."""
    tensors = {f"{key}.{name}": t for key, module in modules.items() for name, t in module.state_dict().items()}
    for key, optimizer in optimizers.items():
        for index, slots in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer {key}.{index}.{slot}": torch.as_tensor(value) for slot, value in slots.items()}
    write_atomically(path, tensors, {name: repr(value) for name, value in extra.items()})


def load_state(
    path: Path, modules: dict[str, nn.Module], optimizers: dict[str, torch.optim.Optimizer]
) -> dict[str, str]:
    """Load what ``save_state`` wrote, into modules and optimisers of the same shapes; returns the extra numbers."""
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        extra = file.metadata()
    for key, module in modules.items():
        module.load_state_dict({n.removeprefix(f"{key}."): t for n, t in tensors.items() if n.startswith(f"{key}.")})
    for key, optimizer in optimizers.items():
        slots: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith(f"optimizer {key}."):
                _, index, slot = name.rsplit(".", 2)
                slots.setdefault(int(index), {})[slot] = tensor
        optimizer.load_state_dict({"state": slots, "param_groups": optimizer.state_dict()["param_groups"]})
    return extra
