"""Teach the decoder one more style from a few pictures: the loop of the base training on a single style memory."""

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from PIL import Image, ImageOps
from torch import Tensor

from stylegan.errors import SettingError, StyleError
from stylegan.formats.checkpoint import Checkpoint, load_discriminator
from stylegan.formats.style_pack import MAX_BYTES, MAX_PICTURES, PREVIEW_SIDE, PackFacts, StylePack, clean_name
from stylegan.images import load_image, to_image, to_tensor
from stylegan.models.features import CHANNELS, layout_difference
from stylegan.models.generator import Generator
from stylegan.models.key_encoder import KEY_DIM
from stylegan.models.style_memory import (
    LEVELS,
    MAX_ROWS,
    SHORT_SIDE,
    StyleMemory,
    pack_memory,
    standardize,
    unpack_memory,
)
from stylegan.remember import preview_tile, read_pictures
from stylegan.sample_photos import sample_photos
from stylegan.training import losses
from stylegan.training.config import FINETUNING, TrainConfig
from stylegan.training.data import ImageTensors, color_variant, load_uint8
from stylegan.training.losses import DEFAULT_OBJECTIVE, Objective
from stylegan.training.style_dataset import StyleDataset
from stylegan.training.trainer import Trainer

PHOTO_SHORT_SIDE = 288  # px
PREVIEW_SECONDS = 2.0
SPARE_BYTES = 90_000  # of a pack, for its preview, statistics and texts


@dataclass(frozen=True)
class FinetuneProgress:
    """One event of a fine-tuning."""

    step: int
    seconds: float  # since the start, earlier runs counted in
    left: float  # seconds; infinite: unknown yet
    done: float  # part of the budget, 0..1
    losses: dict[str, float] = field(default_factory=dict)
    preview: list[Image.Image] | None = None  # the preview photos as painted now; None: not painted anew
    distances: dict[str, float] | None = None  # with each preview, where they were asked for
    pack: StylePack | None = None  # with the last event: what was learnt


def finetune(
    checkpoint: Checkpoint,
    pictures: Sequence[str | Path | Image.Image],
    name: str,
    folder: Path,
    *,
    minutes: float = FINETUNING.minutes,
    steps: int | None = None,
    photos: Sequence[str | Path | Image.Image] = (),
    preview: Sequence[Image.Image] = (),
    license: str = "",
    objective: Objective = DEFAULT_OBJECTIVE,
    resumable: bool = True,
    measured: bool = False,
    stop: Callable[[], bool] = lambda: False,
    device: str | torch.device = "cpu",
    config: TrainConfig | None = None,
) -> Iterator[FinetuneProgress]:
    """Learn a style. The first event shows what the memory alone paints, the last one holds the pack.

    If the folder holds the state of an earlier run, that run is resumed.

    Args:
        checkpoint: the base.
        pictures: 1 to 20 pictures of the style.
        name: what to call it.
        folder: for the log and the state of the training.
        minutes: time budget, preparation included. steps: if given, so many (1 at least), whatever time they take.
        photos: more photos to practise on, beside the sample photos.
        preview: photos to paint with the first and the last event, and at least 2 s apart in between.
        license: what others may do with the style, in the owner's words.
        objective: the losses to learn it with.
        resumable: save the state, so that a later call can go on; saving takes a moment at the end.
        measured: tell the ``distances`` with each preview, the same measures whatever the objective.
        stop: asked after every step; True ends the training, what was learnt is kept.
        config: the other options, those of ``stylegan.training.config.FINETUNING`` if None.

    Raises:
        ImageError, StyleError, SettingError: a picture, the name or a number cannot be used.
        TrainingError: the training went wrong; the message says why.
    """
    start = time.monotonic()
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise StyleError(f"A style is learnt from 1 to {MAX_PICTURES} pictures, not {len(pictures)}.")
    name = clean_name(name)
    facts = PackFacts(license=license, objective=str(objective))  # a text that cannot be kept is refused now
    if steps is not None and steps < 1:
        raise SettingError("A style is learnt in 1 step at least.")
    config = replace(
        config or FINETUNING,
        content_loss=objective.content,
        style_loss=objective.style,
        adversarial_loss=objective.adversarial,
        minutes=float("inf") if steps else minutes,
        steps=steps,
    )
    content = practice_photos(photos, config.seed)
    trainer = one_style_trainer(checkpoint, pictures, content, folder, config, torch.device(device))
    trainer.resume()
    if steps is None:
        setup = (time.monotonic() - start) / 60
        trainer.minutes = max(minutes - setup, 0.05)
    canvas = [to_tensor(photo).to(device) for photo in preview]

    def seen() -> dict[str, Any]:
        """What there is to be seen now."""
        told = distances(trainer.ema, trainer.styles.memory(0)) if measured else None
        return {"preview": paint(trainer, canvas), "distances": told}

    yield FinetuneProgress(
        step=trainer.step,
        seconds=trainer.elapsed,
        left=60 * trainer.minutes * (1 - trainer.spent),
        done=trainer.spent,
        **seen(),
    )
    yield from _events(trainer, seen if canvas else None, resumable, stop)
    pack = to_pack(trainer, checkpoint, name, facts)
    yield FinetuneProgress(trainer.step, trainer.elapsed, 0.0, 1.0, **seen(), pack=pack)


def _events(
    trainer: Trainer, seen: Callable[[], dict[str, Any]] | None, resumable: bool, stop: Callable[[], bool]
) -> Iterator[FinetuneProgress]:
    """One event after each step, some with a preview."""
    first, began = trainer.spent, time.monotonic()
    painted_at = began
    events = trainer.run(save_minutes=0.5 if resumable else None, grid_minutes=float("inf"))
    for progress in events:
        now = time.monotonic()
        due = now - painted_at >= PREVIEW_SECONDS
        painted_at = now if due else painted_at
        yield FinetuneProgress(
            step=progress.step,
            seconds=progress.seconds,
            left=(now - began) * (1 - progress.done) / max(progress.done - first, 1e-9),
            done=progress.done,
            losses=progress.losses,
            **(seen() if seen and due else {}),
        )
        if stop():
            events.close()
            return


def work_folder(output: Path, pictures: Sequence[Path], checkpoint: Checkpoint, objective: Objective) -> Path:
    """Where the training that writes ``output`` keeps its state; another one for other pictures, base or losses.

    Raises:
        ImageError: a picture is not there.
    """
    digest = hashlib.sha256(f"{checkpoint.digest} {objective}".encode())
    for picture in pictures:
        load_image(picture)  # says what is wrong with it
        digest.update(hashlib.sha256(picture.read_bytes()).digest())
    return output.with_name(f".{output.name}.{digest.hexdigest()[:12]}.training")


def one_style_trainer(
    checkpoint: Checkpoint,
    pictures: Sequence[str | Path | Image.Image],
    photos: Sequence[Tensor],
    folder: Path,
    config: TrainConfig,
    device: torch.device,
    known: StylePack | None = None,
) -> Trainer:
    """A trainer that adapts a checkpoint's decoder to one style.

    photos: uint8 ``[3, H, W]``, to practise on. known: an earlier pack of the style, to start from.
    """
    cuda = device.type == "cuda"
    torch.manual_seed(config.seed)
    generator = deepcopy(checkpoint.generator).to(device)
    memory = read_pictures(generator, pictures, rows_that_fit(generator)).to(torch.device("cpu"))
    memory = unpack_memory(pack_memory(memory)).to(device)  # as the pack will hold it
    views = [load_uint8(picture, SHORT_SIDE) for picture in pictures]
    styles = StyleDataset.of_one(ImageTensors(views, device), memory)
    own = dict(generator.decoder.named_parameters())
    for name, delta in (known.deltas if known else {}).items():
        own[name].data.add_(delta.to(device))
    weights, accelerator = load_discriminator(checkpoint.folder), Accelerator(cpu=not cuda)
    return Trainer(config, generator, ImageTensors(list(photos), device), styles, folder, accelerator, weights)


def rows_that_fit(generator: Generator) -> int:
    """How many rows each level of a memory may have, so that they and all deltas fit into a style pack."""
    deltas = 2 * sum(p.numel() for p in generator.decoder.parameters())  # half floats
    row = CHANNELS + KEY_DIM + 4  # bytes: rows and keys of 8 bits, and a share
    return min(MAX_ROWS, (MAX_BYTES - SPARE_BYTES - deltas) // (LEVELS * row))


def practice_photos(photos: Sequence[str | Path | Image.Image], seed: int) -> list[Tensor]:
    """The user's photos and the sample photos, each also in other colours against overfitting."""
    rng = random.Random(seed)
    images = [load_uint8(photo, PHOTO_SHORT_SIDE) for photo in (*photos, *sample_photos())]
    return [*images, *(color_variant(image, rng) for image in images)]


@torch.no_grad()
def paint(trainer: Trainer, photos: list[Tensor]) -> list[Image.Image]:
    """Photos ``[1, 3, H, W]`` as the averaged generator paints them now."""
    memory = trainer.styles.memory(0)
    return [to_image(trainer.ema(photo, memory)) for photo in photos]


@torch.no_grad()
def to_pack(trainer: Trainer, checkpoint: Checkpoint, name: str, facts: PackFacts) -> StylePack:
    """A style pack of what a trainer has learnt so far. facts: what else the pack says.

    The averaged weights are rounded as the file rounds them, so that what is shown last is what the pack paints.
    """
    before = dict(checkpoint.generator.decoder.named_parameters())
    deltas = {}
    for parameter, value in trainer.ema.decoder.named_parameters():
        base = before[parameter].to(value.device)
        delta = (value - base).half().float()
        value.copy_(base + delta)
        deltas[parameter] = delta.cpu()
    memory = trainer.styles.memory(0)
    return StylePack(
        name=name,
        base=checkpoint.digest,
        memory=memory.to(torch.device("cpu")),
        deltas=deltas,
        facts=replace(
            facts,
            pictures=len(trainer.styles.images),
            steps=trainer.step,
            distances=distances(trainer.ema, memory),
        ),
        preview=preview_tile(trainer.ema, memory),
    )


@torch.no_grad()
def distances(generator: Generator, memory: StyleMemory) -> dict[str, float]:
    """How far a painting of a sample photo is from the style and from the photo's layout: the lower, the better.

    Seen through the lens, the same measures whatever the losses were: ``near``, mean cosine distance of each place to
    the most similar row of the memory at three scales; ``layout``, difference of self-similarities at two.
    """
    square = ImageOps.fit(load_image(sample_photos()[0]), (2 * PREVIEW_SIDE, 2 * PREVIEW_SIDE))
    photo = to_tensor(square).to(generator.device)
    painting = generator(photo, memory)
    painted, original = ([_columns(generator, image, i) for i in range(3)] for image in (painting, photo))
    near = [
        losses.nearest_loss(standardize(columns, level.mean, level.spread)[0], (level.rows - level.mean) / level.spread)
        for columns, level in zip(painted, memory.levels)
    ]
    scale = generator.decoder.center, generator.decoder.spread
    layout = [
        layout_difference(standardize(a, *scale)[0], standardize(b, *scale)[0])
        for a, b in zip(painted[1:], original[1:])
    ]
    return {"near": round(torch.stack(near).mean().item(), 4), "layout": round(torch.stack(layout).mean().item(), 4)}


def _columns(generator: Generator, image: Tensor, level: int) -> Tensor:
    return generator.columns(F.avg_pool2d(image, 1 << level))
