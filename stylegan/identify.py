"""What style is this? Built-in and own styles by their likeness to a picture, and whether it is a photo or a painting.

A style memory's means and deviations, colours, light and contrast are projected to where two halves of one painting lie
near one another and other paintings do not (linear discriminant analysis, Fisher 1936); styles are compared by the
cosine there. ``python -m benchmarks.identify`` makes the projection and tests it.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from stylegan.errors import CheckpointError
from stylegan.formats.checkpoint import SHIPPED
from stylegan.formats.safe_write import write_atomically
from stylegan.models.perceptual import Lens, read_metadata
from stylegan.models.style_memory import StyleMemory

IDENTIFIER_FILE = SHIPPED / "identifier.safetensors"
KNOWN = 0.5  # similarity from which a picture counts as one of the styles


@dataclass(frozen=True)
class Match:
    """A style and how likely a picture is of the same kind."""

    name: str
    similarity: float  # 0..1


@dataclass(frozen=True)
class Identification:
    """What a picture is like."""

    matches: tuple[Match, ...]  # all styles, the most similar first
    painting: float  # 0 (a photo) to 1 (a painting)

    @property
    def known(self) -> bool:
        """Whether it is like any of the styles."""
        return bool(self.matches) and self.matches[0].similarity >= KNOWN

    @property
    def kind(self) -> str:
        return "painting" if self.painting >= 0.5 else "photo"


@dataclass(frozen=True, eq=False)
class Identifier:
    """The projection of D numbers of a memory to K, and what is read from there."""

    center: Tensor  # [D]
    projection: Tensor  # [D, K]
    painting: Tensor  # [K + 1] weights and bias of the logit of "a painting"
    likeness: Tensor  # [2] slope and bias of the logit of "the same style", of the cosine

    def place(self, memory: StyleMemory) -> Tensor:
        """Where a memory lies, ``[K]``."""
        return (describe(memory) - self.center) @ self.projection

    def identify(self, memory: StyleMemory, styles: Mapping[str, StyleMemory]) -> Identification:
        """Compare the memory of a picture with those of styles, by name."""
        place = self.place(memory)
        matches = [Match(name, self.similarity(place, self.place(known))) for name, known in styles.items()]
        painting = _sigmoid((place @ self.painting[:-1] + self.painting[-1]).item())
        return Identification(tuple(sorted(matches, key=lambda match: -match.similarity)), painting)

    def similarity(self, one: Tensor, other: Tensor) -> float:
        """How likely two places are of one painting, 0..1, where every second pair is."""
        slope, bias = self.likeness.tolist()
        return _sigmoid(slope * F.cosine_similarity(one, other, dim=0).item() + bias)


def describe(memory: StyleMemory) -> Tensor:
    """All statistics of a memory in one row, ``[1676]``, on the processor."""
    parts = [part for level in memory.levels for part in (level.mean, level.spread)]
    parts += [memory.color_mean, memory.color_covariance.flatten(), memory.luma, memory.contrast.flatten()]
    return torch.cat(parts).cpu()


def save_identifier(identifier: Identifier, lens: Lens, path: Path = IDENTIFIER_FILE) -> None:
    """Write an identifier in half precision with the digest of the lens whose features it knows."""
    tensors = {name: tensor.half() for name, tensor in vars(identifier).items()}
    write_atomically(path, tensors, {"license": "Apache-2.0", "lens": _digest(lens)})


def load_identifier(lens: Lens, path: Path = IDENTIFIER_FILE) -> Identifier:
    """The identifier that ships.

    Raises:
        CheckpointError: there is none, or it is for another lens.
    """
    found = _read(path)
    if found is None:
        raise CheckpointError("What a picture is like can only be told in a checkout: checkpoints/ has the numbers.")
    identifier, digest = found
    if digest != _digest(lens):
        raise CheckpointError(
            "This generator sees through another lens: python -m benchmarks.identify makes its numbers."
        )
    return identifier


@cache
def _read(path: Path) -> tuple[Identifier, str] | None:
    try:
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
        return Identifier(**tensors), read_metadata(path).get("lens", "")
    except (OSError, SafetensorError, TypeError):
        return None


def _digest(lens: Lens) -> str:
    weights = (weight.half().cpu().numpy().tobytes() for weight in lens.state_dict().values())
    return hashlib.sha256(b"".join(weights)).hexdigest()


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, x))))
