"""Small synthetic pictures for every test: the suite needs no network and no files from outside the repository."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def synthetic_picture(width: int, height: int, seed: int, detail: int) -> Image.Image:
    """Soft coloured blobs; detail is the number of blobs along a side."""
    rng = np.random.default_rng(seed)
    blobs = Image.fromarray(rng.integers(0, 256, (detail, detail, 3), dtype=np.uint8))
    return blobs.resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of three JPEG photos of different shapes."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for i, (width, height) in enumerate([(120, 90), (90, 120), (100, 100)]):
        synthetic_picture(width, height, seed=i, detail=4).save(folder / f"photo_{i}.jpg", quality=95)
    return folder


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    """A folder of three PNG paintings, busier than the photos."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for i, (width, height) in enumerate([(110, 88), (96, 130), (100, 100)]):
        synthetic_picture(width, height, seed=100 + i, detail=20).save(folder / f"painting_{i}.png")
    return folder
