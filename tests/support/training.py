"""A training small enough for a test; as a script it is one process of such a training, to be killed or paralleled.

    python -m tests.support.training PHOTOS PAINTINGS OUTPUT [--steps N] [--config JSON]... [--tick SECONDS]

It prints one line of JSON for each step. Several configurations are trained one after another.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import deepcopy
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import torch

from stylegan.models.decoder import DecoderConfig
from stylegan.models.generator import Generator
from stylegan.models.perceptual import load_perceptual
from stylegan.training.config import TrainConfig
from stylegan.training.data import ImageTensors
from stylegan.training.keys import fit_keys
from stylegan.training.style_dataset import StyleDataset
from stylegan.training.trainer import Progress, Trainer

NO_LIMIT = 1e18  # minutes: so many that the learning rate does not feel the clock
SMALL = {"minutes": NO_LIMIT, "crop": 64, "batch": 4, "rows": 128, "precision": "fp32"}


_fitted: dict[int, Generator] = {}  # by the pictures: each test has the same ones in another folder


def make_generator(paintings: ImageTensors) -> Generator:
    """An untrained generator with a small decoder."""
    key = hash(b"".join(image.numpy().tobytes() for image in paintings.images))
    if key not in _fitted:
        torch.manual_seed(0)
        _fitted[key] = Generator(DecoderConfig(widths=(16, 8)), load_perceptual("lens"))
        fit_keys(_fitted[key], paintings, paintings, steps=40)
    return deepcopy(_fitted[key])


def make_trainer(photos: Path, paintings: Path, output: Path, **config: object) -> Trainer:
    """The same trainer at each call, except for what is given."""
    images = ImageTensors.from_folder(paintings, 128)
    generator = make_generator(images)
    torch.manual_seed(1)  # for the discriminator
    styles = StyleDataset.of_paintings(images, generator, 256)
    return Trainer(TrainConfig(**SMALL | config), generator, ImageTensors.from_folder(photos, 80), styles, output)


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
        patch("stylegan.training.trainer.time", SimpleNamespace(monotonic=ticking(arguments.tick))).start()
    for config in arguments.config or [{}]:
        trainer = make_trainer(arguments.photos, arguments.paintings, arguments.output, **config)
        with closing(trainer.run(save_minutes=0)) as run:
            for progress in islice(run, arguments.steps):
                print(json.dumps({"step": progress.step, **progress.losses}), flush=True)


if __name__ == "__main__":
    main()
