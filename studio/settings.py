"""Limits, folders and surroundings of the app: all that can be set lies here.

The limits say what one visitor may ask of a machine with 2 cores and 16 GB.
"""

import logging
import os
import tempfile
from pathlib import Path

import click

from stylegan import SettingError

log = logging.getLogger(__name__)
MAX_UPLOAD_MB = 30
MAX_UPLOADED_MB = 700  # in one request: twenty pictures
MAX_BODY_MB = 100  # of any other request: two pictures as base64
UPLOAD_SECONDS = 30.0  # that a request may take to arrive
SLOWEST_BYTES = 10_000  # for which it gets a second more
# How often one visitor may ask for each kind of work, in how many seconds: more than anybody who looks at the results.
SHARES = {
    "stylize": (1200, 600),
    "identify": (600, 600),
    "takes": (60, 600),
    "finish": (60, 600),
    "all styles": (30, 600),
    "present": (30, 600),
    "finetune": (20, 3600),
}
QUEUE_SIZE = 64  # paintings waiting; the next one is asked to come back later
KEPT_RESULTS = 1000  # files for open pages on disk; the oldest go first
REMEMBERED_UPLOADS = 20_000  # of which it is known who may open them
PAGE_SIDE = 2048  # px: larger paintings are shown reduced, and downloaded in full
OWN_STYLES = 50  # a visitor's learnt styles on disk
TRAININGS_WAITING = 8
COMPARISONS_KEPT = 8  # visitors whose styles, learnt to be compared, wait in memory for a choice: 8 MB each
PROBE_STEPS = 5  # to measure how fast this machine learns
API_TRAININGS = 4  # callers of /finetune who wait at a time
GALLERY_RESULTS = 3000  # of one visitor
GALLERY_BYTES = 4_000_000_000  # of one visitor
GALLERY_BYTES_OF_ALL = 30_000_000_000
UNDO_SECONDS = 600  # in which a deletion can be undone
GALLERY_PAGE = 40  # paintings on the wall at a time
MAX_ZIP_BYTES = 1_000_000_000
WALL_MINUTES = 5  # between two rounds that bring the public wall's dataset up to date
WALL_SHOWN = 60  # paintings on the public wall, the newest
WALL_OF_ONE = 30  # that one visitor may have there
WALL_WAITING = 40  # paintings queued for upload; more than that is no visitor at leisure
WALL_BYTES = 5_000_000  # of one painting there
WALL_RECORD_BYTES = 10_000  # of what is said of it
SPACE_STORAGE = Path("/data")


def data_folder() -> Path:
    """``ATELIER_DATA``, else the user data folder of the platform, on a Space its storage.

    Where there is none that can be written, a temporary one, and a line in the log.

    Raises:
        SettingError: ``ATELIER_DATA`` cannot be written.
    """
    chosen = os.environ.get("ATELIER_DATA")
    folder = Path(chosen or (SPACE_STORAGE / "atelier" if space_id() else click.get_app_dir("atelier")))
    if _can_be_written(folder):
        return folder
    if chosen:
        raise SettingError(f"ATELIER_DATA names {folder}, which cannot be written. Name another folder.")
    log.warning(
        "%s cannot be written: paintings and styles are kept until the app stops. Set ATELIER_DATA to keep them.",
        folder,
    )
    return Path(tempfile.mkdtemp(prefix="atelier-"))


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=folder.parent != SPACE_STORAGE, exist_ok=True)  # a Space without storage gets none
    except OSError:  # a read-only home, as containers have
        return False
    return os.access(folder, os.W_OK)


def wall_dataset() -> str:
    """``ATELIER_GALLERY_REPO``: the dataset of the public wall; empty where there is to be none."""
    return os.environ.get("ATELIER_GALLERY_REPO", "").strip()


def space_id() -> str:
    """``owner/name`` of the Space that the app runs as; empty elsewhere."""
    return os.environ.get("SPACE_ID", "")


def address() -> str:
    """Where the app answers, as far as it can know: a Space is told, elsewhere the page's own address says it."""
    host = os.environ.get("SPACE_HOST")
    return f"https://{host}" if host else ""


def can_sign_in() -> bool:
    """Whether visitors can sign in with their account on the Hub: the front matter of README.md asks for it."""
    return bool(space_id()) and os.environ.get("SYSTEM") == "spaces" and "OAUTH_CLIENT_ID" in os.environ


def on_zero_gpu() -> bool:
    """Whether a GPU is lent for single calls instead of being there all the time."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
