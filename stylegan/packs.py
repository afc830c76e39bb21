"""Style packs: one learnt style as a small safetensors file. Data only, never code."""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from stylegan.errors import StyleError
from stylegan.state import write_atomically

SUFFIX = ".style.safetensors"
MAX_BYTES = 2_000_000


def save_pack(path: str | Path, name: str, code: Tensor, base: str) -> None:
    """Write a pack: a style code ``[style_dim]`` for the generator whose file has the SHA-256 ``base``."""
    write_atomically(Path(path), {"code": code.float()}, {"kind": "atelier-style", "name": name, "base": base})


def load_pack(path: str | Path, style_dim: int, base: str) -> Tensor:
    """The style code of a pack, ``[style_dim]``.

    Raises:
        StyleError: damaged, too large, not a pack, made for another generator, or with impossible values.
    """
    path = Path(path)
    if path.stat().st_size > MAX_BYTES:
        raise StyleError(f"{path.name} is too large for a style pack.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            code = file.get_tensor("code").float() if "code" in file.keys() else None  # noqa: SIM118 (not a dict)
    except SafetensorError as error:
        raise StyleError(f"{path.name} is damaged or not a style pack.") from error
    if metadata.get("kind") != "atelier-style" or code is None:
        raise StyleError(f"{path.name} is not a style pack.")
    if metadata.get("base") != base:
        raise StyleError(f"{path.name} was made for another generator and does not fit this one.")
    if code.shape != (style_dim,) or not code.isfinite().all():
        raise StyleError(f"{path.name} holds impossible values.")
    return code
