"""The one way to write a file atomically: a kill at any moment leaves the old file or the new one, never a part."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

UNFINISHED_SECONDS = 60  # after which nobody writes a file any more


@contextmanager
def replacing(path: Path, folder: Path | None = None, durable: bool = True) -> Iterator[Path]:
    """Where to write what then replaces a file, all of it at once; an error leaves the old file.

    Args:
        path: the file; it need not be there.
        folder: for the unfinished file, on the same disk; None: that of the file.
        durable: outlast a power cut, too; not worth its milliseconds for files that a restart deletes.
    """
    partial = (folder or path.parent) / f".{path.name}.{secrets.token_hex(8)}.partial"
    try:
        yield partial
        if durable:
            with open(partial, "rb") as file:
                os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def delete_unfinished(folder: Path, seconds: float | None = None) -> None:
    """Delete what a kill has left half written in a folder; not what another process may be writing just now.

    seconds: after which nobody writes a file any more; 0 where no other process can be.
    """
    for partial in folder.glob(".*.partial"):
        with suppress(FileNotFoundError):
            if time.time() - partial.stat().st_mtime > (UNFINISHED_SECONDS if seconds is None else seconds):
                partial.unlink()


def write_atomically(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file."""
    with replacing(path) as partial:
        save_file({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, partial, metadata=metadata)
