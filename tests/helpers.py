"""Small things that several test files need."""

from pathlib import Path

import numpy as np
from PIL import Image


def mean_difference(a: Image.Image, b: Image.Image) -> float:
    """Mean absolute difference of two RGB images of one size, of 0..1."""
    return float(np.abs(np.asarray(a.convert("RGB"), float) - np.asarray(b.convert("RGB"), float)).mean() / 255)


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Files by name, slashes in it included."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
