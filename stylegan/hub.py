"""Checkpoints and styles from the Hugging Face Hub, and the one order in which checkpoints are looked for.

Importing this touches no network. Every failure becomes a message in plain words.
"""

import contextlib
import errno
import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    XetDownloadError,
)
from huggingface_hub.utils import httpx, validate_repo_id

from stylegan.checkpoints import (
    DISCRIMINATOR_FILE,
    GENERATOR_FILE,
    MANIFEST_FILE,
    SHIPPED,
    Checkpoint,
    Origin,
    load_checkpoint,
    read_manifest,
    verify,
)
from stylegan.errors import CheckpointError, HubError, UserError
from stylegan.packs import MAX_BYTES, SUFFIX

PUBLISHED = ""  # owner/name@revision of the generator that we published; empty: none is on the Hub yet
CONTACT_SECONDS = 5  # for an answer to one request
START_SECONDS = 8.0  # that the start of the app waits for the Hub to answer, in all
FETCH_SECONDS = 20.0  # that it then waits for generator and packs, some 28 MB
STYLE_SECONDS = 20.0  # that a visitor waits for a style
MAX_REPO_BYTES = 500_000_000
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class HubRepo:
    """A repository on the Hub, at a branch, a tag or a commit."""

    name: str  # owner/name
    revision: str = "main"

    @classmethod
    def parse(cls, text: str) -> "HubRepo":
        """From ``owner/name``, ``owner/name@revision``, or the address of the repository's page.

        Raises:
            HubError: it is none of these.
        """
        name = re.sub(r"^https?://[^/]+/", "", text.strip()).strip("/")
        name, _, revision = name.partition("@")
        with contextlib.suppress(HFValidationError):
            validate_repo_id(name)
            if "/" in name and re.fullmatch(r"[\w./-]*", revision) and ".." not in revision:
                return cls(name, revision or "main")
        raise HubError(f"{text.strip()[:100]} is not a name on the Hub; it should look like owner/name.")


def load_pretrained(source: str | Path, revision: str | None = None) -> Checkpoint:
    """Read a checkpoint from a file, a folder, or ``owner/name[@revision]`` on the Hub.

    Where the Hub cannot be asked, the copy of an earlier download is used.

    Raises:
        CheckpointError, HubError: it cannot be used, with the reason.
    """
    repo = _as_repo(source, revision)
    return _from_hub(repo, None) if repo else load_checkpoint(source)


def first_working(
    wanted: str | Path | None = None, published: str | None = None, shipped: Path = SHIPPED
) -> Checkpoint:
    """The first checkpoint that works: the one asked for, the published one, the one that ships with the project.

    What fails is told in the log. A Hub that does not answer costs at most ``START_SECONDS`` in all, a
    slow one ``FETCH_SECONDS`` more.

    Raises:
        CheckpointError: none works.
    """
    end = time.monotonic() + START_SECONDS
    published = PUBLISHED if published is None else published
    failed = []
    for source in filter(None, (wanted, published, shipped)):
        try:
            repo = _as_repo(source)
            checkpoint = _from_hub(repo, end) if repo else load_checkpoint(source)
        except UserError as error:
            log.warning("The generator %s cannot be used: %s", source, error)
            failed.append(str(error))
            continue
        checkpoint = replace(checkpoint, origin=replace(checkpoint.origin, notes=(*failed, *checkpoint.origin.notes)))
        told = "instead " if failed else ""
        log.info("Painting %swith the generator of %s (SHA-256 %s).", told, checkpoint.origin, checkpoint.digest[:12])
        return checkpoint
    raise CheckpointError(" ".join(failed))


def download_style(name: str, folder: Path, token: str | bool | None = None) -> Path:
    """Download the one style pack of a repository into a folder; its size is asked for first.

    token: False asks as nobody in particular, so that a visitor sees public repositories alone.

    Raises:
        HubError: there is none, it is too large, or the Hub cannot be reached.
    """
    repo, api = HubRepo.parse(name), HfApi(token=token)

    def work() -> Path:
        commit, files = _look(api, repo)
        packs = [file for file in files if file.endswith(SUFFIX)]
        if len(packs) != 1:
            found = f"{len(packs)} styles" if packs else "no style"
            raise HubError(f"{repo.name} holds {found}; the repository of a style holds one file *{SUFFIX}.")
        if files[packs[0]] > MAX_BYTES:
            raise HubError(f"The style in {repo.name} is too large: a style pack has at most {MAX_BYTES / 1e6:g} MB.")
        return Path(api.hf_hub_download(repo.name, packs[0], revision=commit, local_dir=folder))

    return _within(time.monotonic() + STYLE_SECONDS, work, repo)


@contextlib.contextmanager
def hub_errors(repo: HubRepo) -> Iterator[None]:
    """Turn what goes wrong with a repository into a ``HubError``."""
    try:
        yield
    except UserError:
        raise
    except (httpx.HTTPError, OSError, EntryNotFoundError, ValueError, RuntimeError, XetDownloadError) as error:
        raise HubError(_reason(error, repo)) from error


def _as_repo(source: str | Path, revision: str | None = None) -> HubRepo | None:
    """The repository that a source names; None: it is a path."""
    text = source.as_posix() if isinstance(source, Path) else source
    if Path(source).exists() or not re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", text) or text.startswith("."):
        return None
    repo = HubRepo.parse(text)
    return replace(repo, revision=revision) if revision else repo


def _from_hub(repo: HubRepo, end: float | None) -> Checkpoint:
    """Ask the Hub until ``end``, of ``time.monotonic``; where that fails take the copy of an earlier download."""
    try:
        folder = _download(repo, end)
        return _placed(repo, folder)
    except UserError as error:
        folder = _cached(repo)
        if folder is None:
            raise
        log.warning("%s The copy of an earlier download is used.", error)
        return _placed(repo, folder, offline=True, notes=(str(error),))


def _placed(repo: HubRepo, folder: Path, **origin: object) -> Checkpoint:
    return replace(load_checkpoint(folder), origin=Origin(repo.name, folder.name, **origin))


def _download(repo: HubRepo, end: float | None) -> Path:
    """The folder of a repository's files in the cache of the Hub, named by the commit, whole and as published."""
    api = HfApi()
    commit, sizes = _within(end, lambda: _look(api, repo), repo)
    return _within(end and end + FETCH_SECONDS, lambda: _whole(api, repo, commit, sizes), repo)


def _whole(api: HfApi, repo: HubRepo, commit: str, sizes: dict[str, int]) -> Path:
    try:
        folder = _fetch(api, repo, commit, sizes)
    except CheckpointError:  # perhaps of the copy in the cache alone
        _forget(repo, commit)
        folder = _fetch(api, repo, commit, sizes)
    if _cached(repo) != folder:  # what a branch stands for is remembered once all of it is there
        api.hf_hub_download(repo.name, MANIFEST_FILE, revision=repo.revision, etag_timeout=CONTACT_SECONDS)
    return folder


def _fetch(api: HfApi, repo: HubRepo, commit: str, sizes: dict[str, int]) -> Path:
    if MANIFEST_FILE not in sizes or GENERATOR_FILE not in sizes:
        raise HubError(f"{repo.name} holds no generator of Atelier ({GENERATOR_FILE} and {MANIFEST_FILE}).")
    manifest = Path(api.hf_hub_download(repo.name, MANIFEST_FILE, revision=commit, etag_timeout=CONTACT_SECONDS))
    names = list(read_manifest(manifest))  # the packs among them are its styles: without them it has none
    missing = [name for name in names if name not in sizes]
    if missing:
        raise HubError(f"The generator in {repo.name} is not complete: {missing[0]} is missing.")
    if sum(map(sizes.get, names)) > MAX_REPO_BYTES:
        raise HubError(f"The generator in {repo.name} is too large.")
    for name in names:
        api.hf_hub_download(repo.name, name, revision=commit, etag_timeout=CONTACT_SECONDS)
    verify(manifest.parent)
    return manifest.parent


def _look(api: HfApi, repo: HubRepo) -> tuple[str, dict[str, int]]:
    """The commit that a repository is at, and the names and sizes in bytes of its files."""
    info = api.model_info(repo.name, revision=repo.revision, timeout=CONTACT_SECONDS, files_metadata=True)
    return info.sha, {file.rfilename: file.size or 0 for file in info.siblings or []}


def _cached(repo: HubRepo) -> Path | None:
    """The folder of an earlier download in the cache of the Hub, if all that painting needs is in it."""
    path = try_to_load_from_cache(repo.name, MANIFEST_FILE, revision=repo.revision)
    if not isinstance(path, str):
        return None
    with contextlib.suppress(CheckpointError):
        needed = read_manifest(Path(path)).keys() - {DISCRIMINATOR_FILE} | {GENERATOR_FILE}
        if all((Path(path).parent / name).is_file() for name in needed):
            return Path(path).parent
    return None


def _forget(repo: HubRepo, commit: str) -> None:
    """Take a commit's files out of the cache of the Hub."""
    path = try_to_load_from_cache(repo.name, MANIFEST_FILE, revision=commit)
    for file in Path(path).parent.rglob("*") if isinstance(path, str) else ():
        if file.is_file():
            file.resolve().unlink(missing_ok=True)
            file.unlink(missing_ok=True)


def _within(end: float | None, work: Callable[[], T], repo: HubRepo) -> T:
    """Do work that asks the Hub, in a thread that is left to itself when time is up: a resolver can hang for minutes.

    Raises:
        HubError: the work failed, or was not done in time. CheckpointError: as the work raises it.
    """
    results: queue.SimpleQueue[tuple[T | None, UserError | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            with hub_errors(repo):
                results.put((work(), None))
        except UserError as error:
            results.put((None, error))

    if end is None:
        run()
    else:
        threading.Thread(target=run, daemon=True, name="hub").start()
    try:
        result, error = results.get(timeout=None if end is None else max(0.0, end - time.monotonic()))
    except queue.Empty:
        raise HubError(f"The Hub took too long over {repo.name}.") from None
    if error:
        raise error
    return result


def _reason(error: Exception, repo: HubRepo) -> str:
    """What went wrong, for someone who knows nothing of HTTP."""
    if isinstance(error, LocalEntryNotFoundError | RuntimeError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    if isinstance(error, OfflineModeIsEnabled):
        return "The Hub is switched off here (HF_HUB_OFFLINE)."
    if isinstance(error, GatedRepoError):
        return f"{repo.name} is gated: accept its conditions on its page on the Hub, and sign in with: hf auth login."
    if isinstance(error, RepositoryNotFoundError):
        return f"There is no {repo.name} on the Hub, or it is private: then sign in with: hf auth login."
    if isinstance(error, RevisionNotFoundError):
        return f"{repo.name} has no revision {repo.revision}."
    if isinstance(error, EntryNotFoundError) and not isinstance(error, OSError):
        return f"A file is missing in {repo.name}."
    if isinstance(error, HfHubHTTPError):
        return _refusal(error.response.status_code, repo)
    if isinstance(error, httpx.TimeoutException):
        return f"The Hub does not answer, so {repo.name} cannot be had."
    if isinstance(error, httpx.HTTPError):
        return f"The Hub cannot be reached, so {repo.name} cannot be had. Check the network."
    if isinstance(error, OSError) and error.errno in FULL:
        return f"There is no room on the disk for {repo.name}."
    if isinstance(error, OSError) and error.errno:
        return f"{repo.name} cannot be kept on the disk: {error.strerror}."
    if isinstance(error, OSError):
        return f"The download of {repo.name} came in incomplete."
    return f"{repo.name} cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}."


def _refusal(status: int, repo: HubRepo) -> str:
    """What an HTTP status means here."""
    if status == 401:
        return f"The Hub does not accept the access token for {repo.name}. Sign in again with: hf auth login."
    if status == 403:
        return f"Your account on the Hub may not do this with {repo.name}."
    if status == 404:
        return f"Something is missing in {repo.name} on the Hub."
    if status == 429:
        return "The Hub asks for a pause: too many requests from here. Try again in some minutes."
    if status >= 500:
        return f"The Hub has trouble of its own (error {status}). Try again later."
    return f"The Hub refused {repo.name} (error {status})."
