"""Checkpoints: the generator with its style encoder and built-in style codes in one safetensors file of half floats."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from stylegan.builtin import StyleInfo
from stylegan.errors import CheckpointError
from stylegan.networks import Generator, GeneratorConfig, StyleEncoder
from stylegan.packs import SUFFIX, StylePack, load_pack
from stylegan.state import write_atomically

SHIPPED = Path(__file__).resolve().parent.parent / "checkpoints"
GENERATOR_FILE = "generator.safetensors"
DISCRIMINATOR_FILE = "discriminator.safetensors"
PACK_FOLDER = "styles"  # beside the generator: packs of built-in styles
FORMAT = "1"


@dataclass(frozen=True)
class Checkpoint:
    """What inference needs."""

    generator: Generator
    encoder: StyleEncoder
    styles: dict[str, StyleInfo]
    codes: dict[str, Tensor]  # style name → [style_dim]
    packs: dict[str, StylePack]  # of the built-in styles that were learnt further
    training: dict[str, object]  # how it was trained
    digest: str  # SHA-256 of the file, in hex
    folder: Path  # where it lies: the discriminator to train on with may lie beside it


def save_checkpoint(
    path: str | Path,
    generator: Generator,
    encoder: StyleEncoder,
    styles: tuple[StyleInfo, ...],
    codes: Tensor,
    training: dict[str, object],
) -> None:
    """Write a checkpoint in half precision; codes ``[len(styles), style_dim]``."""
    tensors = {"codes": codes}
    for prefix, module in (("generator", generator), ("encoder", encoder)):
        tensors |= {f"{prefix}.{name}": tensor for name, tensor in module.state_dict().items()}
    metadata = {
        "format": FORMAT,
        "architecture": json.dumps(asdict(generator.config)),
        "styles": json.dumps([asdict(style) for style in styles]),
        "training": json.dumps(training),
        "license": "Apache-2.0",
    }
    write_atomically(Path(path), {name: tensor.half() for name, tensor in tensors.items()}, metadata)


def load_checkpoint(source: str | Path | None = None) -> Checkpoint:
    """Read a checkpoint from a file or a folder; None: the one that ships with the project.

    Raises:
        CheckpointError: nothing there, not a safetensors file, or one of another format.
    """
    path = Path(source or SHIPPED)
    path = path / GENERATOR_FILE if path.is_dir() else path
    if not path.is_file():
        raise CheckpointError(f"There is no generator at {path}.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError as error:
        raise CheckpointError(f"{path.name} is damaged or not a safetensors file.") from error
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path.name} has format {metadata.get('format')}; this version reads format {FORMAT}.")
    architecture = json.loads(metadata["architecture"])
    config = GeneratorConfig(**architecture | {"widths": tuple(architecture["widths"])})
    generator, encoder = Generator(config), StyleEncoder(config.style_dim)
    _fill(generator, tensors, "generator.")
    _fill(encoder, tensors, "encoder.")
    styles = [StyleInfo(**fields) for fields in json.loads(metadata["styles"])]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Checkpoint(
        generator=generator,
        encoder=encoder,
        styles={style.name: style for style in styles},
        codes={style.name: code for style, code in zip(styles, tensors["codes"])},
        training=json.loads(metadata["training"]),
        packs=_packs(path.parent, [style.name for style in styles], generator, digest),
        digest=digest,
        folder=path.parent,
    )


def _packs(folder: Path, names: list[str], generator: Generator, digest: str) -> dict[str, StylePack]:
    files = {name: folder / PACK_FOLDER / f"{name}{SUFFIX}" for name in names}
    return {name: load_pack(file, generator, digest) for name, file in files.items() if file.is_file()}


def load_discriminator(folder: Path) -> dict[str, Tensor] | None:
    """The weights of the discriminator to train on with, if there is one in the folder."""
    path = folder / DISCRIMINATOR_FILE
    return {name: tensor.float() for name, tensor in load_file(path).items()} if path.is_file() else None


def _fill(module: nn.Module, tensors: dict[str, Tensor], prefix: str) -> None:
    own = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    module.load_state_dict(own)
    module.eval().requires_grad_(False).to(memory_format=torch.channels_last)
