"""Any picture as a style, at once: a style pack that holds a memory and nothing learnt."""

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageOps

from stylegan.errors import StyleError
from stylegan.formats.style_pack import MAX_PICTURES, PREVIEW_SIDE, PackFacts, StylePack, clean_name
from stylegan.images import load_image, style_view, to_tensor
from stylegan.models.generator import Generator
from stylegan.models.style_memory import MAX_ROWS, SHORT_SIDE, StyleMemory
from stylegan.sample_photos import sample_photos

PACKED_ROWS = 1700  # of each level of several pictures: one picture has few coarse rows, twenty fill every level


def remember(
    generator: Generator, base: str, pictures: Sequence[str | Path | Image.Image], name: str, license: str = ""
) -> StylePack:
    """A style pack of 1 to 20 pictures, in a fifth of a second for each.

    base: SHA-256 of the generator's file, in hex.

    Raises:
        ImageError, StyleError: a picture, the number of pictures or the name cannot be used.
    """
    name, facts = clean_name(name), PackFacts(license=license, pictures=len(pictures))
    memory = read_pictures(generator, pictures, MAX_ROWS if len(pictures) == 1 else PACKED_ROWS)
    preview = preview_tile(generator, memory)
    return StylePack(name, base, memory.to(torch.device("cpu")), facts=facts, preview=preview)


def read_pictures(
    generator: Generator, pictures: Sequence[str | Path | Image.Image], max_rows: int = MAX_ROWS
) -> StyleMemory:
    """The memory of 1 to 20 pictures.

    Raises:
        ImageError, StyleError: a picture or their number cannot be used.
    """
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise StyleError(f"A style is read from 1 to {MAX_PICTURES} pictures, not {len(pictures)}.")
    device = generator.device
    views = [to_tensor(style_view(load_image(picture), SHORT_SIDE)).to(device) for picture in pictures]
    return generator.remember(views, max_rows)


@torch.no_grad()
def preview_tile(generator: Generator, memory: StyleMemory) -> torch.Tensor:
    """A sample photo painted in a style, uint8 ``[3, 128, 128]``."""
    square = ImageOps.fit(load_image(sample_photos()[0]), (2 * PREVIEW_SIDE, 2 * PREVIEW_SIDE))
    painted = generator(to_tensor(square).to(generator.device), memory)
    small = torch.nn.functional.avg_pool2d(painted, 2)[0]
    return (small * 255).round().to(torch.uint8).cpu()
