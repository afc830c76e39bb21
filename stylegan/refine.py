"""Teach a built-in style further, alone: what is learnt is a style pack beside the base generator.

The base's weights are a compromise between all its styles, and most of what a painting misses is the same whatever the
photo (60 to 90 % of its style distance): it belongs to the style, and weights of its own for each style take it away.
This is fine-tuning, but for four things. It begins with what the style has: the pack of before, or the code that the
base has learnt. It goes slowly, for a high rate loses at first what is known (Klimt's Fulfilment, 80 steps: style
distance 0.059 at 1e-3, 0.064 at 2.5e-3, 0.065 before). It takes the crops of a group from one photo, which keeps photos
of much contrast from being painted with too much. And it averages the weights over many steps: each of them serves one
photo alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from stylegan.builtin import StyleInfo
from stylegan.checkpoints import Checkpoint
from stylegan.finetune import FINETUNING, finetuning, to_pack
from stylegan.objective import USUAL
from stylegan.packs import PackFacts, StylePack
from stylegan.trainer import Progress, SeenPhotos

REFINING = replace(
    FINETUNING,
    minutes=float("inf"),
    content_weight=0.09,
    learning_rate=1e-3,
    ema_images=160,
    ema_ramp=1.0,
    fixed_crops=1600,
    one_photo=True,
)


def known_of(checkpoint: Checkpoint, style: StyleInfo) -> StylePack:
    """What a built-in style has learnt by now: its pack, or its code alone."""
    return checkpoint.packs.get(style.name) or StylePack(style.title, checkpoint.digest, checkpoint.codes[style.name])


def refine(
    checkpoint: Checkpoint,
    style: StyleInfo,
    painting: Path,
    photos: Sequence[Tensor],
    network: nn.Module,
    folder: Path,
    steps: int,
    device: torch.device | str = "cpu",
    seen_photos: SeenPhotos | None = None,
    observe: Callable[[Progress], None] = lambda progress: None,
) -> StylePack:
    """Learn a built-in style further. A training of before is gone on with.

    Args:
        checkpoint: the base.
        style: which of its styles, and the painting that it is of.
        photos: to practise on, uint8 ``[3, H, W]``.
        network: what the losses look through, see ``load_perceptual``.
        folder: for the log and the state of the training.
        steps: how many, at least 1.
        seen_photos: see ``Trainer``; styles that were learnt for equally long before practise on the same crops.
        observe: told after every step.

    Raises:
        ImageError: the painting cannot be read. TrainingError: the training went wrong; the message says why.
    """
    known = known_of(checkpoint, style)
    config = replace(REFINING, steps=steps, seed=known.facts.steps)  # other crops than before
    device = torch.device(device)
    trainer = finetuning(checkpoint, [painting], photos, network, folder, config, device, known, seen_photos)
    trainer.resume()
    for progress in trainer.run(save_minutes=1, grid_minutes=float("inf")):
        observe(progress)
    facts = PackFacts(license="Apache-2.0", objective=str(USUAL))
    pack = to_pack(trainer, checkpoint, style.title, facts)
    return replace(pack, facts=replace(pack.facts, steps=known.facts.steps + trainer.step))
