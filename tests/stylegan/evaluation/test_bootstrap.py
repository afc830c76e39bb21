"""Intervals must hold what is true about as often as they say, and be honest about what is unknown."""

import numpy as np
import pytest

from stylegan.evaluation.bootstrap import estimate


def names(prefix: str, count: int, repeat: int = 1, tile: int = 1) -> list[str]:
    return [f"{prefix}{i}" for _ in range(tile) for i in range(count) for _ in range(repeat)]


def test_one_value_has_no_interval():
    found = estimate([0.4], ["a"], ["s"])
    assert found.mean == 0.4 and found.low is None and found.high is None


def test_the_same_values_give_the_same_interval_around_their_mean():
    values = np.random.default_rng(0).normal(1, 0.1, 30)
    a, b = (estimate(values, names("p", 5, repeat=6), names("s", 6, tile=5)) for _ in range(2))
    assert a == b and a.count == 30 and a.mean == pytest.approx(values.mean())
    assert a.low is not None and a.high is not None and a.low < a.mean < a.high


def test_pairs_that_share_a_style_count_as_less_than_so_many_pairs():
    """All that differs are the two styles: thirty pairs of them know no more than the two."""
    values = [0.0, 1.0] * 15
    shared = estimate(values, names("p", 15, repeat=2), names("s", 2, tile=15))
    assert (shared.low, shared.high) == (0, 1)


def test_most_intervals_hold_the_truth():
    rng, held = np.random.default_rng(1), 0
    photos, styles = names("p", 8, repeat=8), names("s", 8, tile=8)
    for _ in range(60):
        values = (rng.normal(0, 1, 8)[:, None] + rng.normal(0, 1, 8)[None]).ravel() + rng.normal(0, 0.5, 64)
        found = estimate(values, photos, styles)
        held += found.low <= 0 <= found.high  # type: ignore[operator]
    assert held >= 50
