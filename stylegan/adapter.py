"""What fine-tuning learns: the modulation, and low-rank changes of the convolutions (Hu et al. 2021).

The base generator stays frozen, so that a style is a small set of changes to it: they fit in a style pack, they are
added up where styles are blended, and a few pictures cannot spoil what the generator knows of photos.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from stylegan.networks import Generator, StyledConv

Factors = dict[str, tuple[Tensor, Tensor]]


class LowRank(nn.Module):
    """Adds ``up @ down`` to a convolution's weight; zero to begin with."""

    def __init__(self, weight: Tensor, rank: int):
        super().__init__()
        columns = weight[0].numel()
        self.up = nn.Parameter(weight.new_zeros(len(weight), rank))
        self.down = nn.Parameter(torch.randn(rank, columns).to(weight) * columns**-0.5)

    def forward(self, weight: Tensor) -> Tensor:
        return weight + product(self.up, self.down, weight)


def product(up: Tensor, down: Tensor, like: Tensor) -> Tensor:
    """``up @ down`` in the shape and memory layout of a convolution's weight."""
    out, channels, *kernel = like.shape
    return (up @ down).view(out, *kernel, channels).permute(0, 3, 1, 2)


def adapt(generator: Generator, rank: int) -> None:
    """Freeze the generator but for its modulation, and give each styled convolution a low-rank change."""
    generator.requires_grad_(False)
    for module in _styled(generator).values():
        module.affine.bias.requires_grad_(True)
        parametrize.register_parametrization(module.conv, "weight", LowRank(module.conv.weight, rank))


@torch.no_grad()
def learnt(generator: Generator, base: Generator) -> tuple[dict[str, Tensor], Factors]:
    """What an adapted generator has learnt over its base: changes of biases, and factors of changes of weights."""
    before = _styled(base)
    biases, factors = {}, {}
    for name, module in _styled(generator).items():
        biases[f"{name}.affine.bias"] = module.affine.bias - before[name].affine.bias.to(module.affine.bias.device)
        change = module.conv.parametrizations.weight[0]
        factors[f"{name}.conv.weight"] = change.up.clone(), change.down.clone()
    return biases, factors


def adapted_shapes(generator: Generator) -> tuple[dict[str, torch.Size], dict[str, torch.Size]]:
    """Names and shapes of the biases and of the weights that a style may change."""
    modules = _styled(generator).items()
    biases = {f"{name}.affine.bias": module.affine.bias.shape for name, module in modules}
    return biases, {f"{name}.conv.weight": module.conv.weight.shape for name, module in modules}


def _styled(generator: Generator) -> dict[str, StyledConv]:
    return {name: module for name, module in generator.named_modules() if isinstance(module, StyledConv)}
