"""What gives a machine away: lost faces, a regular weave, flicker, and takes that do not differ."""

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from stylegan.images import to_tensor
from stylegan.models.face_detector import find_faces
from stylegan.training.losses import take_difference

LEAST_FACE = 1 / 12  # of the long side: smaller ones no painter can keep, and some of them are no faces
CELL = 8  # px: a multiple of every period that a decoder with cells of 4 × 4 px and a pixel shuffle can leave
NEIGHBOURS = 4  # frequencies to each side that tell what would be there without a grid
LUMA = (0.299, 0.587, 0.114)


def difference(a: Image.Image, b: Image.Image) -> float:
    """Mean absolute difference of two pictures of one size, 0 (the same) to 1."""
    return take_difference(to_tensor(a), to_tensor(b)).item()


def faces_kept(photo: Image.Image, painting: Image.Image) -> float | None:
    """Share of the photo's larger faces that are found in the painting, 0 to 1; None where the photo has none.

    Both are of one size. A face is found again where the centre of one lies within half its side.
    """
    known = [face for face in find_faces(photo) if face.side >= LEAST_FACE * max(photo.size)]
    if not known:
        return None
    found = find_faces(painting)
    kept = [any(max(abs(a.x - b.x), abs(a.y - b.y)) <= a.side / 2 for b in found) for a in known]
    return sum(kept) / len(kept)


def weave(painting: Image.Image) -> float | None:
    """Energy of a regular grid with a period of 8, 4, 8/3 or 2 px: 1 is none, 2 twice what its neighbours have.

    The mean, over the frequencies of such a grid, of the ratio of the power there to the power around. The picture must
    have the pixels that the generator painted: a resized grid has another period. None where a side is shorter than
    64 px, which is too few periods to tell.
    """
    height, width = (side // CELL * CELL for side in (painting.height, painting.width))
    if min(height, width) < 8 * CELL:
        return None
    luma = (to_tensor(painting)[0, :, :height, :width] * torch.tensor(LUMA)[:, None, None]).sum(0)
    window = torch.outer(*(torch.hann_window(side) for side in (height, width)))  # else the borders look like a grid
    power = torch.fft.fft2((luma - luma.mean()) * window).abs().square()
    around = _ring(power)
    grid = torch.zeros_like(power, dtype=torch.bool)
    grid[:: height // CELL, :: width // CELL] = True
    grid[0, 0] = False  # the mean is no grid
    return (power[grid] / around[grid].clamp_min(1e-9)).mean().item()


def _ring(power: Tensor) -> Tensor:
    """Mean power around each frequency, without the nearest, into which the window spreads it."""
    side = 2 * NEIGHBOURS + 1
    kernel = power.new_ones(1, 1, side, side)
    kernel[..., NEIGHBOURS - 1 : NEIGHBOURS + 2, NEIGHBOURS - 1 : NEIGHBOURS + 2] = 0
    padded = F.pad(power[None, None], (NEIGHBOURS,) * 4, mode="circular")
    return F.conv2d(padded, kernel / kernel.sum())[0, 0]
