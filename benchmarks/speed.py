"""Painting time and memory, as ratios to a reference workload timed in the same run.

    python benchmarks/speed.py [--sizes 256 512 1024]

The reference: ten 3×3 convolutions 64→64 on 128×128, channels_last, fp32.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from stylegan.memory import keep_freed_memory
from stylegan.networks import Generator


def reference_workload() -> Callable[[], object]:
    layers = nn.Sequential(*(nn.Conv2d(64, 64, 3, padding=1) for _ in range(10))).to(memory_format=torch.channels_last)
    x = torch.rand(1, 64, 128, 128).contiguous(memory_format=torch.channels_last)
    return lambda: layers(x)


@torch.inference_mode()
def compare(work: Callable[[], object], reference: Callable[[], object], repeats: int = 15) -> tuple[float, float]:
    """Median seconds of the work and its median ratio to the reference, timed alternately."""
    for _ in range(3):
        work(), reference()
    seconds, ratios = [], []
    for _ in range(repeats):
        a = time.perf_counter()
        reference()
        b = time.perf_counter()
        work()
        c = time.perf_counter()
        seconds.append(c - b)
        ratios.append((c - b) / (b - a))
    return statistics.median(seconds), statistics.median(ratios)


def multiply_adds(generator: Generator, size: int = 256) -> float:
    """Multiply-adds of the convolutions for each pixel of the photo."""
    total = 0

    def count(module: nn.Conv2d, args: tuple, output: torch.Tensor) -> None:
        nonlocal total
        total += output[0].numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(count) for m in generator.modules() if isinstance(m, nn.Conv2d)]
    with torch.inference_mode():
        generator(torch.rand(1, 3, size, size), torch.zeros(1, generator.config.style_dim))
    for hook in hooks:
        hook.remove()
    return total / size**2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024])
    arguments = parser.parse_args()
    keep_freed_memory()  # as the app does
    generator = Generator().eval().to(memory_format=torch.channels_last)
    parameters = sum(p.numel() for p in generator.parameters())
    print(f"{parameters / 1e6:.2f} M parameters, {multiply_adds(generator):,.0f} multiply-adds per pixel")
    reference = reference_workload()
    w = torch.randn(1, generator.config.style_dim)
    for size in arguments.sizes:
        photo = torch.rand(1, 3, size, size)
        seconds, ratio = compare(partial(generator, photo, w), reference)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{size}²: {1000 * seconds:.0f} ms, {ratio:.2f} × the reference, peak memory so far {peak:.2f} GB")


if __name__ == "__main__":
    main()
