"""An evaluation: paint or find the paintings, measure each, and sum it all up."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from stylegan.errors import EvaluationError, ImageError
from stylegan.evaluation.bootstrap import Estimate, estimate
from stylegan.evaluation.judge import Judge
from stylegan.evaluation.measures import MEASURES, PAINTED, Values
from stylegan.evaluation.painter import paint
from stylegan.evaluation.pairs import Pair
from stylegan.evaluation.resume import ValueCache, key_of
from stylegan.pipeline import StyleTransfer

OWN = "Atelier"  # the system that paints here
KEPT_FILE = ".measured.json"
Estimates = dict[str, Estimate]  # by measure
PAINTINGS = "paintings"  # folder of what was painted here


@dataclass(frozen=True)
class Row:
    """One painting and what was measured of it."""

    system: str
    pair: Pair
    painting: Path
    values: Values


@dataclass
class Evaluation:
    """Systems, their paintings, and what was measured so far."""

    judge: Judge
    folder: Path  # of the report
    pixels: int  # short side at which photos are painted and compared
    systems: dict[str, dict[Pair, Path]]  # paintings by system and pair
    rows: list[Row] = field(default_factory=list)
    broken: dict[str, None] = field(default_factory=dict)  # what is wrong with pictures, in order and once each
    painted: dict[Pair, Values] = field(default_factory=dict)
    generator: str = ""  # digest of what painted here

    def __post_init__(self) -> None:
        self._cache = ValueCache(self.folder / KEPT_FILE)

    def paint(self, transfer: StyleTransfer, pairs: Iterable[Pair], finish: bool = False) -> Iterator[Pair]:
        """Paint pairs as one more system, the first; yields each pair when it is done. finish: with crisper strokes."""
        own: dict[Pair, Path] = {}
        self.generator = transfer.checkpoint.digest
        self.systems = {OWN: own, **self.systems}
        for pair in pairs:
            target = self.folder / PAINTINGS / f"{pair.name}.png"
            values = self._measured(
                ("painted", pair.photo, pair.style, transfer.checkpoint.digest, self.pixels, finish),
                partial(paint, transfer, pair, target, self.pixels, finish),
                again=not target.is_file(),
            )
            if values:
                own[pair], self.painted[pair] = target, values
            yield pair

    def score(self) -> Iterator[Pair]:
        """Measure every painting; yields each pair when it is done.

        Raises:
            EvaluationError: none of the paintings can be compared.
        """
        for system, found in self.systems.items():
            for pair, painting in found.items():
                values = self._measured(
                    ("scored", pair.photo, pair.style, painting, self.judge.digest, self.pixels),
                    partial(self.judge.score, pair, painting, self.pixels),
                )
                known = self.painted.get(pair) if system == OWN else None
                if values:
                    self.rows.append(Row(system, pair, painting, values | (known or dict.fromkeys(PAINTED))))
                yield pair
        if not self.rows:
            raise EvaluationError(" ".join(["No painting can be compared.", *self.broken]))

    def _measured(self, parts: tuple, measure: Callable[[], Values], again: bool = False) -> Values | None:
        """The values of an earlier run, or new ones; None where a picture is broken."""
        key = key_of(*parts)
        if key not in self._cache or again:
            try:
                self._cache.add(key, measure())
            except ImageError as error:
                self.broken[str(error)] = None
                return None
        return self._cache[key]

    def delete_cache(self) -> None:
        """Delete the values of this evaluation, so that the next one measures everything anew."""
        self._cache.path.unlink(missing_ok=True)

    def summary(self) -> dict[str, Estimates]:
        """Mean and interval of each measure, by system; without those that no picture of the system tells."""
        return {system: _estimates(self._values(system)) for system in self.systems}

    def differences(self) -> dict[str, Estimates]:
        """Each further system less the first, pair by pair on those that both have: hard pairs do not widen it."""
        first, *others = (self._values(system) for system in self.systems)
        return {
            name: _estimates({pair: _less(values, first[pair]) for pair, values in other.items() if pair in first})
            for name, other in zip(list(self.systems)[1:], others)
        }

    def _values(self, system: str) -> dict[Pair, Values]:
        return {row.pair: row.values for row in self.rows if row.system == system}


def _less(values: Values, others: Values) -> Values:
    return {name: _difference(value, others[name]) for name, value in values.items()}


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _estimates(values: dict[Pair, Values]) -> Estimates:
    found: Estimates = {}
    for name in (measure.name for measure in MEASURES):
        known = {pair: value for pair, of in values.items() if (value := of[name]) is not None}
        if known:
            photos, styles = ([getattr(pair, kind).stem for pair in known] for kind in ("photo", "style"))
            found[name] = estimate(list(known.values()), photos, styles)
    return found
