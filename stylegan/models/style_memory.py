"""Style memory: what a painter does with every kind of place, read from one or several pictures. No training.

At each of four scales it holds the hypercolumns of the style, the keys by which a place of a photo finds the most
similar of them, and the statistics that bring a photo's colours, light and contrast to the painter's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.color import QUANTILES, color_statistics, contrast_quantiles, luma, quantiles
from stylegan.models.features import CHANNELS
from stylegan.models.key_encoder import COORDINATES, KEY_DIM, KeyEncoder

LEVELS = 4  # scales 1, 1/2, 1/4, 1/8
SHORT_SIDE = 512  # px, of a style picture at scale 1
MAX_ROWS = 2048  # of each level
CROP = 8 << (LEVELS - 1)  # px: pictures are cut to a multiple, so that every level has whole cells
SPREAD_FLOOR = 1e-2
ROW_LIMIT = 8.0  # deviations from the mean; beyond it rows are cut off when they are stored
KEY_LIMIT = 1.0
STATISTICS = {"mean": CHANNELS, "spread": CHANNELS, "key_mean": COORDINATES, "key_spread": COORDINATES}  # of a level


@dataclass(frozen=True, eq=False)  # tensors have no one answer to whether they are equal
class MemoryLevel:
    """One scale of a style memory."""

    rows: Tensor  # [M, 168] hypercolumns of the style
    keys: Tensor  # [M, 96] unit length: what a query is compared with
    mean: Tensor  # [168] of all hypercolumns at this scale, not of the rows alone
    spread: Tensor  # [168] their standard deviation
    key_mean: Tensor  # [64] of all coordinates of the key encoder at this scale
    key_spread: Tensor  # [64] their standard deviation
    shares: Tensor  # [M] how much of a painting each row is meant to paint; they add up to 1

    def at(self, numbers: Tensor) -> Tensor:
        """The rows of these numbers, ``[1, 1, h, w]`` → ``[1, 168, h, w]``."""
        return self.rows[numbers[0, 0]].permute(2, 0, 1)[None]


@dataclass(frozen=True, eq=False)
class StyleMemory:
    """All that painting needs to know of a style."""

    levels: tuple[MemoryLevel, ...]  # from the finest scale to the coarsest
    color_mean: Tensor  # [3] of RGB
    color_covariance: Tensor  # [3, 3]
    luma: Tensor  # [64] quantiles of luma, rising
    contrast: Tensor  # [4, 64] quantiles of local contrast in each octave, rising

    def to(self, device: torch.device) -> "StyleMemory":
        """The same memory on another device."""
        levels = tuple(MemoryLevel(**{name: t.to(device) for name, t in vars(level).items()}) for level in self.levels)
        rest = {name: value.to(device) for name, value in vars(self).items() if name != "levels"}
        return StyleMemory(levels, **rest)


@dataclass(frozen=True)
class SeenLevel:
    """What the two networks see of a picture at one scale."""

    columns: Tensor  # [1, 168, h, w] hypercolumns of the lens
    coordinates: Tensor  # [1, 64, h, w] of the key encoder


def read_memory(
    seen: Sequence[Sequence[SeenLevel]], pictures: Sequence[Tensor], encoder: KeyEncoder, max_rows: int = MAX_ROWS
) -> StyleMemory:
    """The memory of one or several pictures of a style, which get even shares.

    Args:
        seen: of each picture, what was seen of it at each level.
        pictures: ``[1, 3, H, W]`` in 0..1, 512 px on the short side.
        max_rows: of the two finest levels; each coarser one has at most half of the one before.
    """
    rng = torch.Generator().manual_seed(1)
    shares = [max(1, rows // len(pictures)) for rows in rows_of_levels(max_rows)]
    levels = tuple(_read_level([levels[i] for levels in seen], encoder, share, rng) for i, share in enumerate(shares))
    pixels = torch.cat([picture[0].flatten(1)[:, :: len(pictures)] for picture in pictures], 1)
    mean, covariance = color_statistics(pixels)
    return StyleMemory(
        levels=levels,
        color_mean=mean,
        color_covariance=covariance,
        luma=quantiles(luma(pixels[None, :, :, None]).flatten()),
        contrast=torch.stack([contrast_quantiles(picture) for picture in pictures]).mean(0),
    )


def rows_of_levels(max_rows: int) -> list[int]:
    """How many rows each level may have: coarse ones are small, but for pictures that are very long."""
    return [max(1, max_rows >> max(0, i - 1)) for i in range(LEVELS)]


def _read_level(seen: list[SeenLevel], encoder: KeyEncoder, share: int, rng: torch.Generator) -> MemoryLevel:
    mean, spread = _moments([level.columns for level in seen])
    key_mean, key_spread = _moments([level.coordinates for level in seen])
    rows, keys = [], []
    for level in seen:
        r = level.columns[0].flatten(1).T
        k = encoder.keys(standardize(level.coordinates, key_mean, key_spread))[0].flatten(1).T
        if len(r) > share:
            chosen = torch.randperm(len(r), generator=rng)[:share].to(r.device)
            r, k = r[chosen], k[chosen]
        rows.append(r)
        keys.append(k)
    shares = torch.cat([mean.new_full((len(r),), 1 / (len(r) * len(rows))) for r in rows])
    return MemoryLevel(
        torch.cat(rows).contiguous(), torch.cat(keys).contiguous(), mean, spread, key_mean, key_spread, shares
    )


def _moments(maps: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel over all places of maps ``[1, C, h, w]``."""
    flat = torch.cat([m[0].flatten(1) for m in maps], 1)
    return flat.mean(1), flat.std(1, correction=0) + SPREAD_FLOOR


def standardize(columns: Tensor, mean: Tensor, spread: Tensor) -> Tensor:
    """Columns or coordinates ``[N, C, h, w]`` less a mean, over a deviation, each ``[C]``."""
    return (columns - mean[:, None, None]) / spread[:, None, None]


def blend(memories: Sequence[tuple[float, StyleMemory]]) -> StyleMemory:
    """One memory of several, whose rows paint the shares asked for; the weights add up to 1."""
    memories = [(weight, memory) for weight, memory in memories if weight > 0]
    if len(memories) == 1:
        return memories[0][1]

    def mean(name: str) -> Tensor:
        return torch.stack([weight * getattr(memory, name) for weight, memory in memories]).sum(0)

    return StyleMemory(
        levels=tuple(_blend_level([(w, memory.levels[i]) for w, memory in memories]) for i in range(LEVELS)),
        **{name: mean(name) for name in ("color_mean", "color_covariance", "luma", "contrast")},
    )


def _blend_level(parts: list[tuple[float, MemoryLevel]]) -> MemoryLevel:
    """As many rows of each as its share: with all rows of both, handicaps would overdo the smaller share."""
    total = min(MAX_ROWS, *(len(level.rows) / weight for weight, level in parts))
    chosen = [_spaced(len(level.rows), max(1, round(weight * total))) for weight, level in parts]
    shares = [level.shares[rows] for rows, (_, level) in zip(chosen, parts)]
    return MemoryLevel(
        rows=torch.cat([level.rows[rows] for rows, (_, level) in zip(chosen, parts)]),
        keys=torch.cat([level.keys[rows] for rows, (_, level) in zip(chosen, parts)]),
        shares=torch.cat([weight * part / part.sum() for part, (weight, _) in zip(shares, parts)]),
        **{name: torch.stack([weight * getattr(level, name) for weight, level in parts]).sum(0) for name in STATISTICS},
    )


def _spaced(count: int, chosen: int) -> Tensor:
    """Numbers of so many of ``count`` rows, evenly spaced: rows of all pictures of a style are among them."""
    return torch.linspace(0, count - 1, chosen).long()


def pack_memory(memory: StyleMemory) -> dict[str, Tensor]:
    """The memory as small tensors by name: rows and keys in 8 bits, the rest in half precision.

    Rows are stored in deviations from the mean. The round trip moves a painting by less than 8 bits of colour show.
    """
    tensors = {name: value.half() for name, value in vars(memory).items() if name != "levels"}
    for i, level in enumerate(memory.levels):
        mean, spread = level.mean.half().float(), level.spread.half().float()
        tensors |= {
            f"level {i} rows": _to_bytes((level.rows - mean) / spread, ROW_LIMIT),
            f"level {i} keys": _to_bytes(level.keys, KEY_LIMIT),
            f"level {i} shares": level.shares.float(),
            **{f"level {i} {name}": getattr(level, name).half() for name in STATISTICS},
        }
    return tensors


def unpack_memory(tensors: dict[str, Tensor]) -> StyleMemory:
    """What ``pack_memory`` made; every shape, type and value is checked.

    Raises:
        ValueError, KeyError: it is not as we write it.
    """
    levels = tuple(_unpack_level(tensors, i) for i in range(LEVELS))
    shapes = {"color_mean": (3,), "color_covariance": (3, 3), "luma": (QUANTILES,), "contrast": (LEVELS, QUANTILES)}
    rest = {name: _halves(tensors.pop(name), shape) for name, shape in shapes.items()}
    return StyleMemory(levels, **rest)


def _unpack_level(tensors: dict[str, Tensor], i: int) -> MemoryLevel:
    rows, keys, shares = (tensors.pop(f"level {i} {name}") for name in ("rows", "keys", "shares"))
    count = len(rows)
    if not 1 <= count <= MAX_ROWS or rows.shape != (count, CHANNELS) or keys.shape != (count, KEY_DIM):
        raise ValueError("rows of a style memory")
    if rows.dtype != torch.int8 or keys.dtype != torch.int8 or shares.dtype != torch.float32:
        raise ValueError("types of a style memory")
    if shares.shape != (count,) or not (shares > 0).all() or not 0.99 < shares.sum() < 1.01:
        raise ValueError("shares of a style memory")
    found = {name: _halves(tensors.pop(f"level {i} {name}"), (width,)) for name, width in STATISTICS.items()}
    if not all((found[name] >= SPREAD_FLOOR / 2).all() for name in ("spread", "key_spread")):
        raise ValueError("spread of a style memory")
    return MemoryLevel(
        rows=rows.float() * (ROW_LIMIT / 127) * found["spread"] + found["mean"],
        keys=F.normalize(keys.float(), dim=1),
        shares=shares,
        **found,
    )


def _to_bytes(values: Tensor, limit: float) -> Tensor:
    return (values * (127 / limit)).round().clamp(-127, 127).to(torch.int8)


def _halves(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    if tensor.dtype != torch.float16 or tensor.shape != shape or not (tensor.abs() <= 1e3).all():  # false for NaN, too
        raise ValueError("numbers of a style memory")
    return tensor.float()
