"""Paintings kept in a gallery."""

import os
from pathlib import Path

import numpy as np
from PIL import Image

from studio.gallery.models import Result
from studio.gallery.recipe import Recipe, pixel_digest
from studio.gallery.store import Store
from studio.web import guard

OWNER = "owner-of-the-paintings-here"


def noise(seed: int, side: int = 32) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8))


def keep(store: Store, folder: Path, number: int, owner: str = OWNER, **settings: object) -> Result:
    """Keep a painting like no other, of a photo that ten paintings share."""
    photo = noise(1_000_000 + number // 10)
    recipe = Recipe(**{"style": "great_wave", "title": "The Great Wave", "seed": number} | settings)
    recipe = Recipe(**{**vars(recipe), "photo": pixel_digest(photo)})
    path = folder / f"painting_{os.getpid()}_{number}.png"
    noise(number).save(path, pnginfo=recipe.chunks())
    result, _ = store.add(owner, path, photo, recipe, f"photo__{number}")
    path.unlink()
    return result


def uploaded(path: Path, session: str = "") -> str:
    """The path of a file as if a browser had uploaded it, or a program, which has no session."""
    guard.remember(session, str(path))
    return str(path)
