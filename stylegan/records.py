"""What a training leaves behind to look at: a CSV of every loss term, grids of samples, and its health."""

import csv
import math
from pathlib import Path

from PIL import Image


class TrainingError(RuntimeError):
    """Training cannot go on; the message says why."""


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

    WARM_UP = 300  # steps before the running means are judged
    MIN_TAKES = 0.002  # of 0..1, mean absolute difference between outputs for different z
    MIN_STYLES = 0.01  # the same between outputs for different styles
    WON = 0.01  # discriminator loss under which it no longer teaches anything

    def __init__(self, can_win: bool = True):
        """can_win: whether a small discriminator loss means that it has won; a Wasserstein critic's is negative."""
        self.can_win = can_win
        self.steps = 0
        self.means: dict[str, float] = {}

    def check(self, terms: dict[str, float]) -> None:
        """Judge the terms of one step.

        Raises:
            TrainingError: with the reason, in plain words.
        """
        broken = [name for name, value in terms.items() if not math.isfinite(value)]
        if broken:
            raise TrainingError(f"not a number in {', '.join(broken)}: lower the learning rate and resume")
        self.steps += 1
        for name, value in terms.items():
            self.means[name] = 0.98 * self.means.get(name, value) + 0.02 * value
        if self.steps < self.WARM_UP:
            return
        if self.means["takes"] < self.MIN_TAKES:
            raise TrainingError("mode collapse: outputs for different noise no longer differ; raise diversity_weight")
        if self.means.get("styles", 1) < self.MIN_STYLES:
            raise TrainingError("mode collapse: outputs for different styles no longer differ; raise style_weight")
        if self.can_win and self.means.get("discriminator", 1) < self.WON and self.means.get("gap", 0) > 0:
            raise TrainingError("the discriminator has won: lower discriminator_rate or adversarial_weight")


def contact_sheet(rows: list[list[Image.Image]], gap: int = 4) -> Image.Image:
    """Images in rows, each cell as large as the first image."""
    width, height = rows[0][0].size
    columns = max(map(len, rows))
    sheet = Image.new("RGB", (columns * (width + gap) - gap, len(rows) * (height + gap) - gap), "white")
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            sheet.paste(image.resize((width, height)), (x * (width + gap), y * (height + gap)))
    return sheet
