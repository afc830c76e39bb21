"""Style packs: one learnt style as a small safetensors file. Data only, never code.

A pack is written for one base generator, named by the SHA-256 of its file. It holds a style memory, changes of the
decoder's parameters where the style was learnt further, and a small preview. A file from elsewhere is hostile until
proven otherwise: every name, shape and number is checked before anything is used.
"""

import datetime
import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from stylegan.errors import StyleError
from stylegan.formats.safe_write import write_atomically
from stylegan.models.generator import Generator
from stylegan.models.style_memory import StyleMemory, pack_memory, unpack_memory

SUFFIX = ".style.safetensors"
KIND = "atelier-style-memory-2"
EARLIER_KINDS = ("atelier-style", "atelier-style-memory")  # of generators that looked for places in another way
MAX_PICTURES = 20  # that one style is learnt from
MAX_BYTES = 2_000_000
MAX_NAME, MAX_TEXT = 60, 4000  # characters of a name, and of any other text
MAX_METADATA = 4 * MAX_TEXT  # characters of each entry
MAX_VALUE = 1e3  # far above anything learnt; half floats end at 65,504
PREVIEW_SIDE = 128  # px
OBJECTIVE = re.compile(r"[a-z0-9+ ]{0,60}")  # names of losses


@dataclass(frozen=True)
class PackFacts:
    """How a style was learnt, and what its owner says about it. Texts are of any content: show them as plain text.

    Raises:
        StyleError: a text that is too long, or none. ValueError: a number of another type, or not finite.
    """

    created: str = field(default_factory=lambda: datetime.datetime.now(datetime.timezone.utc).date().isoformat())
    pictures: int = 0
    steps: int = 0
    objective: str = ""  # the losses that it was learnt with, as ``str(Objective)`` names them
    distances: dict[str, float] = field(default_factory=dict)  # of a sample photo painted in it: "near", "layout"
    license: str = ""

    def __post_init__(self) -> None:
        if not all(isinstance(text, str) and len(text) <= MAX_TEXT for text in (self.created, self.license)):
            raise StyleError(f"The licence is too long: at most {MAX_TEXT} characters.")
        if not all(type(n) is int and 0 <= n < 1 << 40 for n in (self.pictures, self.steps)):
            raise ValueError("counts of a style pack")
        if not all(type(value) in (int, float) and math.isfinite(value) for value in self.distances.values()):
            raise ValueError("distances of a style pack")
        if self.distances.keys() - {"near", "layout"} or not OBJECTIVE.fullmatch(self.objective):
            raise ValueError("what a style pack was learnt with")


@dataclass(frozen=True, eq=False)
class StylePack:
    """A learnt style. Two packs of the same content have the same ``digest``."""

    name: str
    base: str  # SHA-256 of the generator's file, in hex
    memory: StyleMemory
    deltas: dict[str, Tensor] = field(default_factory=dict)  # of the decoder's parameters, by name
    facts: PackFacts = PackFacts()
    preview: Tensor | None = None  # [3, 128, 128] uint8

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what tells one style from another, whatever its owner calls it.

        Keys are left out: saving may round them anew.
        """
        digest = hashlib.sha256(self.base.encode())
        tensors = {name: tensor for name, tensor in pack_memory(self.memory).items() if not name.endswith("keys")}
        tensors |= {f"change {name}": delta.half().contiguous() for name, delta in self.deltas.items()}
        for name in sorted(tensors):
            digest.update(name.encode() + tensors[name].cpu().numpy().tobytes())
        return digest.hexdigest()

    def renamed(self, name: str) -> "StylePack":
        """The same style under another name."""
        return replace(self, name=clean_name(name))


def clean_name(name: str) -> str:
    """A name for a style: one line of printable characters.

    Raises:
        StyleError: nothing is left of it, or it is too long.
    """
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not name:
        raise StyleError("Give the style a name.")
    if len(name) > MAX_NAME:
        raise StyleError(f"The name is too long: at most {MAX_NAME} characters.")
    return name


def save_pack(path: str | Path, pack: StylePack) -> None:
    """Write a pack atomically, in half precision."""
    tensors = pack_memory(pack.memory)
    tensors |= {f"change {name}": delta.half().contiguous() for name, delta in pack.deltas.items()}
    if pack.preview is not None:
        tensors["preview"] = pack.preview
    metadata = {
        "kind": KIND,
        "name": clean_name(pack.name),
        "base": pack.base,
        "facts": json.dumps(asdict(pack.facts), ensure_ascii=False),
    }
    write_atomically(Path(path), tensors, metadata)


def load_pack(path: str | Path, generator: Generator, base: str) -> StylePack:
    """Read a pack for a generator whose file has the SHA-256 ``base``.

    Raises:
        StyleError: damaged, too large, not a pack, made for another generator, or with impossible values.
    """
    path = Path(path)
    if not path.is_file():
        raise StyleError(f"There is no file {path.name}.")
    if path.stat().st_size > MAX_BYTES:
        raise StyleError(f"{path.name} is too large for a style pack.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError, ValueError) as error:
        raise StyleError(f"{path.name} is damaged or not a style pack.") from error
    if metadata.get("kind") in EARLIER_KINDS:
        raise StyleError(f"{path.name} was made with an earlier Atelier: teach the style again from its pictures.")
    if metadata.get("kind") != KIND:
        raise StyleError(f"{path.name} is not a style pack.")
    if metadata.get("base") != base:
        raise StyleError(f"{path.name} was made for another generator and does not fit this one.")
    try:
        return _checked(metadata, tensors, generator)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise StyleError(f"{path.name} holds impossible values.") from error


def _checked(metadata: dict[str, str], tensors: dict[str, Tensor], generator: Generator) -> StylePack:
    """The pack of a file's contents; any error means that something in it is not as we write it."""
    if max(map(len, metadata.values())) > MAX_METADATA:
        raise ValueError("metadata")
    preview = tensors.pop("preview", None)
    if preview is not None and (preview.dtype != torch.uint8 or preview.shape != (3, PREVIEW_SIDE, PREVIEW_SIDE)):
        raise ValueError("preview")
    memory = unpack_memory(tensors)
    shapes = {name: parameter.shape for name, parameter in generator.decoder.named_parameters()}
    deltas = {name: tensors.pop(f"change {name}") for name in shapes if f"change {name}" in tensors}
    if tensors:
        raise ValueError("unknown tensors")
    for name, delta in deltas.items():
        if delta.dtype != torch.float16 or not (delta.abs() <= MAX_VALUE).all():  # false for NaN, too
            raise ValueError(name)
        if delta.shape != shapes[name]:
            raise ValueError(name)
    return StylePack(
        name=clean_name(metadata["name"]),
        base=metadata["base"],
        memory=memory,
        deltas={name: _laid_out(delta.float()) for name, delta in deltas.items()},
        facts=PackFacts(**json.loads(metadata["facts"])),
        preview=preview,
    )


def _laid_out(delta: Tensor) -> Tensor:
    """A delta in the memory layout of its weights; any other would make painting slower."""
    return delta.contiguous(memory_format=torch.channels_last) if delta.ndim == 4 else delta
