"""Where the app keeps what its visitors make."""

import os
import tempfile
from pathlib import Path

import click

SPACE_STORAGE = Path("/data")


def data_folder() -> Path:
    """``ATELIER_DATA``, else the user data folder of the platform; on a Space its storage or a temporary folder."""
    chosen = os.environ.get("ATELIER_DATA")
    if chosen:
        folder = Path(chosen)
    elif not os.environ.get("SPACE_ID"):
        folder = Path(click.get_app_dir("atelier"))
    elif os.access(SPACE_STORAGE, os.W_OK):
        folder = SPACE_STORAGE / "atelier"
    else:
        folder = Path(tempfile.mkdtemp(prefix="atelier-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
