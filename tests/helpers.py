"""Small things that several test files need."""

import numpy as np
from PIL import Image


def mean_difference(a: Image.Image, b: Image.Image) -> float:
    """Mean absolute difference of two RGB images of one size, of 0..1."""
    return float(np.abs(np.asarray(a.convert("RGB"), float) - np.asarray(b.convert("RGB"), float)).mean() / 255)
