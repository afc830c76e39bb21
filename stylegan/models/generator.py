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
from stylegan.models.decoder import Decoder, DecoderConfig, remove_weave
from stylegan.models.drawing import Light, light_of, match_tone, restore_drawing
from stylegan.models.features import CELL, hypercolumns, in_strips
from stylegan.models.key_encoder import KeyEncoder
from stylegan.models.match import match
from stylegan.models.noise import shift_palette
from stylegan.models.perceptual import Lens
from stylegan.models.precision import autocast
from stylegan.models.style_memory import (
    CROP,
    LEVELS,
    MAX_ROWS,
    SPREAD_FLOOR,
    MemoryLevel,
    SeenLevel,
    StyleMemory,
    read_memory,
)

FIDELITY = (0.5, 0.7, 0.4)  # at the scales 1, 1/2, 1/4; at the coarsest there is nothing but the photo yet
FACE_FIDELITY = 0.45  # added where an eye, a nose or a mouth is; less on the rest of a face
BALANCE = 3  # rounds; with two, a flat sky still becomes one row for ever
TONE = 0.3
DRAWING = (0.7, 1.0, 1.0, 1.0)  # from the finest scale to the coarsest: how much of what was lost is drawn again
MIN_CANVAS = 64  # px


class Generator(nn.Module):
    """Paints photos ``[1, 3, H, W]`` in 0..1 from style memories; any size from 16 px.

    Lens and key encoder are frozen and part of this module, so that a checkpoint is complete.
    """

    def __init__(self, config: DecoderConfig | None = None, lens: Lens | None = None):
        super().__init__()
        self.lens = (lens or Lens()).requires_grad_(False)
        self.decoder = Decoder(config or DecoderConfig())
        self.key_encoder = KeyEncoder().requires_grad_(False)

    @property
    def device(self) -> torch.device:
        """Where it paints."""
        return self.key_encoder.gather.device

    def columns(self, images: Tensor) -> Tensor:
        """Hypercolumns ``[N, 168, H/4, W/4]`` of images whose sides are multiples of 4 px."""
        images = images.contiguous(memory_format=torch.channels_last)
        return in_strips(functools.partial(hypercolumns, self.lens), images, 1)

    def coordinates(self, images: Tensor) -> Tensor:
        """What the key encoder sees in images whose sides are multiples of 4 px, ``[N, 64, H/4, W/4]``."""
        with autocast(images.device, "auto"):
            return in_strips(lambda part: self.key_encoder(part).float(), images, 1)

    @torch.no_grad()
    def remember(self, pictures: Sequence[Tensor], max_rows: int = MAX_ROWS) -> StyleMemory:
        """The style memory of pictures ``[1, 3, H, W]`` in 0..1, 512 px on the short side."""
        pictures = [cut(picture) for picture in pictures]
        seen = [[SeenLevel(self.columns(x), self.coordinates(x)) for x in levels_of(picture)] for picture in pictures]
        return read_memory(seen, pictures, self.key_encoder, max_rows)

    def forward(
        self, photo: Tensor, memory: StyleMemory, strength: float = 1.0, seed: float = 0, faces: Tensor | None = None
    ) -> Tensor:
        """The painting, ``[1, 3, H, W]`` in 0..1.

        strength: 1 paints boldest, 0 keeps closest to the photo; both are paintings.
        seed: of the noise z; 0 is without noise, the canonical rendering; see ``match``.
        faces: ``[1, 1, H, W]`` in 0..1, places where the photo is kept more closely.
        """
        height, width = photo.shape[2:]
        photo = pad(photo)
        faces = None if faces is None else pad(faces)
        return self._paint(photo, memory, strength, seed, faces)[:, :, :height, :width]

    def guide(self, photo: Tensor, memory: StyleMemory, seed: float = 0, faces: Tensor | None = None) -> Tensor:
        """The photo in the style's colours and contrasts: what is matched. seed: of the noise that moves colours."""
        recolored = recolor(photo, memory.color_mean, memory.color_covariance)
        pause()
        remapped = remap_contrast(recolored, memory.contrast, faces)
        return shift_palette(remapped, seed, memory.color_covariance, faces)

    def _paint(self, photo: Tensor, memory: StyleMemory, strength: float, seed: float, faces: Tensor | None) -> Tensor:
        guides, light = levels_of(self.guide(photo, memory, seed, faces)), light_of(photo, memory.luma)
        canvas = guides[-1]
        for i in reversed(range(LEVELS)):
            pause()
            rows = self.find(canvas, memory.levels[i], seed if i else 0)  # the grain is the same in all takes
            painting = self.decode(memory.levels[i], rows)
            if i:
                painting = restore_drawing(painting, light.smaller(1 << i), LEVELS - i, DRAWING[i], faces)
                canvas = (double(painting) + guides[i - 1] - double(F.avg_pool2d(guides[i - 1], 2))).clamp(0, 1)
                kept = with_faces(fidelity(i - 1, strength), faces, canvas)
                canvas = torch.lerp(canvas, guides[i - 1], kept)
        return self.clarify(painting, light, faces)

    def clarify(self, painting: Tensor, light: Light, faces: Tensor | None = None) -> Tensor:
        """A painting at full size without weave, with the photo's light in its areas and the lines that it had lost."""
        pause()
        toned = match_tone(remove_weave(painting), light, TONE)
        return restore_drawing(toned, light, LEVELS, DRAWING[0], faces)

    def decode(self, level: MemoryLevel, rows: Tensor) -> Tensor:
        """The decoder's output for rows of a memory, given by their numbers ``[1, 1, H/4, W/4]``."""

        def decode_part(part: Tensor) -> Tensor:
            pause()
            with autocast(part.device, "auto"):
                return self.decoder(level.at(part)).float()

        return in_strips(decode_part, rows, CELL)

    def find(self, canvas: Tensor, level: MemoryLevel, seed: float = 0) -> Tensor:
        """The numbers of the rows that are most similar to each place of a canvas, ``[1, 1, H/4, W/4]``."""
        coordinates = self.coordinates(canvas)
        scale, shift = half_and_half(coordinates, level)

        def keys(part: Tensor) -> Tensor:
            return self.key_encoder.keys(torch.addcmul(shift, part, scale))

        height, width = coordinates.shape[2:]
        queries = in_strips(keys, coordinates, CELL).permute(0, 2, 3, 1).flatten(0, 2)
        return match(queries, level, height, width, seed, BALANCE).view(1, 1, height, width)


def half_and_half(coordinates: Tensor, level: MemoryLevel) -> tuple[Tensor, Tensor]:
    """Scale and shift ``[64, 1, 1]`` that standardise coordinates half by their own statistics, half by the memory's.

    By their own alone, every part of the style is used, and things fall apart into patches; by the memory's alone,
    photos that are unlike the style find little of it. Half and half, areas stay whole.
    """
    places = coordinates.permute(0, 2, 3, 1).flatten(0, 2)
    own_mean = places.mean(0)  # two plain passes: torch.std_mean takes forty times as long on a CPU
    own_spread = (places.square().mean(0) - own_mean.square()).clamp_min(0).sqrt() + SPREAD_FLOOR
    scale = (1 / own_spread + 1 / level.key_spread) / 2
    shift = (own_mean / own_spread + level.key_mean / level.key_spread) / 2
    return scale[:, None, None], -shift[:, None, None]


def fidelity(level: int, strength: float) -> float:
    """How much of the photo joins the canvas at a level, 0..1."""
    return 1 - strength * (1 - FIDELITY[level])


def with_faces(kept: float, faces: Tensor | None, like: Tensor) -> Tensor:
    """A share of the photo that is higher in faces, ``[1, 1, H, W]`` or ``[1, 1, 1, 1]``."""
    if faces is None:
        return like.new_full((1, 1, 1, 1), kept)
    return (kept + FACE_FIDELITY * F.adaptive_avg_pool2d(faces, (like.shape[2], like.shape[3]))).clamp(max=1)


def levels_of(image: Tensor) -> list[Tensor]:
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


def cut(picture: Tensor) -> Tensor:
    height, width = (n // CROP * CROP for n in picture.shape[2:])
    return picture[:, :, :height, :width]
