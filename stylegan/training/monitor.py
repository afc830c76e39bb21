"""What watches over a training: a CSV of every loss term, probes, and health checks."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.errors import TrainingError
from stylegan.models.generator import Generator
from stylegan.models.style_memory import StyleMemory, standardize
from stylegan.training.losses import take_difference

PROBED_ROWS = 1024  # of a memory, by which *cover* is measured
PLAIN = 0.01  # mean local contrast under which all takes of a style must look alike


class LossLog:
    """Appends rows to a CSV file; rows of steps that a resumed training will repeat are dropped."""

    def __init__(self, path: Path, resumed_step: int):
        rows = []
        if path.exists():
            with open(path, newline="") as file:
                rows = [row for row in csv.DictReader(file) if int(row["step"]) <= resumed_step]
        self._file = open(path, "w", newline="")  # noqa: SIM115 (closed by close)
        self._writer = None
        for row in rows:
            self.add(row)

    def add(self, row: dict[str, float | str]) -> None:
        if self._writer is None:
            self._writer = csv.DictWriter(self._file, row.keys(), extrasaction="ignore", restval="")
            self._writer.writeheader()
        self._writer.writerow({k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()})
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class HealthCheck:
    """Stops a training that has gone wrong: not a number, a discriminator that has won, or collapse."""

    WARMUP_STEPS = 300  # steps before the running means are checked
    MIN_DIVERSITY = 0.002  # of 0..1, mean absolute difference of two takes
    MAX_RISE = 0.15  # of *cover* over the lowest that it has been
    D_COLLAPSE_LOSS = 0.01  # discriminator loss under which it no longer teaches anything

    def __init__(self, check_discriminator: bool = True):
        """check_discriminator: whether a small loss of it means that it has won; a Wasserstein critic's is negative."""
        self.check_discriminator = check_discriminator
        self.steps = 0
        self.means: dict[str, float] = {}
        self.lowest_cover = math.inf

    def check(self, terms: dict[str, float]) -> None:
        """Check the terms of one step.

        Raises:
            TrainingError: with the reason, in plain words.
        """
        broken = [name for name, value in terms.items() if not math.isfinite(value)]
        if broken:
            raise TrainingError(f"not a number in {', '.join(broken)}: lower the learning rate and resume")
        self.steps += 1
        for name, value in terms.items():
            self.means[name] = 0.98 * self.means.get(name, value) + 0.02 * value
        cover = self.means.get("cover", 0)
        self.lowest_cover = min(self.lowest_cover, cover)
        if self.steps < self.WARMUP_STEPS:
            return
        if self.means.get("diversity", 1) < self.MIN_DIVERSITY:
            raise TrainingError("mode collapse: other parts of a style give the same painting; raise features_weight")
        if cover > self.lowest_cover + self.MAX_RISE:
            raise TrainingError("mode collapse: paintings use less and less of their styles; lower style_weight")
        if (
            self.check_discriminator
            and self.means.get("discriminator", 1) < self.D_COLLAPSE_LOSS
            and self.means.get("logit_gap", 0) > 0
        ):
            raise TrainingError("the discriminator has won: lower discriminator_rate or adversarial_weight")


@torch.no_grad()
def probe(generator: Generator, photo: Tensor, memories: Sequence[StyleMemory]) -> dict[str, float]:
    """How much of their styles paintings use, and how much two takes differ: both tell of mode collapse.

    photo: ``[1, 3, H, W]`` in 0..1. Returns ``cover``, mean cosine distance of each row of a memory to the most similar
    place of the painting, 0 to 2, and ``diversity``, mean absolute difference, 0 to 1 (1 where styles are so plain that
    takes cannot differ).
    """
    covers, takes = [], []
    for memory in memories:
        one, other = (generator(photo, memory, seed=seed) for seed in (1, 2))
        covers.append(cover(generator, one, memory))
        if memory.contrast.mean() > PLAIN:
            takes.append(take_difference(one, other).mean().item())
    return {"cover": sum(covers) / len(covers), "diversity": sum(takes) / len(takes) if takes else 1.0}


def cover(generator: Generator, painting: Tensor, memory: StyleMemory) -> float:
    """Mean cosine distance of the rows of a memory to the most similar place of a painting ``[1, 3, H, W]``, 0 to 2."""
    level = memory.levels[0]
    height, width = (n // 4 * 4 for n in painting.shape[2:])
    columns = generator.columns(painting[:, :, :height, :width])
    places = F.normalize(standardize(columns, level.mean, level.spread)[0].flatten(1), dim=0)
    rows = level.rows[:: max(1, len(level.rows) // PROBED_ROWS)]
    rows = F.normalize((rows - level.mean) / level.spread, dim=1)
    return (1 - (rows @ places).amax(1)).mean().item()
