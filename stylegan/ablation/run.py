"""An ablation: the shared start, every training from it, and what each is measured at. Resumable after any kill."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file

from stylegan.ablation.bench import Bench, balanced_weights, start_config
from stylegan.ablation.grid import Variant
from stylegan.ablation.measure import Measured, measure
from stylegan.errors import EvaluationError, TrainingError
from stylegan.evaluation.judge import Judge
from stylegan.formats.safe_write import replacing, write_atomically
from stylegan.training.config import TrainConfig

START_FILE, PLAN_FILE, RESULT_FILE = "start.safetensors", "plan.json", "result.json"
RUNS = "runs"  # folder
SAVE_MINUTES = 0.5
TIMED_STEPS = 4
WAIT = 2.0  # seconds between looks for the start that another process trains


@dataclass(frozen=True)
class Run:
    """One training of the comparison."""

    variant: Variant
    seed: int

    @property
    def name(self) -> str:
        return f"{self.variant.name}-{self.seed}"


@dataclass(frozen=True)
class Event:
    """A step of something."""

    doing: str
    done: float  # of the whole ablation, 0..1


class Ablation:
    """Trains variants with several seeds on the same pictures, from the same start, for the same number of steps."""

    def __init__(
        self,
        bench: Bench,
        judge: Judge,
        folder: Path,
        runs: list[Run],
        config: TrainConfig,
        start_steps: int,
        side: int,
    ):
        """config: of the baseline; its ``steps`` are those of each run. side: px at which paintings are compared.

        Raises:
            EvaluationError: the folder holds an ablation of other pictures or settings.
        """
        self.bench, self.judge, self.folder = bench, judge, folder
        self.runs, self.config, self.start_steps = runs, config, start_steps
        self.plan = {
            "config": asdict(config),
            "start_steps": start_steps,
            "side": side,
            "photos": len(bench.photos),
            "paintings": len(bench.styles),
            "pairs": [one.pair.name for one in bench.held_out],
            "judge": judge.digest,
            "generator": bench.digest,
        }
        known = folder / PLAN_FILE
        if known.exists() and json.loads(known.read_text(encoding="utf-8")) != json.loads(json.dumps(self.plan)):
            raise EvaluationError(f"{folder} holds an ablation with other settings: choose another --output.")

    def folder_of(self, run: Run) -> Path:
        return self.folder / RUNS / run.name

    def missing(self) -> list[Run]:
        """The runs without a result."""
        return [run for run in self.runs if not (self.folder_of(run) / RESULT_FILE).exists()]

    def seconds(self) -> float:
        """About how long what is missing will take, by timing some steps; nothing is written."""
        with tempfile.TemporaryDirectory() as nowhere:
            trainer = self.bench.trainer(self.config, Path(nowhere))
            trainer.train_step()  # the first one is slower, and probes
            began = time.monotonic()
            for trainer.step in range(1, TIMED_STEPS + 1):
                trainer.train_step()
            step = (time.monotonic() - began) / TIMED_STEPS
            began = time.monotonic()
            measure(trainer.ema, self.bench.held_out[:1], self.judge)
            measuring = (time.monotonic() - began) * len(self.bench.held_out)
        start = 0 if (self.folder / START_FILE).exists() else self.start_steps * step
        return start + len(self.missing()) * ((self.config.steps or 0) * step + measuring)

    def run(self, share: tuple[int, int] = (0, 1)) -> Iterator[Event]:
        """Train what is missing. share: the number of this process and how many there are; each takes its part."""
        self.folder.mkdir(parents=True, exist_ok=True)
        number, count = share
        mine = [run for run in self.runs[number::count] if run in self.missing()]
        if number == 0:
            with replacing(self.folder / PLAN_FILE) as partial:
                partial.write_text(json.dumps(self.plan, indent=1), encoding="utf-8")
            yield from self._train_start()
        while not (self.folder / START_FILE).exists():
            time.sleep(WAIT)
        found = load_file(self.folder / START_FILE)
        weights = {
            (kind, loss): value.item()
            for name, value in found.items()
            for what, _, rest in [name.partition(" ")]
            if what == "weight"
            for kind, _, loss in [rest.partition(" ")]
        }
        decoder = {name.removeprefix("decoder "): t for name, t in found.items() if name.startswith("decoder ")}
        self.bench.generator.decoder.load_state_dict(decoder)
        for i, run in enumerate(mine):
            config = replace(run.variant.config(self.config, weights), seed=run.seed)
            for done in self._train(run, config):
                yield Event(run.name, (i + done) / len(mine))

    def _train_start(self) -> Iterator[Event]:
        """The decoder that every run starts from, and the weights of the losses, in one file."""
        if (self.folder / START_FILE).exists():
            return
        trainer = self.bench.trainer(start_config(self.config, self.start_steps), self.folder / RUNS / "start")
        trainer.resume()
        for _ in trainer.run(SAVE_MINUTES):
            yield Event("start", 0.0)
        self.bench.generator.decoder.load_state_dict(trainer.ema.decoder.state_dict())
        weights = balanced_weights(self.bench, self.config, self.folder)
        tensors = {f"decoder {name}": t for name, t in trainer.ema.decoder.state_dict().items()}
        tensors |= {f"weight {kind} {name}": torch.tensor(value) for (kind, name), value in weights.items()}
        write_atomically(self.folder / START_FILE, tensors, {})
        trainer.state_file.unlink(missing_ok=True)

    def _train(self, run: Run, config: TrainConfig) -> Iterator[float]:
        trainer = self.bench.trainer(config, self.folder_of(run))
        trainer.resume()
        stopped = ""
        try:
            with closing(trainer.run(SAVE_MINUTES)) as progress:
                for step in progress:
                    yield step.done
        except TrainingError as error:  # a result, too: these losses do not go together
            stopped = str(error)
        measured = measure(trainer.ema, self.bench.held_out, self.judge)
        self._write(run, trainer.step, trainer.elapsed, stopped, measured)
        trainer.state_file.unlink(missing_ok=True)

    def _write(self, run: Run, steps: int, seconds: float, stopped: str, measured: Measured) -> None:
        for one, painting in zip(self.bench.held_out, measured.paintings):
            painting.save(self.folder_of(run) / f"{one.pair.name}.png")
        facts = {
            "variant": run.variant.name,
            "seed": run.seed,
            "steps": steps,
            "seconds": round(seconds, 1),
            "stopped": stopped,
            "values": measured.values,
        }
        with replacing(self.folder_of(run) / RESULT_FILE) as partial:
            partial.write_text(json.dumps(facts, indent=1), encoding="utf-8")


def own_share() -> tuple[int, int]:
    """Which of how many processes this is, where ``accelerate launch`` has started several.

    The variables that tell are removed: each process then trains runs of its own by itself instead of all of them
    sharing every step of one.
    """
    number, count = (int(os.environ.pop(name, default)) for name, default in (("RANK", 0), ("WORLD_SIZE", 1)))
    local = int(os.environ.pop("LOCAL_RANK", 0))
    if torch.cuda.is_available():
        torch.cuda.set_device(local % torch.cuda.device_count())
    return number, count


def all_runs(variants: list[Variant], failures: tuple[Variant, ...], seeds: int) -> list[Run]:
    """Every variant with every seed, all of one seed before the next; of failures one run each."""
    first, *others = ([Run(variant, seed) for variant in variants] for seed in range(seeds))
    return [*first, *(Run(variant, 0) for variant in failures), *(run for of in others for run in of)]
