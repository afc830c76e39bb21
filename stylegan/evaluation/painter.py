"""Paints pairs for a report, and measures what needs the generator: diversity, flicker, time and memory."""

import time
from pathlib import Path

import torch

from stylegan.evaluation.appearance import difference
from stylegan.evaluation.judge import load_view
from stylegan.evaluation.measures import Values
from stylegan.evaluation.pairs import Pair
from stylegan.formats.safe_write import replacing
from stylegan.images import to_image
from stylegan.pipeline import StyleTransfer


def paint(transfer: StyleTransfer, pair: Pair, target: Path, pixels: int, finish: bool = False) -> Values:
    """Paint a pair into a PNG file, three times in all: as it is, another take, and moved by one pixel.

    pixels: short side of the painting. finish: with crisper strokes.

    Raises:
        ImageError: photo or style is no picture.
    """
    photo = to_image(load_view(pair.photo, pixels))
    painting = transfer.stylize(photo, pair.style, finish=finish)
    start = time.perf_counter()
    take = transfer.stylize(photo, pair.style, seed=1, finish=finish)
    seconds = time.perf_counter() - start
    inner = (1, 1, *photo.size)
    moved = transfer.stylize(photo.crop(inner), pair.style, finish=finish)
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as partial:
        painting.save(partial, format="PNG")
    return {
        "diversity": difference(painting, take),
        "flicker": difference(painting.crop(inner), moved),
        "seconds": seconds,
        "megabytes": _peak_memory(transfer.device),
    }


def _peak_memory(device: torch.device) -> float | None:
    """Of this process so far, in MB (10⁶ bytes); None where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    try:
        import resource  # Windows has none
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
