"""Pretraining of the base generator: all paintings of a folder, the built-in ones oftener."""

from pathlib import Path

import torch
from accelerate import Accelerator

from stylegan.builtin import StyleInfo
from stylegan.data import ImageSet, image_files
from stylegan.networks import Generator, StyleEncoder
from stylegan.perceptual import load_perceptual
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
    accelerator: Accelerator | None = None,
) -> Trainer:
    """A trainer ready to run (or to go on, if the output folder holds a training state).

    builtin: named styles; those whose picture is not in the folder are left out.
    perceptual: what the losses look through, see ``load_perceptual``.
    """
    accelerator = accelerator or Accelerator()
    torch.manual_seed(config.seed)
    network = load_perceptual(perceptual).to(accelerator.device)
    encoder = StyleEncoder(lens=load_perceptual("lens")).to(accelerator.device)
    stems = {f.stem for f in image_files(styles)}
    names = [style.source for style in builtin if style.source in stems]
    with accelerator.main_process_first():  # the others read its cache
        style_set = StyleSet.from_folder(
            styles,
            names,
            encoder,
            network,
            config.style_loss,
            COLOR_VARIANTS,
            accelerator.device,
            cache=Path(output) / f"statistics_{config.style_loss}.safetensors",
        )
    encoder.center.copy_(style_set.statistics.mean(0))
    encoder.spread.copy_(style_set.statistics.std(0, correction=0) + 1e-3)
    content_set = ImageSet.from_folder(content, CONTENT_SHORT_SIDE, accelerator.device)
    painter = Painter(Generator(), encoder, len(names))
    return Trainer(config, painter, content_set, style_set, network, output, accelerator)
