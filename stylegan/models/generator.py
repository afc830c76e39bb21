"""The generator: G(x, z | s) = Decoder(match(features(x), memory of s)), from coarse to fine.

The photo first takes the style's colours and its distribution of local contrast. At each of four scales every place of
the canvas is then replaced by the most similar place of the style, and the decoder paints what was found. The canvas of
the next scale is that painting, enlarged, with the photo's own finest band; *fidelity* says how much of the photo joins
it. So large areas become what the painter does with large areas, and details follow the photo.
"""

import functools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan.interrupt import pause
from stylegan.models.color import recolor, remap_contrast
from stylegan.models.decoder import Decoder, DecoderConfig
from stylegan.models.drawing import Light, light_of, match_tone, restore_drawing
from stylegan.models.features import CELL, CHANNELS, hypercolumns, in_strips
from stylegan.models.match import match
from stylegan.models.perceptual import Lens
from stylegan.models.precision import autocast
from stylegan.models.style_memory import (
    CROP,
    KEY_DIM,
    LEVELS,
    MAX_ROWS,
    SPREAD_FLOOR,
    MemoryLevel,
    StyleMemory,
    keys_of,
    read_memory,
)

REDUCED = 64  # principal coordinates of one hypercolumn
FIDELITY = (0.5, 0.4, 0.3, 0.2)  # from the finest scale to the coarsest: details follow the photo, areas the style
FACE_FIDELITY = 0.3  # added where a face is
BALANCE = 4  # rounds
TONE = 0.5
DRAWING = (0.7, 1.0, 1.0, 1.0)  # from the finest scale to the coarsest: how much of what was lost is drawn again
MIN_CANVAS = 64  # px


class Generator(nn.Module):
    """Paints photos ``[1, 3, H, W]`` in 0..1 from style memories; any size from 16 px.

    The lens is frozen and part of this module, so that a checkpoint is complete.
    """

    reduce: Tensor
    gather: Tensor

    def __init__(self, config: DecoderConfig | None = None, lens: Lens | None = None):
        super().__init__()
        self.lens = (lens or Lens()).requires_grad_(False)
        self.decoder = Decoder(config or DecoderConfig())
        self.register_buffer("reduce", torch.zeros(REDUCED, CHANNELS, 1, 1))
        self.register_buffer("gather", torch.zeros(KEY_DIM, REDUCED, 3, 3))

    def columns(self, images: Tensor) -> Tensor:
        """Hypercolumns ``[N, 168, H/4, W/4]`` of images whose sides are multiples of 4 px."""
        images = images.contiguous(memory_format=torch.channels_last)
        return in_strips(functools.partial(hypercolumns, self.lens), images, 1)

    def columns_of_levels(self, picture: Tensor) -> list[Tensor]:
        """Hypercolumns of a picture ``[1, 3, H, W]`` at each level; what exceeds whole cells at the coarsest is cut."""
        return [self.columns(at_level) for at_level in _levels(_cut(picture))]

    @torch.no_grad()
    def remember(self, pictures: Sequence[Tensor], max_rows: int = MAX_ROWS) -> StyleMemory:
        """The style memory of pictures ``[1, 3, H, W]`` in 0..1, 512 px on the short side."""
        pictures = [_cut(picture) for picture in pictures]
        columns = [self.columns_of_levels(picture) for picture in pictures]
        return read_memory(columns, pictures, self.reduce, self.gather, max_rows)

    def forward(
        self, photo: Tensor, memory: StyleMemory, strength: float = 1.0, seed: int = 0, faces: Tensor | None = None
    ) -> Tensor:
        """The painting, ``[1, 3, H, W]`` in 0..1.

        strength: 1 paints boldest, 0 keeps closest to the photo; both are paintings.
        seed: of the noise z; 0 is without noise, the canonical rendering.
        faces: ``[1, 1, H, W]`` in 0..1, places where the photo is kept more closely.
        """
        height, width = photo.shape[2:]
        photo = pad(photo)
        faces = None if faces is None else pad(faces)
        return self._paint(photo, memory, strength, seed, faces)[:, :, :height, :width]

    def guide(self, photo: Tensor, memory: StyleMemory, faces: Tensor | None = None) -> Tensor:
        """The photo in the style's colours and contrasts: what is matched."""
        recolored = recolor(photo, memory.color_mean, memory.color_covariance)
        return remap_contrast(recolored, memory.contrast, faces)

    def _paint(self, photo: Tensor, memory: StyleMemory, strength: float, seed: int, faces: Tensor | None) -> Tensor:
        guides, light = _levels(self.guide(photo, memory, faces)), light_of(photo, memory.luma)
        canvas = guides[-1]
        for i in reversed(range(LEVELS)):
            pause()
            kept = with_faces(fidelity(i, strength), faces, guides[i])
            matched = self.find(torch.lerp(canvas, guides[i], kept), memory.levels[i], seed)
            painting = in_strips(self.decode, matched, CELL)
            if i:
                painting = restore_drawing(painting, light.smaller(1 << i), LEVELS - i, DRAWING[i], faces)
                canvas = (double(painting) + guides[i - 1] - double(F.avg_pool2d(guides[i - 1], 2))).clamp(0, 1)
        return self.clarify(painting, light, faces)

    def clarify(self, painting: Tensor, light: Light, faces: Tensor | None = None) -> Tensor:
        """A painting at full size with the photo's light in its areas, and the lines that it had lost."""
        return restore_drawing(match_tone(painting, light, TONE), light, LEVELS, DRAWING[0], faces)

    def decode(self, features: Tensor) -> Tensor:
        """The decoder's output for hypercolumns, in half precision where that is faster."""
        pause()
        with autocast(features.device, "auto"):
            return self.decoder(features).float()

    def find(self, canvas: Tensor, level: MemoryLevel, seed: int = 0) -> Tensor:
        """The rows of a memory that are most similar to each place of a canvas, ``[1, 168, H/4, W/4]``."""
        with autocast(canvas.device, "auto"):
            columns = self.columns(canvas).float()
        return self.look_up(columns, level, seed)

    def look_up(self, columns: Tensor, level: MemoryLevel, seed: int = 0) -> Tensor:
        """The rows of a memory that are most similar to hypercolumns ``[1, 168, h, w]``, of the same shape."""
        height, width = columns.shape[2:]
        keys = keys_of(between(columns, level), self.reduce, self.gather)
        rows = level.rows[match(keys, level, height, width, seed, BALANCE)]
        return rows.view(1, height, width, CHANNELS).permute(0, 3, 1, 2)


def between(columns: Tensor, level: MemoryLevel) -> Tensor:
    """Columns ``[1, 168, h, w]`` standardised half by their own statistics, half by those of the memory.

    By their own alone, every part of the style is used, and things fall apart into patches; by the memory's alone,
    photos that are unlike the style find little of it. Half and half, areas stay whole.
    """
    own_spread, own_mean = torch.std_mean(columns.flatten(2), 2, correction=0)
    own_mean, own_spread = own_mean[0], own_spread[0] + SPREAD_FLOOR
    scale = (1 / own_spread + 1 / level.spread) / 2
    shift = (own_mean / own_spread + level.mean / level.spread) / 2
    return torch.addcmul(-shift[:, None, None], columns, scale[:, None, None])  # both ways in one pass


def fidelity(level: int, strength: float) -> float:
    """How much of the photo joins the canvas at a level, 0..1."""
    return 1 - strength * (1 - FIDELITY[level])


def with_faces(kept: float, faces: Tensor | None, like: Tensor) -> Tensor:
    """A share of the photo that is higher in faces, ``[1, 1, H, W]`` or ``[1, 1, 1, 1]``."""
    if faces is None:
        return like.new_full((1, 1, 1, 1), kept)
    return (kept + FACE_FIDELITY * F.adaptive_avg_pool2d(faces, (like.shape[2], like.shape[3]))).clamp(max=1)


def _levels(image: Tensor) -> list[Tensor]:
    """The image at the scales 1, 1/2, 1/4, 1/8."""
    return [F.avg_pool2d(image, 1 << i) if i else image for i in range(LEVELS)]


def double(x: Tensor) -> Tensor:
    """An image at twice its size, bilinear."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def pad(x: Tensor) -> Tensor:
    """Replicate the border until every level has whole cells."""
    unit = CELL << (LEVELS - 1)
    height, width = x.shape[2:]
    bottom, right = (max(MIN_CANVAS - n, -n % unit) for n in (height, width))
    return F.pad(x, (0, right, 0, bottom), mode="replicate") if bottom or right else x


def _cut(picture: Tensor) -> Tensor:
    height, width = (n // CROP * CROP for n in picture.shape[2:])
    return picture[:, :, :height, :width]
