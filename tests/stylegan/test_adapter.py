"""Adapters: what is learnt of a style must be all that changes, and all of it must be carried off in the pack."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from stylegan.adapter import adapt, adapted_shapes, learnt, product
from stylegan.checkpoints import load_checkpoint
from stylegan.networks import Generator, StyledConv
from stylegan.packs import StylePack

RANK = 4


@pytest.fixture(scope="module")
def base() -> Generator:
    """The generator that ships."""
    return load_checkpoint().generator


@pytest.fixture
def adapted(base: Generator) -> Generator:
    torch.manual_seed(0)
    generator = deepcopy(base)
    adapt(generator, RANK)
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


def test_biases_and_low_rank_changes_alone_are_trained(adapted: Generator):
    """Anything else that moved would be missing from the pack: the style would paint differently once it is saved."""
    layers = [name for name, module in adapted.named_modules() if isinstance(module, StyledConv)]
    assert len(layers) == 16
    assert set(trainable(adapted)) == {
        f"{layer}.{part}"
        for layer in layers
        for part in ("affine.bias", "conv.parametrizations.weight.0.up", "conv.parametrizations.weight.0.down")
    }


def test_every_trained_part_gets_a_gradient(adapted: Generator):
    """A part without one stays as it is without complaint, and the style is learnt badly."""
    learn_something(adapted)  # the down of a fresh adapter meets an up of zeros
    photo, w = torch.rand(2, 3, 64, 64), torch.randn(2, 128)
    adapted(photo, w, torch.randn(2, 64)).pow(2).sum().backward()
    for name, parameter in trainable(adapted).items():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_a_fresh_adapter_can_begin_to_learn(adapted: Generator):
    """With both factors zero there would never be a gradient."""
    adapted(torch.rand(1, 3, 64, 64), torch.randn(1, 128)).sum().backward()
    for name, parameter in trainable(adapted).items():
        if name.endswith(".up"):
            assert parameter.grad.abs().sum() > 0, name


def test_what_was_learnt_makes_the_base_paint_like_the_adapted_generator(base: Generator, adapted: Generator):
    """The pack must hold the whole style."""
    learn_something(adapted)
    biases, factors = learnt(adapted, base)
    pack = StylePack("mine", "base", torch.zeros(128), biases, factors)
    own = base.state_dict()
    changed = deepcopy(base)
    changed.load_state_dict({**own, **{name: own[name] + change for name, change in pack.updates(base).items()}})
    wanted = paint(adapted)
    assert (wanted - paint(base)).abs().mean() > 0.01
    torch.testing.assert_close(paint(changed), wanted, atol=1e-4, rtol=0)


def test_what_a_fresh_adapter_has_learnt_is_nothing(base: Generator, adapted: Generator):
    biases, factors = learnt(adapted, base)
    assert len(biases) == len(factors) == 16
    assert all(not change.any() for change in biases.values())
    assert all(not (up @ down).any() for up, down in factors.values())


def test_what_was_learnt_stays_while_training_goes_on(base: Generator, adapted: Generator):
    """A pack is what was learnt when it was taken, not a window on the training."""
    biases, factors = learnt(adapted, base)
    learn_something(adapted)
    assert all(not change.any() for change in biases.values())
    assert all(not up.any() for up, _ in factors.values())


def test_the_changes_have_the_shapes_that_a_pack_is_checked_against(base: Generator, adapted: Generator):
    biases, factors = learnt(adapted, base)
    bias_shapes, weight_shapes = adapted_shapes(base)
    assert {name: change.shape for name, change in biases.items()} == bias_shapes
    own = base.state_dict()
    assert {name: product(*factors[name], own[name]).shape for name in factors} == weight_shapes
    assert all(up.shape[1] == down.shape[0] == RANK for up, down in factors.values())
    assert all(weight_shapes[name] == own[name].shape for name in weight_shapes)


def test_a_product_of_rank_one_has_rank_one():
    """Low rank is what keeps a pack small and a style from overwriting the base."""
    like = torch.empty(6, 5, 3, 3)
    change = product(torch.randn(6, 1), torch.randn(1, 45), like)
    assert change.shape == like.shape
    assert torch.linalg.matrix_rank(change.flatten(1)) == 1


def test_a_product_has_the_memory_layout_that_painting_is_fast_with():
    like = torch.zeros(6, 5, 3, 3)
    change = product(torch.randn(6, 2), torch.randn(2, 45), like)
    assert change.is_contiguous(memory_format=torch.channels_last)
