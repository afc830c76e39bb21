"""Mean and variance of feature maps."""

from torch import Tensor


def mean_and_variance(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance over height and width, ``[N, C, H, W]`` → two ``[N, C, 1, 1]``.

    In two passes: ``torch.var_mean`` over these dimensions takes five times as long on a CPU and was a quarter of the
    time of a painting.
    """
    mean = x.mean((2, 3), keepdim=True)
    return mean, (x - mean).square().mean((2, 3), keepdim=True)
