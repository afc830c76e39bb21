"""Adapters: what is learnt of a style must be all that changes, and all of it must be carried off in the pack."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from stylegan.adapter import adapt, adapted_shapes, learnt
from stylegan.checkpoints import load_checkpoint
from stylegan.networks import Generator, StyledConv


@pytest.fixture(scope="module")
def base() -> Generator:
    """The generator that ships."""
    return load_checkpoint().generator


@pytest.fixture
def adapted(base: Generator) -> Generator:
    torch.manual_seed(0)
    generator = deepcopy(base)
    adapt(generator)
    return generator


def paint(generator: Generator) -> Tensor:
    rng = torch.Generator().manual_seed(3)
    photo, w = torch.rand(1, 3, 64, 48, generator=rng), torch.randn(1, 128, generator=rng)
    with torch.no_grad():
        return generator(photo, w, torch.zeros(1, 64))


def trainable(generator: nn.Module) -> dict[str, nn.Parameter]:
    return {name: p for name, p in generator.named_parameters() if p.requires_grad}


def learn_something(generator: Generator) -> None:
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in trainable(generator).values():
            parameter += 0.05 * torch.randn_like(parameter)


def test_a_fresh_adapter_changes_nothing(base: Generator, adapted: Generator):
    """Fine-tuning begins with what the base can do."""
    torch.testing.assert_close(paint(adapted), paint(base), atol=1e-6, rtol=0)


def test_the_base_is_not_touched(base: Generator, adapted: Generator):
    before = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    learn_something(adapted)
    for name, tensor in base.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_what_a_pack_holds_alone_is_trained(adapted: Generator):
    """Anything else that moved would be missing from the pack: the style would paint differently once it is saved."""
    layers = [name for name, module in adapted.named_modules() if isinstance(module, StyledConv)]
    assert len(layers) == 16
    assert set(trainable(adapted)) == {f"{layer}.{part}" for layer in layers for part in ("affine.bias", "conv.weight")}


def test_every_trained_part_gets_a_gradient(adapted: Generator):
    """A part without one stays as it is without complaint, and the style is learnt badly."""
    photo, w = torch.rand(2, 3, 64, 64), torch.randn(2, 128)
    adapted(photo, w, torch.randn(2, 64)).pow(2).sum().backward()
    for name, parameter in trainable(adapted).items():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_what_was_learnt_makes_the_base_paint_like_the_adapted_generator(base: Generator, adapted: Generator):
    """The pack must hold the whole style."""
    learn_something(adapted)
    own = base.state_dict()
    changed = deepcopy(base)
    changed.load_state_dict({**own, **{name: own[name] + change for name, change in learnt(adapted, base).items()}})
    wanted = paint(adapted)
    assert (wanted - paint(base)).abs().mean() > 0.01
    torch.testing.assert_close(paint(changed), wanted, atol=1e-4, rtol=0)


def test_what_was_learnt_stays_while_training_goes_on(base: Generator, adapted: Generator):
    """A pack is what was learnt when it was taken, not a window on the training."""
    changes = learnt(adapted, base)
    learn_something(adapted)
    assert len(changes) == 32
    assert all(not change.any() for change in changes.values())


def test_the_changes_have_the_shapes_that_a_pack_is_checked_against(base: Generator, adapted: Generator):
    shapes = {name: change.shape for name, change in learnt(adapted, base).items()}
    assert shapes == adapted_shapes(base)
