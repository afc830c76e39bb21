"""What a painting's time is made of, and how much of this machine it uses."""

import functools
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from benchmarks.peers import peers
from benchmarks.speed import STYLE, compare, multiply_adds, reference_workload, some_photo
from stylegan import StyleTransfer
from stylegan.models.generator import Generator
from stylegan.models.precision import autocast

PARTS = ("keys", "match", "decode", "rest")
PEER_SIDE = 512  # px, of the photo that the peers paint
REPEATS = 5
PEAK_SIDE, PEAK_CONV = 2048, (64, 256)  # of the matrices; channels and side of the convolution


def painting(transfer: StyleTransfer, side: int) -> dict[str, float]:
    """Seconds of one painting of ``side``² at a second click, in all and by part, and its ratio to the reference.

    The parts are timed inside one and the same painting: keys (the key encoder sees the canvases), match (their most
    similar rows), decode; the rest is reading, colour, light, drawing.
    """
    photo, reference = some_photo(side, side), reference_workload()
    paint = functools.partial(transfer.stylize, photo, STYLE)
    repeats, warm = (REPEATS, 2) if side <= 1024 else (1, 1)
    seconds, ratio = compare(paint, reference, repeats, warm)
    with _timed(transfer.checkpoint.generator) as parts:
        start = time.perf_counter()
        paint()
        parts["rest"] = time.perf_counter() - start - sum(parts.values())
    whole = sum(parts.values())
    shares = {name: seconds * parts[name] / whole for name in PARTS}
    return {"seconds": seconds, "ratio": ratio, **shares}


@contextmanager
def _timed(generator: Generator) -> Iterator[dict[str, float]]:
    """Seconds in each part of the generator while it paints."""
    seconds: dict[str, float] = defaultdict(float)
    inner = {"coordinates": "keys", "find": "match", "decode": "decode"}

    def timed(name: str, method: Callable) -> Callable:
        def call(*args: Any, **options: Any) -> Any:
            before, start = seconds["keys"], time.perf_counter()
            done = method(*args, **options)
            took = time.perf_counter() - start
            seconds[inner[name]] += took - (seconds["keys"] - before if name == "find" else 0)
            return done

        return call

    try:
        for name in inner:  # on the object, which hides the class's
            object.__setattr__(generator, name, timed(name, getattr(generator, name)))
        yield seconds
    finally:
        for name in inner:
            object.__delattr__(generator, name)


def roofline(transfer: StyleTransfer, timed: Mapping[str, float], side: int) -> dict[str, float]:
    """Multiply-adds of a painting, and what part of this machine's best they are done with.

    Best: a large convolution and a product of two matrices, each measured here in the precision that painting uses.
    """
    generator, memory = transfer.checkpoint.generator, transfer.style_memory(STYLE)
    per_pixel = multiply_adds(generator, memory)
    rate = per_pixel * side**2 / timed["seconds"]
    a, b = torch.rand(PEAK_SIDE, PEAK_SIDE), torch.rand(PEAK_SIDE, PEAK_SIDE)
    channels, image = PEAK_CONV
    conv = nn.Conv2d(channels, channels, 3, padding=1).to(memory_format=torch.channels_last)
    x = torch.rand(1, channels, image, image).contiguous(memory_format=torch.channels_last)
    with torch.no_grad(), autocast(a.device, "auto"):
        product = PEAK_SIDE**3 / _best(lambda: a @ b)
        convolution = conv.weight.numel() * image**2 / _best(lambda: conv(x))
    return {
        "multiply-adds per pixel": per_pixel,
        "multiply-adds per second": rate,
        "best convolution": convolution,
        "best matrix product": product,
        "part of the best convolution": rate / convolution,
        "part of the best matrix product": rate / product,
    }


def _best(work: Callable[[], object], repeats: int = 7) -> float:
    """The shortest of some times: what the machine can do, not what else it had to do."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def of_peers(side: int = PEER_SIDE) -> dict[str, dict[str, float]]:
    """Seconds, ratio and multiply-adds per pixel of other networks, in the same precision as painting here."""
    x = torch.rand(1, 3, side, side).contiguous(memory_format=torch.channels_last)
    found = {}
    for name, network in peers().items():
        with torch.no_grad(), autocast(x.device, "auto"):
            seconds, ratio = compare(functools.partial(network, x), reference_workload(), repeats=3, warm=1)
        found[name] = {"seconds": seconds, "ratio": ratio, "multiply-adds per pixel": _multiply_adds(network)}
    return found


@torch.no_grad()
def _multiply_adds(network: nn.Module, side: int = 64) -> float:
    total = 0

    def count(module: nn.Conv2d, args: tuple, output: torch.Tensor) -> None:
        nonlocal total
        total += output[0].numel() * module.weight[0].numel()

    hooks = [module.register_forward_hook(count) for module in network.modules() if isinstance(module, nn.Conv2d)]
    network(torch.rand(1, 3, side, side))
    for hook in hooks:
        hook.remove()
    return total / side**2


def samples_per_second(transfer: StyleTransfer, steps: int) -> float:
    """How fast a style is learnt, without the preparation."""
    from stylegan.training.config import FINETUNING

    ends = [
        event.seconds for event in transfer.finetune([some_photo(400, 300)], "Speed", steps=steps) if not event.pack
    ]
    return FINETUNING.batch / statistics.median(b - a for a, b in zip(ends, ends[1:]))
