"""The public wall's dataset on the Hub, brought up to date in the background."""

import atexit
import contextlib
import logging
import os
import threading
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token

from studio.gallery.store import Store
from studio.settings import WALL_BYTES, WALL_MINUTES, WALL_RECORD_BYTES, WALL_SHOWN, wall_dataset
from studio.wall.wall import NAME, PICTURE, RECORD, PublicWall
from stylegan import HubError
from stylegan.hub.client import CONTACT_SECONDS, HubRepo, hub_errors, persistently
from stylegan.temporary import temporary_folder

DELETED_AT_ONCE = 200  # paintings in one commit
DOWNLOADS = 2  # at a time
DATASET: dict[str, Any] = {"repo_type": "dataset"}

log = logging.getLogger(__name__)


def open_wall(root: Path, store: Store) -> PublicWall | None:
    """The public wall that ``ATELIER_GALLERY_REPO`` asks for; None where it does not, or nobody is signed in."""
    name = wall_dataset()
    if not name:
        return None
    problem = _problem(name)
    if problem:
        log.warning("There is no public wall: %s", problem)
        return None
    wall = PublicWall(root, store, name)
    WallSync(wall).start()
    return wall


def _problem(name: str) -> str:
    """Why there can be no wall in a dataset of this name; empty where there can."""
    try:
        is_name = HubRepo.parse(name).name == name
    except HubError:
        is_name = False
    if not is_name:  # what it is instead is not told: it might be a token, set in the wrong place
        return "ATELIER_GALLERY_REPO should look like owner/name."
    try:
        token = get_token()
    except OSError:  # a file that cannot be read
        token = None
    return "" if token else "its dataset needs an access token that may write; set HF_TOKEN."


class WallSync:
    """Brings a wall and its dataset into agreement, one round after another in one thread.

    A round takes out of the dataset what was withdrawn and adds what is new; the first one also fetches what others see
    there. One thread does it all, so that nothing is uploaded that is being withdrawn: what slips through is deleted in
    the next round.
    """

    def __init__(self, wall: PublicWall, minutes: float = WALL_MINUTES):
        self.minutes = minutes  # between two rounds, unless the wall is marked as urgent
        self.api = HfApi(token=True)  # the one of this machine, asked for anew each time: it may expire
        self._wall, self._name = wall, wall.dataset
        self._created = self._fetched = False
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin, without waiting for anything; what is new when the app ends is uploaded then."""
        threading.Thread(target=self._run, daemon=True, name="wall").start()
        atexit.register(self.round)

    def close(self) -> None:
        """Ask the Hub for nothing more."""
        self._closed.set()
        self._wall.urgent.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self.round()
            except Exception:  # such as a locked database: what is new must not wait for the next start
                log.exception("The public wall and its dataset differ until the next round.")
            self._wall.urgent.wait(self.minutes * 60)
            self._wall.urgent.clear()

    def round(self) -> None:
        """One round. What fails is told in the log and tried again in the next one."""
        if self._closed.is_set():
            return
        try:
            with hub_errors(HubRepo(self._name)):
                if not self._created:
                    persistently(lambda: self.api.create_repo(self._name, exist_ok=True, **DATASET))
                    self._created = True
                self._delete_withdrawn()
                self._upload()
                if not self._fetched:
                    self._fetch()
        except HubError as error:
            log.warning("The public wall and its dataset differ for now: %s", error)

    def _delete_withdrawn(self) -> None:
        """Delete what was withdrawn, from the history of the dataset, too."""
        names = self._wall.purge_withdrawn()[:DELETED_AT_ONCE]
        if not names:
            return
        paths = [f"{name}{suffix}" for name in names for suffix in (PICTURE, RECORD)]
        there = self.api.get_paths_info(self._name, paths, **DATASET)
        if there:
            deletions = [CommitOperationDelete(file.path, is_folder=False) for file in there]
            self.api.create_commit(self._name, deletions, commit_message="Taken off the wall", **DATASET)
        self.api.super_squash_history(self._name, **DATASET)
        self._wall.delete_publications(names)

    def _upload(self) -> None:
        """Add what is new, and delete the local copies of what was added."""
        contents: dict[Path, bytes] = {}
        for path in sorted(self._wall.new.iterdir()):
            if path.suffix in (PICTURE, RECORD):
                with contextlib.suppress(FileNotFoundError):  # withdrawn since
                    contents[path] = path.read_bytes()
        if not contents:
            return
        additions = [CommitOperationAdd(path.name, content) for path, content in contents.items()]
        self.api.create_commit(self._name, additions, commit_message="Put on the wall", **DATASET)
        for path in contents:
            path.unlink(missing_ok=True)

    def _fetch(self) -> None:
        """Show the newest paintings of the dataset, and no longer those that its owner has deleted from it."""
        info = self.api.dataset_info(self._name, timeout=CONTACT_SECONDS, files_metadata=True)
        sizes = {file.rfilename: file.size for file in info.siblings or []}
        names = sorted({stem for stem in map(_stem, sizes) if NAME.fullmatch(stem)}, reverse=True)
        self._wall.delete_others(names)
        newest = [name for name in names if _fits(name, sizes)][:WALL_SHOWN]
        wanted = [name for name in newest if self._wall.is_missing(name)]
        if wanted:
            with temporary_folder() as folder:
                self._download(wanted, str(info.sha), Path(folder))
        self._fetched = True

    def _download(self, names: list[str], commit: str, folder: Path) -> None:
        files = [f"{name}{suffix}" for name in names for suffix in (PICTURE, RECORD)]
        self.api.snapshot_download(
            self._name, revision=commit, local_dir=folder, allow_patterns=files, max_workers=DOWNLOADS, **DATASET
        )
        refused = sum(not self._wall.import_painting(folder, name) for name in names)
        if refused:
            log.warning("%d paintings in %s cannot be shown: the app did not write them.", refused, self._name)


def _stem(file: str) -> str:
    return os.path.splitext(file)[0]


def _fits(name: str, sizes: dict[str, int | None]) -> bool:
    """Whether both files of a painting are in the dataset, and not too large."""
    picture, record = sizes.get(f"{name}{PICTURE}"), sizes.get(f"{name}{RECORD}")
    return picture is not None and record is not None and picture <= WALL_BYTES and record <= WALL_RECORD_BYTES
