"""How fast, how large, how soon: one table, a JSON file and a plot.

    python -m benchmarks [--output FOLDER] [--sizes 256,512,1024,2048,4096] [--visitors 1,4,16] [--steps 12]

Times are also ratios to a reference workload timed in the same run (``benchmarks/speed.py``), because seconds depend on
the machine and on what else runs there. It takes six minutes on two cores; on a busy machine its figures mean nothing.
"""

import argparse
import asyncio
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.fresh_process import in_fresh_process
from benchmarks.painting_time import PARTS, PEER_SIDE, of_peers, painting, roofline, samples_per_second
from benchmarks.speed import SIDE, STYLE, compare, reference_workload, some_photo
from benchmarks.visitor import click_together
from stylegan import StyleTransfer, __version__
from stylegan.evaluation.plot import COLORS
from stylegan.malloc import keep_freed_memory
from tests.support.app import running_app

CLICKS = {1: 8, 4: 3}  # of each visitor, by how many they are; 2 of more
WIDTH, BAR, LEFT = 640, 26, 150  # px, of the plot


def numbers(text: str) -> list[int]:
    found = [int(word) for word in text.split(",")]
    if not all(1 <= number <= 4096 for number in found):
        raise argparse.ArgumentTypeError("numbers from 1 to 4096, with commas between them")
    return found


def measure(sizes: list[int], visitors: list[int], steps: int) -> Iterator[tuple[str, Any]]:
    """Each section of the results as soon as it is known."""
    transfer = StyleTransfer.from_pretrained(device="cpu")
    reference = reference_workload()
    yield (
        "machine",
        {
            "processor": platform.processor() or platform.machine(),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "atelier": __version__,
            "reference s": compare(reference, reference)[0],
        },
    )
    by_size = {side: painting(transfer, side) for side in sizes}
    yield "painting", {str(side): figures for side, figures in by_size.items()}
    typical = min(sizes, key=lambda side: abs(side - SIDE))
    yield "roofline", roofline(transfer, by_size[typical], typical)
    yield "peers", of_peers(min(PEER_SIDE, max(sizes)))
    yield "samples learnt per second", samples_per_second(transfer, steps)
    yield "memory", {str(side): in_fresh_process("paint", side)["peak GB"] for side in sizes}
    yield "start", in_fresh_process("start")
    yield "clicks", dict(_clicks(visitors, min(SIDE, max(sizes))))


def _clicks(visitors: list[int], side: int) -> Iterator[tuple[str, dict[str, float]]]:
    start = time.perf_counter()
    with running_app() as url:
        yield "start", {"seconds until the page answers": time.perf_counter() - start}
        for number in visitors:
            photo, clicks = some_photo(side, side), CLICKS.get(number, 2)
            seconds = asyncio.run(click_together(url, photo, STYLE, number, clicks))
            yield str(number), {"p50 s": statistics.median(seconds), "p95 s": float(np.percentile(seconds, 95))}


def table(results: dict[str, Any]) -> str:
    """All results in Markdown."""
    unit = results["machine"]["reference s"]
    lines = [f"Reference: {1000 * unit:.0f} ms on {results['machine']['threads']} threads.", ""]
    lines += [
        "| painting | seconds | of the reference | keys | match | decode | rest | peak memory |",
        "|---|" * 1 + "---|" * 7,
    ]
    for side, found in results["painting"].items():
        shares = " | ".join(f"{found[part] / found['seconds']:.0%}" for part in PARTS)
        peak = results["memory"][side]
        lines.append(f"| {side}² | {found['seconds']:.2f} | {found['ratio']:.1f} | {shares} | {peak:.2f} GB |")
    lines += ["", "| network | multiply-adds per pixel | seconds | of the reference |", "|---|---|---|---|"]
    for name, found in results["peers"].items():
        adds = found["multiply-adds per pixel"]
        lines.append(f"| {name}, random weights | {adds:,.0f} | {found['seconds']:.2f} | {found['ratio']:.1f} |")
    roof = results["roofline"]
    best = f"{roof['part of the best convolution']:.0%} of the best convolution measured here, "
    best += f"{roof['part of the best matrix product']:.0%} of the best matrix product"
    lines += ["", f"{roof['multiply-adds per pixel']:,.0f} multiply-adds per pixel, at {best}."]
    lines += [f"A style is learnt with {results['samples learnt per second']:.1f} samples per second.", ""]
    lines += ["| start | seconds |", "|---|---|"]
    lines += [f"| {name} | {seconds:.2f} |" for name, seconds in results["start"].items()]
    lines += [f"| {name} | {seconds:.2f} |" for name, seconds in results["clicks"]["start"].items()]
    lines += ["", "| visitors at once | click to painting, median | 95 of 100 within |", "|---|---|---|"]
    for number, found in results["clicks"].items():
        if number != "start":
            lines.append(f"| {number} | {found['p50 s']:.2f} s | {found['p95 s']:.2f} s |")
    return "\n".join(lines) + "\n"


def plot(results: dict[str, Any]) -> str:
    """SVG: seconds for each megapixel by part, at each size, and those of the peers."""
    rows = [
        (f"{side}²", [found[part] * 1e6 / int(side) ** 2 for part in PARTS])
        for side, found in results["painting"].items()
    ]
    side = min(PEER_SIDE, max(map(int, results["painting"])))
    rows += [(name, [0.0] * len(PARTS) + [of["seconds"] * 1e6 / side**2]) for name, of in results["peers"].items()]
    most = max(sum(parts) for _, parts in rows)
    height = BAR * (len(rows) + 2)
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12"><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        '<text x="8" y="16" font-weight="bold">Seconds per megapixel</text>'
    ]
    for number, (name, color) in enumerate(zip((*PARTS, "all"), COLORS)):
        svg.append(f'<text x="{LEFT + 80 + 75 * number}" y="16" fill="{color}">{name}</text>')
    for number, (name, parts) in enumerate(rows, start=1):
        x, y = float(LEFT), BAR * number
        svg.append(f'<text x="8" y="{y + 15}">{name}</text>')
        for part, color in zip(parts, COLORS):
            width = (WIDTH - LEFT - 60) * part / most
            svg.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR - 6}" fill="{color}"/>')
            x += width
        svg.append(f'<text x="{x + 5:.1f}" y="{y + 15}">{sum(parts):.2f}</text>')
    return "\n".join([*svg, "</svg>\n"])


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=Path("runs/benchmarks"))
    parser.add_argument("--sizes", type=numbers, default=[256, 512, 1024, 2048, 4096], help="sides of photos in px")
    parser.add_argument("--visitors", type=numbers, default=[1, 4, 16])
    parser.add_argument("--steps", type=int, default=12, help="of the training whose speed is measured; 3 at least")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    keep_freed_memory()  # as the app does
    started, results = time.perf_counter(), {}
    for name, found in measure(arguments.sizes, arguments.visitors, max(3, arguments.steps)):
        results[name] = found
        print(f"{time.perf_counter() - started:5.0f} s: {name}", flush=True)
    results["minutes"] = (time.perf_counter() - started) / 60
    arguments.output.mkdir(parents=True, exist_ok=True)
    written: dict[str, Callable[[dict], str]] = {
        "benchmarks.json": partial(json.dumps, indent=1), "benchmarks.md": table, "benchmarks.svg": plot
    }  # fmt: skip
    for name, text in written.items():
        (arguments.output / name).write_text(text(results), encoding="utf-8")
    print("\n" + table(results) + f"\nIn {arguments.output}: {', '.join(written)}")


if __name__ == "__main__":
    main()
