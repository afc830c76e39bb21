"""Means over seeds, how sure they are, and which differences from the baseline are more than chance."""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stylegan.ablation.run import RESULT_FILE, Ablation, Run

# Student's t for 95 % intervals, by degrees of freedom; the last one stands for all others, a little too wide
T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
CURVES = ("style", "cover", "diversity", "accuracy", "gradient")  # columns of losses.csv
BINS = 25  # points of a curve


@dataclass(frozen=True)
class Interval:
    """A mean over seeds and half the width of its 95 % interval; None with a single seed."""

    mean: float
    half: float | None

    @property
    def excludes_zero(self) -> bool:
        return self.half is not None and abs(self.mean) > self.half


def interval(values: Sequence[float]) -> Interval:
    """Mean and Student's interval."""
    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return Interval(mean, None)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    return Interval(mean, T[min(count - 1, len(T)) - 1] * deviation / math.sqrt(count))


def results(ablation: Ablation) -> dict[str, dict[int, dict[str, Any]]]:
    """What was measured, by variant and seed."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for run in ablation.runs:
        text = (ablation.folder_of(run) / RESULT_FILE).read_text(encoding="utf-8")
        found.setdefault(run.variant.name, {})[run.seed] = json.loads(text)
    return found


def means(results_of: dict[int, dict[str, Any]], name: str) -> Interval:
    """One measure of a variant over its seeds."""
    return interval([result["values"][name] for result in results_of.values()])


def change(results_of: dict[int, dict[str, Any]], baseline: dict[int, dict[str, Any]], name: str) -> Interval:
    """A variant less the baseline, seed by seed: what the seed does to both cancels out."""
    both = results_of.keys() & baseline.keys()
    return interval([results_of[seed]["values"][name] - baseline[seed]["values"][name] for seed in sorted(both)])


def curve(ablation: Ablation, runs: list[Run], name: str) -> list[tuple[float, float]]:
    """The mean over runs of a column of their logs: steps and values, averaged in bins; empty where none has it."""
    tables = [_column(ablation.folder_of(run) / "losses.csv", name) for run in runs]
    points = np.array([point for table in tables for point in table])
    if not len(points):
        return []
    edges = np.linspace(0, points[:, 0].max(), BINS + 1)
    which = np.clip(np.digitize(points[:, 0], edges, right=True) - 1, 0, BINS - 1)
    return [(float(edges[i + 1]), float(points[which == i, 1].mean())) for i in range(BINS) if (which == i).any()]


def _column(path: Path, name: str) -> list[tuple[float, float]]:
    with open(path, newline="", encoding="utf-8") as file:
        return [(float(row["step"]), float(row[name])) for row in csv.DictReader(file) if row.get(name)]
