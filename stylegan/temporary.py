"""Temporary folders, which a kill leaves and the next start deletes."""

import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "atelier-"  # of a folder, before the number of the process that it is for
MEMORY = Path("/dev/shm")


def temporary_folder(parent: str | None = None) -> tempfile.TemporaryDirectory:
    """A folder that goes with the object, or at the latest with the next start (``delete_left_behind``)."""
    return tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=parent)


def delete_left_behind() -> None:
    """Delete the folders of processes that were killed; one that stops deletes its own."""
    for parent in (Path(tempfile.gettempdir()), MEMORY):
        for folder in parent.glob(f"{PREFIX}*-*"):
            pid = folder.name.removeprefix(PREFIX).partition("-")[0]
            if pid.isdecimal() and folder.is_dir() and not folder.is_symlink() and not _runs(int(pid)):
                shutil.rmtree(folder, ignore_errors=True)  # another user's stays


def _runs(pid: int) -> bool:
    if os.name != "posix":  # where asking would end the process
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
