"""Teach a built-in style further, alone: what is learnt is kept in its style pack beside the base generator.

The base's decoder is a compromise between all its styles. This is fine-tuning, but for two things: it starts from what
the style has learnt before, and it is slower, with an average over more steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from stylegan.builtin_styles import StyleInfo
from stylegan.formats.checkpoint import Checkpoint
from stylegan.formats.style_pack import PackFacts, StylePack
from stylegan.training.config import REFINING, TrainConfig
from stylegan.training.finetune import one_style_trainer, to_pack
from stylegan.training.trainer import Progress


def refine(
    checkpoint: Checkpoint,
    style: StyleInfo,
    painting: Path,
    photos: Sequence[Tensor],
    folder: Path,
    config: TrainConfig = REFINING,
    device: torch.device | str = "cpu",
    observe: Callable[[Progress], None] = lambda progress: None,
) -> StylePack:
    """Train a built-in style further; resumes from the folder.

    Args:
        checkpoint: the base.
        style: which of its styles, and the painting that it is of.
        photos: to practise on, uint8 ``[3, H, W]``.
        folder: for the log and the state of the training.
        observe: called after every step.

    Raises:
        ImageError: the painting cannot be read. TrainingError: the training went wrong; the message says why.
    """
    known = checkpoint.packs.get(style.name)
    steps = known.facts.steps if known else 0
    config = replace(config, seed=config.seed + steps)  # other crops than before
    trainer = one_style_trainer(checkpoint, [painting], photos, folder, config, torch.device(device), known)
    trainer.resume()
    for progress in trainer.run(save_minutes=1, grid_minutes=float("inf")):
        observe(progress)
    facts = PackFacts(license="Apache-2.0", objective=str(config.objective))
    pack = to_pack(trainer, checkpoint, style.title, facts)
    return replace(pack, facts=replace(pack.facts, steps=steps + trainer.step))
