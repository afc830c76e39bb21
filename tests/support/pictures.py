"""Synthetic pictures, and how far two pictures differ."""

import numpy as np
from PIL import Image
from torch import Tensor

from stylegan.images import to_tensor


def mean_difference(a: Image.Image, b: Image.Image) -> float:
    """Mean absolute difference of two RGB images of one size, of 0..1."""
    return float(np.abs(np.asarray(a.convert("RGB"), float) - np.asarray(b.convert("RGB"), float)).mean() / 255)


def synthetic_picture(width: int, height: int, seed: int, detail: int) -> Image.Image:
    """Soft coloured blobs; detail is the number of blobs along a side."""
    rng = np.random.default_rng(seed)
    blobs = Image.fromarray(rng.integers(0, 256, (detail, detail, 3), dtype=np.uint8))
    return blobs.resize((width, height), Image.Resampling.BICUBIC)


def picture(width: int, height: int, seed: int, detail: int = 12) -> Tensor:
    """Soft coloured blobs, ``[1, 3, H, W]``."""
    return to_tensor(synthetic_picture(width, height, seed, detail))
