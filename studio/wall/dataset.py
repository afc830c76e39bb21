"""The public wall's dataset on the Hub, brought up to date in the background."""

import logging
import os
import tempfile
import threading
from concurrent.futures import wait
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationDelete, CommitScheduler, HfApi, get_token

from studio.gallery.store import Store
from studio.settings import WALL_BYTES, WALL_MINUTES, WALL_RECORD_BYTES, WALL_SHOWN, wall_dataset
from studio.wall.wall import NAME, PICTURE, RECORD, PublicWall
from stylegan import HubError
from stylegan.hub.client import CONTACT_SECONDS, HubRepo, hub_errors

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
    WallSyncThread(wall).start()
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


class WallSyncThread:
    """Connects to the dataset, retrying for ever; then starts a round whenever the wall is marked as urgent."""

    def __init__(self, wall: PublicWall, minutes: float = WALL_MINUTES):
        self._wall, self._minutes = wall, minutes
        self._uploads: WallSync | None = None
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin, without waiting for anything."""
        threading.Thread(target=self._run, daemon=True, name="wall").start()

    def close(self) -> None:
        """Ask the Hub for nothing more."""
        self._closed.set()
        self._wall.urgent.set()
        if self._uploads:
            self._uploads.stop()

    def _run(self) -> None:
        while not self._closed.is_set() and not self._uploads:
            self._connect()
        while self._uploads and not self._closed.is_set():
            self._wall.urgent.wait()
            self._wall.urgent.clear()
            wait([self._uploads.trigger()])  # what becomes urgent meanwhile takes one more round, not one each

    def _connect(self) -> None:
        try:
            with hub_errors(HubRepo(self._wall.dataset)):
                self._uploads = WallSync(self._wall, self._minutes)
        except HubError as error:
            log.warning("The public wall waits for its dataset: %s", error)
            self._closed.wait(self._minutes * 60)


class WallSync(CommitScheduler):
    """Takes out of the dataset what was withdrawn, adds what is new, and fetches once what others see there.

    The scheduler does all its work in one thread, so that nothing is uploaded that is being withdrawn: what slips
    through is deleted in the next round. What fails is tried again in the next round.
    """

    def __init__(self, wall: PublicWall, minutes: float):
        self._wall, self._fetched = wall, False
        super().__init__(
            repo_id=wall.dataset,
            folder_path=wall.new,
            every=minutes,
            allow_patterns=[f"*{PICTURE}", f"*{RECORD}"],
            hf_api=HfApi(token=True),  # the one of this machine, asked for anew each time: it may expire
            **DATASET,
        )

    def push_to_hub(self) -> None:
        """One round."""
        try:
            with hub_errors(HubRepo(self._wall.dataset)):
                self._delete_withdrawn()
                super().push_to_hub()
                self._delete_uploaded()
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
        there = self.api.get_paths_info(self.repo_id, paths, **DATASET)
        if there:
            deletions = [CommitOperationDelete(file.path, is_folder=False) for file in there]
            self.api.create_commit(self.repo_id, deletions, commit_message="Taken off the wall", **DATASET)
        self.api.super_squash_history(self.repo_id, **DATASET)
        self._wall.delete_publications(names)

    def _delete_uploaded(self) -> None:
        """Delete the local copies of what was uploaded."""
        for path in self.last_uploaded:
            path.unlink(missing_ok=True)
        self.last_uploaded.clear()

    def _fetch(self) -> None:
        """Show the newest paintings of the dataset, and no longer those that its owner has deleted from it."""
        info = self.api.dataset_info(self.repo_id, timeout=CONTACT_SECONDS, files_metadata=True)
        sizes = {file.rfilename: file.size for file in info.siblings or []}
        names = sorted({stem for stem in map(_stem, sizes) if NAME.fullmatch(stem)}, reverse=True)
        self._wall.delete_others(names)
        newest = [name for name in names if _fits(name, sizes)][:WALL_SHOWN]
        wanted = [name for name in newest if self._wall.is_missing(name)]
        if wanted:
            with tempfile.TemporaryDirectory(prefix="atelier-") as folder:
                self._download(wanted, str(info.sha), Path(folder))
        self._fetched = True

    def _download(self, names: list[str], commit: str, folder: Path) -> None:
        files = [f"{name}{suffix}" for name in names for suffix in (PICTURE, RECORD)]
        self.api.snapshot_download(
            self.repo_id, revision=commit, local_dir=folder, allow_patterns=files, max_workers=DOWNLOADS, **DATASET
        )
        refused = sum(not self._wall.import_painting(folder, name) for name in names)
        if refused:
            log.warning("%d paintings in %s cannot be shown: the app did not write them.", refused, self.repo_id)


def _stem(file: str) -> str:
    return os.path.splitext(file)[0]


def _fits(name: str, sizes: dict[str, int | None]) -> bool:
    """Whether both files of a painting are in the dataset, and not too large."""
    picture, record = sizes.get(f"{name}{PICTURE}"), sizes.get(f"{name}{RECORD}")
    return picture is not None and record is not None and picture <= WALL_BYTES and record <= WALL_RECORD_BYTES
