"""Images for training: decoded once to uint8, kept where the training runs, cropped and flipped there."""

import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from stylegan.images import image_files, load_image, style_view


def load_uint8(source: str | Path | Image.Image, short_side: int) -> Tensor:
    """An image as a uint8 tensor ``[3, H, W]`` with the given short side in pixels; a very long one is cut."""
    view = style_view(load_image(source), short_side)
    return torch.from_numpy(np.array(view)).permute(2, 0, 1).contiguous()


class ImageTensors:
    """uint8 images on one device, with random crops drawn there (no data loader, no host transfer per step)."""

    def __init__(self, images: list[Tensor], device: torch.device | str = "cpu"):
        self.images = [image.to(device) for image in images]

    @classmethod
    def from_folder(cls, folder: str | Path, short_side: int, device: torch.device | str = "cpu") -> "ImageTensors":
        return cls([load_uint8(f, short_side) for f in image_files(folder)], device)

    def __len__(self) -> int:
        return len(self.images)

    def crops(self, size: int, rng: random.Random, indices: list[int], zoom: tuple[float, float] = (1, 1)) -> Tensor:
        """Random flipped crops ``[len(indices), 3, size, size]`` in 0..1.

        zoom: range of the enlargement; one factor is drawn for the whole batch, so that one resize serves it. It is
        raised where an image would be smaller than the crop.
        """
        smallest = min(min(self.images[i].shape[1:]) for i in indices)
        window = min(round(size / rng.uniform(*zoom)), smallest)
        batch = torch.stack([self._crop(self.images[i], window, rng) for i in indices]).float() / 255
        if window == size:
            return batch
        resized = F.interpolate(batch, size=(size, size), mode="bicubic", antialias=True, align_corners=False)
        return resized.clamp(0, 1)

    @staticmethod
    def _crop(image: Tensor, window: int, rng: random.Random) -> Tensor:
        top = rng.randint(0, image.shape[1] - window)
        left = rng.randint(0, image.shape[2] - window)
        crop = image[:, top : top + window, left : left + window]
        return crop.flip(2) if rng.random() < 0.5 else crop


def color_variant(image: Tensor, rng: random.Random) -> Tensor:
    """A painting that does not exist: the same strokes with permuted channels, some inverted, another contrast.

    A few hundred paintings are few; their colour variants are as good as new ones.
    """
    channels = rng.sample(range(3), 3)
    x = image[channels].float() / 255
    if rng.random() < 0.25:
        x = 1 - x
    x = x ** rng.uniform(0.7, 1.4)
    gray = x.mean(0, keepdim=True)
    x = gray + (x - gray) * rng.uniform(0.5, 1.3)
    return (x.clamp(0, 1) * 255).round().to(torch.uint8)


def varied_crops(images: ImageTensors, size: int, count: int, rng: random.Random) -> Tensor:
    """Crops ``[count, 3, size, size]`` in 0..1 at many scales, some recoloured, blended or noisy.

    What a frozen network is shown while another one is being trained is not only pictures.
    """
    crops = images.crops(size, rng, rng.choices(range(len(images)), k=count), zoom=(0.4, 1.8))
    for i in range(count):
        kind = rng.random()
        if kind < 0.3:
            crops[i] = color_variant((crops[i] * 255).to(torch.uint8), rng).float() / 255
        elif kind < 0.5:
            crops[i] = torch.lerp(crops[i], crops[(i + 1) % count], rng.uniform(0.2, 0.8))
        elif kind < 0.7:
            side = size // rng.choice((1, 2, 4))
            coarse = torch.randn(1, 3, side, side, device=crops.device) * rng.uniform(0.02, 0.3)
            crops[i] = (crops[i] + F.interpolate(coarse, size=(size, size), mode="bilinear")[0]).clamp(0, 1)
    return crops
