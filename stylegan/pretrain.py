"""Pretraining of the base generator: all paintings of a folder, the built-in ones oftener."""

import datetime
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator

from stylegan.builtin import StyleInfo
from stylegan.checkpoints import (
    DISCRIMINATOR_FILE,
    GENERATOR_FILE,
    Checkpoint,
    load_checkpoint,
    load_discriminator,
    save_checkpoint,
)
from stylegan.data import ImageSet, image_files
from stylegan.networks import Generator, StyleEncoder
from stylegan.perceptual import load_perceptual
from stylegan.state import write_atomically
from stylegan.styleset import StyleSet
from stylegan.trainer import Painter, TrainConfig, Trainer

CONTENT_SHORT_SIDE = 288  # px
COLOR_VARIANTS = 1  # recoloured copies of each painting


def pretraining(
    content: Path,
    styles: Path,
    output: Path,
    config: TrainConfig,
    builtin: tuple[StyleInfo, ...],
    perceptual: str = "lens",
    base: Path | None = None,
    accelerator: Accelerator | None = None,
) -> Trainer:
    """A trainer ready to run; call its ``resume`` to go on with what the output folder holds.

    builtin: named styles; those whose picture is not in the folder are left out.
    perceptual: what the losses look through, see ``load_perceptual``.
    base: folder with a generator and a discriminator to start from instead of random weights.

    Raises:
        FileNotFoundError: a folder without images.
        CheckpointError: no usable generator in base.
    """
    accelerator = accelerator or Accelerator(mixed_precision="bf16" if torch.cuda.is_available() else "no")
    torch.manual_seed(config.seed)
    network = load_perceptual(perceptual).to(accelerator.device)
    checkpoint = load_checkpoint(base) if base else None
    encoder = StyleEncoder(lens=load_perceptual("lens")).to(accelerator.device)
    if checkpoint:  # before anything is measured: the encoder brings the lens that it learnt with
        encoder.load_state_dict(checkpoint.encoder.state_dict())
    known = present_styles(builtin, styles)
    with accelerator.main_process_first():  # the others read its cache
        style_set = StyleSet.from_folder(
            styles,
            [style.source for style in known],
            encoder,
            network,
            config.style_loss,
            COLOR_VARIANTS,
            accelerator.device,
            cache=Path(output) / f"statistics_{config.style_loss}.safetensors",
        )
    content_set = ImageSet.from_folder(content, CONTENT_SHORT_SIDE, accelerator.device)
    painter = Painter(Generator(), encoder, len(known))
    if checkpoint:
        _start_from(checkpoint, painter, known, style_set)
    else:
        encoder.standardize(style_set.statistics)
    trainer = Trainer(config, painter, content_set, style_set, network, output, accelerator)
    if base:
        judge = load_discriminator(base)
        if judge:
            trainer.bare_discriminator.load_state_dict(judge)
    return trainer


def present_styles(builtin: tuple[StyleInfo, ...], folder: Path) -> tuple[StyleInfo, ...]:
    """The built-in styles whose painting is in the folder."""
    stems = {f.stem for f in image_files(folder)}
    return tuple(style for style in builtin if style.source in stems)


@torch.no_grad()
def export(trainer: Trainer, builtin: tuple[StyleInfo, ...], description: dict[str, object]) -> Path:
    """Write the averaged generator, and the discriminator to train on from, into the trainer's output folder.

    builtin: the styles the trainer was made with. description: more facts for the metadata, such as the training set.
    """
    average, styles = trainer.average, trainer.sampler.styles
    numbers = torch.arange(len(styles.builtin), device=styles.statistics.device)
    training = {
        **description,
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "steps": trainer.step,
        "samples": trainer.step * trainer.config.batch,
        "minutes": round(trainer.elapsed / 60, 1),
        "config": asdict(trainer.config),
    }
    codes = average.code(styles.statistics[styles.builtin], numbers)
    path = trainer.output / GENERATOR_FILE
    save_checkpoint(path, average.generator, average.encoder, builtin, codes, training)
    discriminator = {name: tensor.half() for name, tensor in trainer.bare_discriminator.state_dict().items()}
    write_atomically(trainer.output / DISCRIMINATOR_FILE, discriminator, {"license": "Apache-2.0"})
    return path


@torch.no_grad()
def _start_from(checkpoint: Checkpoint, painter: Painter, known: tuple[StyleInfo, ...], styles: StyleSet) -> None:
    """Weights of a checkpoint; the offsets of the built-in codes are what its encoder does not explain of them."""
    painter.generator.load_state_dict(checkpoint.generator.state_dict())
    encoded = painter.encoder.encode(styles.statistics[styles.builtin])
    for offset, code, style in zip(painter.offsets, encoded, known):
        if style.name in checkpoint.codes:
            offset.copy_(checkpoint.codes[style.name] - code)
