"""Checkpoints and styles from the Hugging Face Hub, and the one order in which checkpoints are looked for."""

import contextlib
import logging
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, try_to_load_from_cache

from stylegan.errors import CheckpointError, HubError, UserError
from stylegan.formats.checkpoint import (
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
from stylegan.formats.style_pack import MAX_BYTES, SUFFIX
from stylegan.hub.client import CONTACT_SECONDS, HubRepo, persistently, within

DEFAULT_REPO = ""  # owner/name@revision of the generator that we published; empty: none is on the Hub yet
START_SECONDS = 8.0  # that the start of the app waits for the Hub to answer, in all
FETCH_SECONDS = 20.0  # that it then waits for generator and packs, some 28 MB
STYLE_SECONDS = 20.0  # that a visitor waits for a style
MAX_REPO_BYTES = 500_000_000

log = logging.getLogger(__name__)


def load_pretrained(source: str | Path, revision: str | None = None) -> Checkpoint:
    """Read a checkpoint from a file, a folder, ``owner/name[@revision]`` on the Hub, or the address of its page there.

    Where the Hub cannot be asked, the copy of an earlier download is used.

    Raises:
        CheckpointError, HubError: it cannot be used, with the reason.
    """
    repo = _as_repo(source, revision)
    return _from_hub(repo, None) if repo else load_checkpoint(source)


def load_default_checkpoint(
    wanted: str | Path | None = None, published: str | None = None, shipped: Path = SHIPPED
) -> Checkpoint:
    """The first checkpoint that works: the one asked for, the published one, the one that ships with the project.

    Failures are logged. A Hub that does not answer costs at most ``START_SECONDS`` in all, a
    slow one ``FETCH_SECONDS`` more.

    Raises:
        CheckpointError: none works.
    """
    end = time.monotonic() + START_SECONDS
    published = DEFAULT_REPO if published is None else published
    failed = []
    for source in filter(None, (wanted, published, shipped)):
        try:
            repo = _as_repo(source)
            checkpoint = _from_hub(repo, end) if repo else load_checkpoint(source)
        except UserError as error:
            log.warning("The generator %s cannot be used: %s", source, error)
            failed.append(str(error))
            continue
        checkpoint = replace(
            checkpoint,
            origin=replace(checkpoint.origin, fallback_reasons=(*failed, *checkpoint.origin.fallback_reasons)),
        )
        told = "instead " if failed else ""
        log.info("Painting %swith the generator of %s (SHA-256 %s).", told, checkpoint.origin, checkpoint.digest[:12])
        return checkpoint
    raise CheckpointError(" ".join(failed))


def download_style(name: str, folder: Path, token: str | bool | None = None) -> Path:
    """Download the one style pack of a repository into a folder; its size is asked for first.

    token: False asks anonymously, so that a visitor sees public repositories only.

    Raises:
        HubError: there is none, it is too large, or the Hub cannot be reached.
    """
    repo, api = HubRepo.parse(name), HfApi(token=token)

    def work() -> Path:
        commit, files = _list_files(api, repo)
        packs = [file for file in files if file.endswith(SUFFIX)]
        if len(packs) != 1:
            found = f"{len(packs)} styles" if packs else "no style"
            raise HubError(f"{repo.name} holds {found}; the repository of a style holds one file *{SUFFIX}.")
        if files[packs[0]] > MAX_BYTES:
            raise HubError(f"The style in {repo.name} is too large: a style pack has at most {MAX_BYTES / 1e6:g} MB.")
        return _get(api, repo, packs[0], commit, folder)

    return within(time.monotonic() + STYLE_SECONDS, work, repo)


def _as_repo(source: str | Path, revision: str | None = None) -> HubRepo | None:
    """The repository that a source names; None: it is a path. A file, or a folder with anything in it, goes first."""
    text, path = source.as_posix() if isinstance(source, Path) else source.strip(), Path(source)
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        return None
    is_name = re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", text) and not text.startswith(".")
    if not is_name and not HubRepo.is_page(text):
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
        return _placed(repo, folder, offline=True, fallback_reasons=(str(error),))


def _placed(repo: HubRepo, folder: Path, **origin: Any) -> Checkpoint:
    return replace(load_checkpoint(folder), origin=Origin(repo.name, folder.name, **origin))


def _download(repo: HubRepo, end: float | None) -> Path:
    """The folder of a repository's files in the cache of the Hub, named by the commit, whole and as published."""
    api = HfApi()
    commit, sizes = within(end, lambda: _list_files(api, repo), repo)
    return within(end and end + FETCH_SECONDS, lambda: _whole(api, repo, commit, sizes), repo)


def _whole(api: HfApi, repo: HubRepo, commit: str, sizes: dict[str, int]) -> Path:
    try:
        folder = _fetch(api, repo, commit, sizes)
    except CheckpointError:  # perhaps of the copy in the cache alone
        _delete_cached(repo, commit)
        folder = _fetch(api, repo, commit, sizes)
    if _cached(repo) != folder:  # what a branch stands for is remembered once all of it is there
        _get(api, repo, MANIFEST_FILE, repo.revision)
    return folder


def _fetch(api: HfApi, repo: HubRepo, commit: str, sizes: dict[str, int]) -> Path:
    if MANIFEST_FILE not in sizes or GENERATOR_FILE not in sizes:
        raise HubError(f"{repo.name} holds no generator of Atelier ({GENERATOR_FILE} and {MANIFEST_FILE}).")
    manifest = _get(api, repo, MANIFEST_FILE, commit)
    names = list(read_manifest(manifest))  # the packs among them are its styles: without them it has none
    missing = [name for name in names if name not in sizes]
    if missing:
        raise HubError(f"The generator in {repo.name} is not complete: {missing[0]} is missing.")
    if sum(sizes[name] for name in names) > MAX_REPO_BYTES:
        raise HubError(f"The generator in {repo.name} is too large.")
    for name in names:
        _get(api, repo, name, commit)
    verify(manifest.parent)
    return manifest.parent


def _list_files(api: HfApi, repo: HubRepo) -> tuple[str, dict[str, int]]:
    """The commit that a repository is at, and the names and sizes in bytes of its files."""
    info = persistently(
        lambda: api.model_info(repo.name, revision=repo.revision, timeout=CONTACT_SECONDS, files_metadata=True)
    )
    return str(info.sha), {file.rfilename: file.size or 0 for file in info.siblings or []}


def _get(api: HfApi, repo: HubRepo, name: str, revision: str, folder: Path | None = None) -> Path:
    """The path of a file of a repository, downloaded to a folder; None: to the cache of the Hub."""
    return Path(
        persistently(
            lambda: api.hf_hub_download(
                repo.name, name, revision=revision, local_dir=folder, etag_timeout=CONTACT_SECONDS
            )
        )
    )


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


def _delete_cached(repo: HubRepo, commit: str) -> None:
    """Take a commit's files out of the cache of the Hub."""
    path = try_to_load_from_cache(repo.name, MANIFEST_FILE, revision=commit)
    for file in Path(path).parent.rglob("*") if isinstance(path, str) else ():
        if file.is_file():
            file.resolve().unlink(missing_ok=True)
            file.unlink(missing_ok=True)
