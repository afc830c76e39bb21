"""Checkpoints: the generator in one safetensors file of half floats, and the packs of its built-in styles beside it."""

import hashlib
import json
import logging
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from stylegan.builtin_styles import StyleInfo
from stylegan.errors import CheckpointError, StyleError
from stylegan.formats.safe_write import write_atomically
from stylegan.formats.style_pack import SUFFIX, StylePack, load_pack
from stylegan.models.decoder import DecoderConfig
from stylegan.models.generator import Generator

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints"  # of a checkout; an installed package has none
GENERATOR_FILE = "generator.safetensors"
DISCRIMINATOR_FILE = "discriminator.safetensors"
PACK_FOLDER = "styles"  # beside the generator: packs of built-in styles
MANIFEST_FILE = "config.json"  # beside a saved generator: its format, and the SHA-256 of each file
FORMAT = "3"
_OURS = re.compile(r"(generator|discriminator)\.safetensors|styles/[\w-]{1,60}\.style\.safetensors")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Origin:
    """Where a checkpoint came from."""

    source: str  # a path, or owner/name on the Hub
    revision: str = ""  # the commit on the Hub; empty: not from there
    offline: bool = False  # the copy of an earlier download: the Hub's own could not be had
    fallback_reasons: tuple[str, ...] = ()  # why what was to be used before was not

    def __str__(self) -> str:
        if not self.revision:
            return self.source
        return (
            f"{self.source} at {self.revision[:12]} {'from an earlier download of' if self.offline else 'on'} the Hub"
        )


@dataclass(frozen=True)
class Checkpoint:
    """What inference needs."""

    generator: Generator
    styles: dict[str, StyleInfo]
    packs: dict[str, StylePack]  # of the built-in styles, by name
    training: dict[str, Any]  # how it was trained
    digest: str  # SHA-256 of the file, in hex
    path: Path  # the file; the discriminator to train on with may lie beside it
    origin: Origin = Origin("")

    @property
    def folder(self) -> Path:
        """Where the file lies."""
        return self.path.parent


def save_checkpoint(
    path: str | Path, generator: Generator, styles: tuple[StyleInfo, ...], training: dict[str, Any]
) -> None:
    """Write a generator in half precision; the packs of its styles are written by ``save_pack``."""
    metadata = {
        "format": FORMAT,
        "architecture": json.dumps(asdict(generator.decoder.config)),
        "styles": json.dumps([asdict(style) for style in styles]),
        "training": json.dumps(training),
        "license": "Apache-2.0",
    }
    write_atomically(Path(path), {name: t.half() for name, t in generator.state_dict().items()}, metadata)


def load_checkpoint(source: str | Path | None = None) -> Checkpoint:
    """Read a checkpoint from a file or a folder; None: the one in the checkout.

    Raises:
        CheckpointError: nothing there, not a safetensors file, altered since it was saved, or one of another format.
    """
    path = Path(source or SHIPPED)
    path = path / GENERATOR_FILE if path.is_dir() else path
    if path == SHIPPED and not path.is_dir():
        raise CheckpointError(
            "No generator comes with an installed package: name a file, a folder, or owner/name on the Hub."
        )
    if not path.is_file():
        raise CheckpointError(f"There is no generator at {path}.")
    verify(path.parent)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.name} is damaged or not a safetensors file.") from error
    check_format(metadata.get("format"), path.name)
    try:
        return _checkpoint(path, metadata, tensors)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RuntimeError) as error:
        raise CheckpointError(f"{path.name} is not a generator of this project.") from error


def _checkpoint(path: Path, metadata: dict[str, str], tensors: dict[str, Tensor]) -> Checkpoint:
    """The checkpoint of a file's contents; any error means that something in it is not as we write it."""
    architecture = json.loads(metadata["architecture"])
    generator = Generator(DecoderConfig(**{name: tuple(values) for name, values in architecture.items()}))
    generator.load_state_dict(tensors)
    generator.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    styles = [StyleInfo(**fields) for fields in json.loads(metadata["styles"])]
    digest = file_digest(path)
    packs = _packs(path.parent, [style.name for style in styles], generator, digest)
    return Checkpoint(
        generator=generator,
        styles={style.name: style for style in styles if style.name in packs},
        training=json.loads(metadata["training"]),
        packs=packs,
        digest=digest,
        path=path,
        origin=Origin(str(path.parent)),
    )


def check_format(found: object, name: str) -> None:
    """Raises CheckpointError unless this version reads the format."""
    if found in ("1", "2"):
        raise CheckpointError(f"{name} was made with an earlier Atelier, whose generator painted in another way.")
    if found != FORMAT:
        newer = str(found).isdigit() and int(str(found)) > int(FORMAT)
        hint = " Update Atelier to use it." if newer else ""
        raise CheckpointError(f"{name} has format {found}; this version reads format {FORMAT}.{hint}")


def file_digest(path: Path) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_manifest(path: Path) -> dict[str, str]:
    """File names and their SHA-256, as ``config.json`` beside a saved generator tells them; other names are left out.

    Raises:
        CheckpointError: not ours, or of another format.
    """
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        found, files = config["format"], {str(name): str(digest) for name, digest in config["files"].items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path.name} is not that of a generator of this project.") from error
    check_format(found, path.name)
    return {name: digest for name, digest in files.items() if _OURS.fullmatch(name)}


def verify(folder: Path) -> None:
    """Compare the files of a folder with its manifest, where it has one.

    Raises:
        CheckpointError: a file is not as it was saved.
    """
    manifest = folder / MANIFEST_FILE
    if not manifest.is_file():
        return
    for name, digest in read_manifest(manifest).items():
        if (folder / name).is_file() and file_digest(folder / name) != digest:
            raise CheckpointError(f"{name} is damaged or was altered: it is not the file that was published.")


def _packs(folder: Path, names: list[str], generator: Generator, digest: str) -> dict[str, StylePack]:
    """The packs of built-in styles; a style whose pack cannot be used is left out."""
    packs = {}
    for name in names:
        try:
            packs[name] = load_pack(folder / PACK_FOLDER / f"{name}{SUFFIX}", generator, digest)
        except StyleError as error:
            log.warning("Style %s is left out: %s", name, error)
    return packs


def load_discriminator(folder: Path) -> dict[str, Tensor] | None:
    """The weights of the discriminator to train on with, if there is one in the folder."""
    path = folder / DISCRIMINATOR_FILE
    return {name: tensor.float() for name, tensor in load_file(path).items()} if path.is_file() else None
