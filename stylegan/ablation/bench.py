"""What all trainings of an ablation share: pictures, held-out pairs, the start, and the weights of the losses."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from stylegan.ablation.grid import FACTORS, NONE
from stylegan.errors import EvaluationError
from stylegan.evaluation.judge import load_view
from stylegan.evaluation.pairs import Pair, listed, listed_pairs, pictures
from stylegan.formats.checkpoint import load_checkpoint
from stylegan.models.decoder import Decoder
from stylegan.models.generator import Generator
from stylegan.models.style_memory import SHORT_SIDE, StyleMemory
from stylegan.training.config import TrainConfig
from stylegan.training.data import ImageTensors, load_uint8
from stylegan.training.finetune import PHOTO_SHORT_SIDE
from stylegan.training.style_dataset import StyleDataset
from stylegan.training.trainer import Trainer

BALANCE_BATCHES = 6
REBUILDING = {f"{term}_weight": 0.0 for term in ("painted", "moments", "style", "content", "adversarial")}


@dataclass(frozen=True)
class HeldOut:
    """A pair that no training sees, as it is painted and compared."""

    pair: Pair
    photo: Tensor  # [1, 3, H, W] in 0..1
    style: Tensor  # [1, 3, H, W] in 0..1
    memory: StyleMemory


@dataclass
class Bench:
    """Pictures on the training device, and where every training starts."""

    photos: ImageTensors
    styles: StyleDataset
    held_out: list[HeldOut]
    generator: Generator  # lens and basis of the shipped one; the decoder is random until the start is trained
    digest: str  # of the shipped generator's file

    def trainer(self, config: TrainConfig, folder: Path) -> Trainer:
        """A training from the shared start; the seed of its discriminator is the configuration's."""
        torch.manual_seed(config.seed)
        return Trainer(config, deepcopy(self.generator), self.photos, self.styles, folder)


def find_pairs(content: Path, styles: Path, exclude: Path | None, count: int) -> tuple[list[Pair], set[str]]:
    """Pairs to measure, and the names of all pictures that no training may see.

    exclude: CSV file with a photo and a style in each row, by name without suffix; None: the last pictures of both
        folders are held out.

    Raises:
        EvaluationError: no pictures, no pairs, or nothing left to train on.
    """
    photos, paintings = pictures(content), pictures(styles)
    if exclude:
        rows = listed(exclude)
        unseen = {name for row in rows for name in row}
        pairs = listed_pairs(rows, photos, paintings)[:count]
    else:
        pairs = [Pair(*both) for both in zip(list(photos.values())[-count:], list(paintings.values())[-count:])]
        unseen = {path.stem for pair in pairs for path in (pair.photo, pair.style)}
    if not pairs:
        raise EvaluationError(f"No row of {exclude} names a photo of {content} and a painting of {styles}.")
    for folder, found in ((content, photos), (styles, paintings)):
        if not found.keys() - unseen:
            raise EvaluationError(f"Nothing is left to train on in {folder}: {len(pairs)} pictures are held out.")
    return pairs, unseen


def load_bench(
    content: Path, styles: Path, pairs: list[Pair], unseen: set[str], limit: int, side: int, config: TrainConfig
) -> Bench:
    """Read up to ``limit`` paintings and three times as many photos, evenly spaced in the folders.

    side: px, short side of the photos that are measured.

    Raises:
        ImageError: a picture that cannot be used.
    """
    checkpoint = load_checkpoint()
    shipped = checkpoint.generator
    photos = [load_uint8(path, PHOTO_SHORT_SIDE) for path in _some(pictures(content), unseen, 3 * limit)]
    paintings = ImageTensors([load_uint8(path, SHORT_SIDE) for path in _some(pictures(styles), unseen, limit)])
    generator = deepcopy(shipped)
    torch.manual_seed(config.seed)
    fresh = Decoder(shipped.decoder.config)
    fresh.center.copy_(shipped.decoder.center)
    fresh.spread.copy_(shipped.decoder.spread)
    generator.decoder = fresh
    dataset = StyleDataset.of_paintings(paintings, generator, config.rows)
    held_out = [_hold_out(pair, generator, side) for pair in pairs]
    return Bench(ImageTensors(photos), dataset, held_out, generator, checkpoint.digest)


def _hold_out(pair: Pair, generator: Generator, side: int) -> HeldOut:
    style = load_view(pair.style, SHORT_SIDE)
    return HeldOut(pair, load_view(pair.photo, side), style, generator.remember([style]))


def start_config(config: TrainConfig, steps: int) -> TrainConfig:
    """The training of the shared start: pictures are rebuilt from their own features, which favours no loss."""
    return replace(config, steps=steps, **REBUILDING)


def balanced_weights(bench: Bench, config: TrainConfig, folder: Path) -> dict[tuple[str, str], float]:
    """Weights with which each content and each style loss pulls as hard at the start as the default one.

    Losses differ by orders of magnitude; at one weight for all, the comparison would be one of magnitudes. What is made
    equal is the norm of the gradient with respect to the painted pixels, the mean over some batches.
    """
    weights: dict[tuple[str, str], float] = {}
    for kind in ("content", "style"):
        names = [name for name in FACTORS[kind] if name != NONE]
        norms = {name: _pull(bench, replace(config, **{f"{kind}_loss": name}), kind, folder) for name in names}
        usual = norms[getattr(config, f"{kind}_loss")]
        for name, norm in norms.items():
            weights[kind, name] = getattr(config, f"{kind}_weight") * usual / max(norm, 1e-12)
    return weights


def _pull(bench: Bench, config: TrainConfig, kind: str, folder: Path) -> float:
    trainer = bench.trainer(config, folder)
    norms = []
    for step in range(BALANCE_BATCHES):
        batch = trainer.sampler.draw(step)
        given = trainer.practice.give(batch)
        with torch.no_grad():
            decoded = trainer.generator.decoder(given.features)
        decoded.requires_grad_()
        term: Tensor = trainer.practice.losses(batch, given, decoded)[kind]
        (gradient,) = torch.autograd.grad(term, decoded)
        norms.append(gradient.norm().item())
    return sum(norms) / len(norms)


def _some(found: dict[str, Path], unseen: Iterable[str], limit: int) -> list[Path]:
    """At most ``limit`` of the pictures that may be seen, evenly spaced."""
    files = [path for name, path in found.items() if name not in unseen]
    return [files[i * len(files) // limit] for i in range(limit)] if len(files) > limit else files
