"""Training of the base generator: all paintings of a folder, each a style of its own."""

import csv
import datetime
import logging
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator

from stylegan.builtin_styles import StyleInfo
from stylegan.errors import ImageError
from stylegan.formats.checkpoint import (
    DISCRIMINATOR_FILE,
    GENERATOR_FILE,
    PACK_FOLDER,
    file_digest,
    load_checkpoint,
    load_discriminator,
    save_checkpoint,
)
from stylegan.formats.safe_write import write_atomically
from stylegan.formats.style_pack import SUFFIX, save_pack
from stylegan.images import image_files
from stylegan.models.generator import Generator
from stylegan.models.perceptual import load_lens
from stylegan.models.style_memory import SHORT_SIDE
from stylegan.remember import remember
from stylegan.training.config import TrainConfig
from stylegan.training.data import ImageTensors, load_uint8
from stylegan.training.finetune import PHOTO_SHORT_SIDE
from stylegan.training.keys import fit_keys, load_keys, save_keys
from stylegan.training.style_dataset import StyleDataset
from stylegan.training.trainer import Trainer

KEYS_FILE = "keys.safetensors"

log = logging.getLogger(__name__)


def prepare(
    content: Path,
    styles: Path,
    output: Path,
    config: TrainConfig,
    base: Path | None = None,
    exclude: Path | None = None,
    accelerator: Accelerator | None = None,
) -> Trainer:
    """A trainer ready to run; call its ``resume`` to go on with what the output folder holds.

    base: folder with a generator and a discriminator to start from; None: random weights, and keys that are fitted to
        the pictures.
    exclude: CSV file; photos and paintings whose names (without suffix) stand in it are left out.

    Raises:
        ImageError: a folder without pictures.
        CheckpointError: no usable generator in base.
    """
    accelerator = accelerator or Accelerator()
    torch.manual_seed(config.seed)
    excluded = read_names(exclude) if exclude else set()
    files = _files(styles, excluded)
    device = accelerator.device
    photos = ImageTensors([load_uint8(file, PHOTO_SHORT_SIDE) for file in _files(content, excluded)], device)
    views = [load_uint8(file, SHORT_SIDE) for file in files]
    paintings = ImageTensors(views, device)
    if base:
        generator = deepcopy(load_checkpoint(base).generator).to(device)
    else:
        generator = Generator(lens=load_lens()).to(device)
        with accelerator.main_process_first():  # the others read what it has written
            _set_keys(generator, paintings, photos, files, config, Path(output))
    dataset = StyleDataset.of_paintings(paintings, generator, config.kept_rows)
    weights = load_discriminator(base) if base else None
    return Trainer(config, generator, photos, dataset, output, accelerator, weights)


def _set_keys(
    generator: Generator,
    paintings: ImageTensors,
    photos: ImageTensors,
    files: list[Path],
    config: TrainConfig,
    output: Path,
) -> None:
    """Fitting takes minutes on a processor: a resumed training reads what the first run has found."""
    made_from = repr([(file.name, file.stat().st_size) for file in files] + [config.key_steps])
    if not load_keys(output / KEYS_FILE, generator, made_from):
        fit_keys(generator, paintings, photos, config.key_steps, config.seed)
        output.mkdir(parents=True, exist_ok=True)
        save_keys(output / KEYS_FILE, generator, made_from)


def read_names(path: Path) -> set[str]:
    """All entries of a CSV file."""
    with open(path, newline="", encoding="utf-8") as file:
        return {cell.strip() for row in csv.reader(file) for cell in row}


def _files(folder: Path, excluded: set[str]) -> list[Path]:
    files = [file for file in image_files(folder) if file.stem not in excluded]
    if not files:
        raise ImageError(f"There are no pictures in {folder} but excluded ones.")
    return files


def export(trainer: Trainer, styles: Path, builtin: tuple[StyleInfo, ...]) -> Path:
    """Write the averaged generator, its built-in styles and the discriminator into the trainer's output folder.

    styles: folder with the paintings of the built-in styles; a style whose painting is not there is left out.
    """
    paintings = {file.stem: file for file in image_files(styles)}
    present = tuple(style for style in builtin if style.source in paintings)
    for style in builtin:
        if style not in present:
            log.warning("Style %s is left out: there is no %s in %s.", style.name, style.source, styles)
    generator = deepcopy(trainer.ema).half().float()  # as it will be read
    path = trainer.output / GENERATOR_FILE
    save_checkpoint(path, generator, present, _facts(trainer))
    discriminator = {name: tensor.half() for name, tensor in trainer.bare_discriminator.state_dict().items()}
    write_atomically(trainer.output / DISCRIMINATOR_FILE, discriminator, {"license": "Apache-2.0"})
    digest = file_digest(path)
    (trainer.output / PACK_FOLDER).mkdir(exist_ok=True)
    for style in present:
        pack = remember(generator, digest, [paintings[style.source]], style.title, license="Apache-2.0")
        save_pack(trainer.output / PACK_FOLDER / f"{style.name}{SUFFIX}", pack)
    return path


def _facts(trainer: Trainer) -> dict[str, object]:
    """How a generator was trained, for its file."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "steps": trainer.step,
        "samples": trainer.step * trainer.config.batch,
        "minutes": round(trainer.elapsed / 60, 1),
        "photos": len(trainer.photos),
        "paintings": len(trainer.styles),
        "config": asdict(trainer.config),
    }
