"""Small plots of means and intervals, one for each measure, as numbers that the report draws as SVG."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stylegan.evaluation.bootstrap import Estimate
from stylegan.evaluation.measures import MEASURES, Measure

WIDTH, ROW, LEFT, MARGIN = 320, 26, 110, 18  # px: of a plot, of a system, of its name, around the marks
COLORS = ("#2f5d8a", "#b8552f", "#4c7a45", "#7a4c8a", "#8a7a2f", "#4a4a4a")  # of systems, in turn


@dataclass(frozen=True)
class Mark:
    """A system in a plot: a dot with a line, in px from the left and from the top."""

    system: str
    color: str
    y: float
    mean: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Plot:
    """Systems under one measure."""

    measure: Measure
    marks: list[Mark]
    ends: tuple[str, str]  # what the left and the right end of the marks stand for
    left: int
    right: int
    width: int
    height: int


def plots(summary: Mapping[str, Mapping[str, Estimate]]) -> Iterator[Plot]:
    """A plot for each measure that any system has; summary: estimates by system and measure."""
    for measure in MEASURES:
        found = {system: of[measure.name] for system, of in summary.items() if measure.name in of}
        if found:
            reach = {system: (_or(one.low, one.mean), _or(one.high, one.mean)) for system, one in found.items()}
            ends = min(low for low, _ in reach.values()), max(high for _, high in reach.values())
            marks = list(_marks(measure, found, list(summary), ends))
            least, most = (f"{end:.{measure.digits}f}" for end in ends)
            yield Plot(measure, marks, (least, most), LEFT + MARGIN, WIDTH - MARGIN, WIDTH, ROW * len(marks) + MARGIN)


def _marks(
    measure: Measure, found: dict[str, Estimate], systems: list[str], ends: tuple[float, float]
) -> Iterator[Mark]:
    least, most = ends

    def place(value: float) -> float:
        share = (value - least) / (most - least) if most > least else 0.5
        return round(LEFT + MARGIN + share * (WIDTH - LEFT - 2 * MARGIN), 1)

    for i, (system, one) in enumerate(found.items()):
        color = COLORS[systems.index(system) % len(COLORS)]
        low, high = _or(one.low, one.mean), _or(one.high, one.mean)
        text = f"{one.mean:.{measure.digits}f} ({low:.{measure.digits}f} to {high:.{measure.digits}f})"
        yield Mark(system, color, ROW * (i + 0.5), place(one.mean), place(low), place(high), text)


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
