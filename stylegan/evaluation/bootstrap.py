"""How sure is a mean? Bootstrap intervals over photos and styles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ROUNDS = 2000
LEVEL = 0.95  # of an interval
SEED = 0


@dataclass(frozen=True)
class Estimate:
    """A mean and the interval that holds it in 95 of 100 such samples; low and high are None where it is unknown."""

    mean: float
    low: float | None
    high: float | None
    count: int


def estimate(values: Sequence[float], photos: Sequence[str], styles: Sequence[str]) -> Estimate:
    """The mean of the values and its interval, the same each time.

    Pairs that share a photo or a style are not independent. So photos and styles are drawn, each with replacement, and
    a pair counts as often as both were drawn (the pigeonhole bootstrap, Owen 2007; a little too wide rather than too
    narrow).

    values: at least one. photos, styles: what each value was measured of.
    """
    array = np.asarray(values, dtype=np.float64)
    if len(values) < 2:
        return Estimate(float(array[0]), None, None, 1)
    rng = np.random.default_rng(SEED)
    weights = _drawn(photos, rng) * _drawn(styles, rng)
    totals = weights.sum(1)
    means = (weights @ array)[totals > 0] / totals[totals > 0]
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(array.mean()), float(low), float(high), len(values))


def _drawn(names: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """How often the name of each value was drawn in each round, ``[ROUNDS, values]``."""
    unique, which = np.unique(np.asarray(names), return_inverse=True)
    return rng.multinomial(len(unique), np.full(len(unique), 1 / len(unique)), ROUNDS)[:, which]
