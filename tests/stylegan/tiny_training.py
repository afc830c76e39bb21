"""A training small enough for a test; as a script it is one process of such a training, to be killed or paralleled.

    python -m tests.stylegan.tiny_training PHOTOS PAINTINGS OUTPUT [--steps N] [--config JSON]... [--tick SECONDS]

It prints one line of JSON for each step. Several configurations are trained one after another.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import torch

from stylegan.data import ImageSet
from stylegan.networks import Generator, GeneratorConfig, StyleEncoder
from stylegan.perceptual import Lens, load_perceptual
from stylegan.styleset import StyleSet
from stylegan.trainer import Painter, Progress, TrainConfig, Trainer

BUILTIN = ["painting_0", "painting_2"]
GENERATOR = GeneratorConfig(style_dim=16, noise_dim=64, widths=(8, 16, 16), blocks=1)
NO_LIMIT = 1e18  # minutes: so many that the learning rate does not feel the clock


def make_style_set(paintings: Path, **options: object) -> StyleSet:
    """The paintings at a fifth of their usual scale."""
    torch.manual_seed(0)
    arguments = {
        "builtin_stems": BUILTIN,
        "encoder": StyleEncoder(style_dim=16, hidden=16, lens=Lens(width=8)),
        "perceptual": Lens(width=8),
        "style_loss": "gram",
        "variants": 1,
        "device": "cpu",
    }
    with patch("stylegan.styleset.SHORT_SIDE", 96):
        return StyleSet.from_folder(paintings, **arguments | options)


def make_trainer(
    photos: Path, paintings: Path, output: Path, builtin: list[str] | None = None, **config: object
) -> Trainer:
    """The same trainer at each call, except for what is given."""
    config = TrainConfig(**{"minutes": NO_LIMIT, "crop": 64, "batch": 4} | config)
    stems = BUILTIN if builtin is None else builtin
    torch.manual_seed(0)
    perceptual = load_perceptual("lens")
    encoder = StyleEncoder(style_dim=16, hidden=16, lens=load_perceptual("lens"))
    generator = Generator(GENERATOR)
    styles = make_style_set(
        paintings, builtin_stems=stems, encoder=encoder, perceptual=perceptual, style_loss=config.style_loss
    )
    encoder.center.copy_(styles.statistics.mean(0))
    encoder.spread.copy_(styles.statistics.std(0, correction=0) + 1e-3)
    torch.manual_seed(1)  # for the discriminator
    painter = Painter(generator, encoder, len(stems))
    return Trainer(config, painter, ImageSet.from_folder(photos, 80), styles, perceptual, output)


def train(trainer: Trainer, steps: int, **options: float) -> list[Progress]:
    """Run some steps and stop in the orderly way, which saves the state."""
    with closing(trainer.run(**options)) as run:
        return list(islice(run, steps))


def ticking(tick: float) -> Callable[[], float]:
    """A clock that moves by so many seconds each time somebody looks at it."""
    ticks: Iterator[int] = count()
    return lambda: tick * next(ticks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--config", type=json.loads, action="append")
    parser.add_argument("--tick", type=float, help="use a clock that moves by so many seconds at each look")
    arguments = parser.parse_args()
    if arguments.tick:
        patch("stylegan.trainer.time", SimpleNamespace(monotonic=ticking(arguments.tick))).start()
    for config in arguments.config or [{}]:
        trainer = make_trainer(arguments.photos, arguments.paintings, arguments.output, **config)
        with closing(trainer.run(save_minutes=0)) as run:
            for progress in islice(run, arguments.steps):
                print(json.dumps({"step": progress.step, **progress.losses}), flush=True)


if __name__ == "__main__":
    main()
