"""Painting time and memory, as ratios to a reference workload timed in the same run.

    python -m benchmarks.speed [--large]

The reference: ten 3×3 convolutions 64→64 on 128×128, channels_last, fp32, on two threads. The photo and the style are
as the app has them at a second click: faces found, memory read. --large adds a photo of 12 megapixels and the peak
memory of a process that paints 4096 px.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import nn

from stylegan import StyleTransfer
from stylegan.images import style_view, to_tensor
from stylegan.malloc import keep_freed_memory
from stylegan.models.generator import Generator
from stylegan.models.key_encoder import COORDINATES, KEY_DIM
from stylegan.models.style_memory import LEVELS, SHORT_SIDE, StyleMemory

SIDE = 512  # px
STYLE = "great_wave"
TWELVE_MEGAPIXELS = (4000, 3000)
PEAK = "--peak"  # of a process of its own: what was painted before would count


def reference_workload() -> Callable[[], object]:
    layers = nn.Sequential(*(nn.Conv2d(64, 64, 3, padding=1) for _ in range(10))).to(memory_format=torch.channels_last)
    x = torch.rand(1, 64, 128, 128).contiguous(memory_format=torch.channels_last)
    return lambda: layers(x)


@torch.no_grad()
def compare(
    work: Callable[[], object], reference: Callable[[], object], repeats: int = 15, warm: int = 3
) -> tuple[float, float]:
    """Median seconds of the work and its median ratio to the reference, timed alternately."""
    for _ in range(warm):
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


def multiply_adds(generator: Generator, memory: StyleMemory, size: int = 256) -> float:
    """Multiply-adds of convolutions and matches for each pixel of the photo."""
    total = 0

    def count(module: nn.Conv2d, args: tuple, output: torch.Tensor) -> None:
        nonlocal total
        total += output[0].numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(count) for m in generator.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        generator(torch.rand(1, 3, size, size), memory)
    for hook in hooks:
        hook.remove()
    for i, level in enumerate(memory.levels):
        places = (size >> i + 2) ** 2
        total += places * (level.keys.numel() + 9 * COORDINATES * KEY_DIM)
    return total / size**2


def some_photo(width: int, height: int) -> Image.Image:
    """Soft blobs with a little noise: no place is like another."""
    rng = np.random.default_rng(0)
    blobs = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)).resize((width, height))
    noise = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    return Image.blend(blobs, noise, 0.1)


def parts(generator: Generator, memory: StyleMemory) -> dict[str, Callable[[], object]]:
    """What a painting is made of: each of them at the four scales. The search has the key encoder in it."""
    canvases = [torch.rand(1, 3, SIDE >> i, SIDE >> i) for i in range(LEVELS)]
    found = [generator.find(canvas, level) for canvas, level in zip(canvases, memory.levels)]
    return {
        "key encoder": lambda: [generator.coordinates(canvas) for canvas in canvases],
        "search": lambda: [generator.find(canvas, level) for canvas, level in zip(canvases, memory.levels)],
        "decoder": lambda: [generator.decode(level, rows) for level, rows in zip(memory.levels, found)],
        "colour and contrast": lambda: generator.guide(canvases[0], memory),
    }


def show(title: str, seconds: float, ratio: float) -> None:
    print(f"{title:34} {1000 * seconds:7.0f} ms  {ratio:6.2f} × the reference", flush=True)


def large(transfer: StyleTransfer, small: float) -> None:
    photo = some_photo(*TWELVE_MEGAPIXELS)
    transfer.stylize(photo, STYLE)
    start = time.perf_counter()
    transfer.stylize(photo, STYLE)
    seconds = time.perf_counter() - start
    print(f"12 megapixels: {seconds:.1f} s, {seconds / small:.1f} × the time of {SIDE}²")
    done = subprocess.run([sys.executable, "-m", "benchmarks.speed", PEAK], capture_output=True, text=True, check=True)
    print(done.stdout.strip())


def peak() -> None:
    StyleTransfer.from_pretrained(device="cpu").stylize(some_photo(4096, 3072), STYLE)
    print(f"4096 px: peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true")
    parser.add_argument(PEAK, action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    keep_freed_memory()  # as the app does
    if arguments.peak:
        peak()
        return
    transfer = StyleTransfer.from_pretrained(device="cpu")
    generator, memory, reference = transfer.checkpoint.generator, transfer.style_memory(STYLE), reference_workload()
    print(f"{multiply_adds(generator, memory):,.0f} multiply-adds per pixel")
    photo = some_photo(SIDE, SIDE)
    small, ratio = compare(partial(transfer.stylize, photo, STYLE), reference)
    show(f"painting, {SIDE}²", small, ratio)
    with torch.no_grad():
        for name, work in parts(generator, memory).items():
            show(f"  of it {name}", *compare(work, reference))
    picture = to_tensor(style_view(some_photo(768, 512), SHORT_SIDE))
    show("memory of a style", *compare(partial(generator.remember, [picture]), reference, repeats=7))
    finished = partial(transfer.stylize, photo, STYLE, finish=True)
    show("painting, finished", *compare(finished, reference, repeats=3, warm=1))
    if arguments.large:
        large(transfer, small)


if __name__ == "__main__":
    main()
