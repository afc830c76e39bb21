"""Generators and style packs on their way to the Hugging Face Hub: what is uploaded is written to a folder first."""

import contextlib
import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi
from PIL import Image

from stylegan.errors import CheckpointError, HubError, StyleError
from stylegan.formats.checkpoint import (
    DISCRIMINATOR_FILE,
    FORMAT,
    GENERATOR_FILE,
    MANIFEST_FILE,
    PACK_FOLDER,
    Checkpoint,
    file_digest,
)
from stylegan.formats.style_pack import MAX_TEXT, SUFFIX, StylePack, clean_name, save_pack
from stylegan.hub.cards import (
    EVALUATION_FILE,
    LIBRARY,
    LICENSES,
    PREVIEW_FILE,
    generator_card,
    license_id,
    style_card,
    write_card,
)
from stylegan.hub.client import HubRepo, hub_errors, persistently
from stylegan.hub.download import DEFAULT_REPO
from stylegan.images import to_image
from stylegan.temporary import temporary_folder


def check_unchanged(checkpoint: Checkpoint) -> None:
    """Style packs name their generator by its SHA-256, so the file must still be the one that was loaded.

    Raises:
        CheckpointError: it is another one, or gone.
    """
    try:
        unchanged = file_digest(checkpoint.path) == checkpoint.digest
    except OSError:
        unchanged = False
    if not unchanged:
        raise CheckpointError(f"{checkpoint.path} has changed or gone since it was loaded; load it anew.")


def save_pretrained(checkpoint: Checkpoint, folder: Path, preview: Image.Image, name: str = "") -> None:
    """Write a generator's files as they are, with ``config.json``, a preview and a card.

    preview: what the card shows. name: owner/name, for the card.

    Raises:
        CheckpointError: the file that was loaded is not there any more. OSError: the folder cannot be written.
    """
    check_unchanged(checkpoint)
    _copy(checkpoint, folder)
    weights = sorted(folder.rglob("*.safetensors"))
    files = {path.relative_to(folder).as_posix(): file_digest(path) for path in weights}
    config = {
        "library_name": LIBRARY,
        "format": FORMAT,
        "architecture": asdict(checkpoint.generator.decoder.config),
        "styles": list(checkpoint.styles),
        "files": files,
    }
    (folder / MANIFEST_FILE).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    preview.save(folder / PREVIEW_FILE, quality=88)
    write_card(generator_card(checkpoint, name or folder.resolve().name, files), folder)


def push_generator(checkpoint: Checkpoint, name: str, preview: Image.Image, **settings: Any) -> str:
    """Publish a generator as ``owner/name`` and return the page's address.

    preview: as for ``save_pretrained``; settings: as for ``push``.
    """
    with temporary_folder() as folder:
        save_pretrained(checkpoint, Path(folder), preview, HubRepo.parse(name).name)
        return push(Path(folder), name, **settings)


def save_style(
    pack: StylePack, checkpoint: Checkpoint, folder: Path, name: str, license: str = "", description: str = ""
) -> None:
    """Write a style pack as it is published: the pack, a preview and a card.

    license: one of ``cards.LICENSES``' values; empty: what the pack says itself.

    Raises:
        StyleError: the licence is unknown or the description too long.
    """
    license = license or license_id(pack.facts.license)
    if license not in LICENSES.values():
        raise StyleError(f"{license} is not a licence that can be chosen: {', '.join(LICENSES.values())}.")
    if len(description) > MAX_TEXT:
        raise StyleError(f"The description is too long: at most {MAX_TEXT} characters.")
    if not pack.facts.license:
        pack = replace(pack, facts=replace(pack.facts, license=license))
    folder.mkdir(parents=True, exist_ok=True)
    file = f"{slug(pack.name)}{SUFFIX}"
    save_pack(folder / file, pack)
    preview = None
    if pack.preview is not None:
        preview = PREVIEW_FILE
        to_image(pack.preview.float() / 255).save(folder / preview, quality=92)
    base = checkpoint.origin.source if checkpoint.origin.revision else DEFAULT_REPO.partition("@")[0]
    write_card(style_card(pack, name, file, license, description.strip(), base, preview), folder)


def push_style(
    pack: StylePack, checkpoint: Checkpoint, name: str, license: str = "", description: str = "", **settings: Any
) -> str:
    """Publish a style pack as ``owner/name``; settings as for ``push``. Returns the page's address."""
    with temporary_folder() as folder:
        save_style(pack, checkpoint, Path(folder), HubRepo.parse(name).name, license, description)
        return push(Path(folder), name, **settings)


def push(
    folder: Path,
    name: str,
    *,
    token: str | None = None,
    private: bool = False,
    revision: str | None = None,
    message: str = "Upload from Atelier",
) -> str:
    """Upload a folder as the model repository ``owner/name``, made where there is none; returns the page's address.

    Args:
        token: of the account that uploads; None: the one that is signed in on this machine.
        private: whether a new repository is for its owner's eyes only.
        revision: a branch other than main, made where there is none.
        message: of the commit.

    Raises:
        HubError: the Hub refuses it or cannot be reached.
    """
    repo = HubRepo.parse(name)
    if "@" in name:
        raise HubError("Give the branch as revision, not in the name.")
    api = HfApi(token=token)
    with hub_errors(repo):
        url = persistently(lambda: api.create_repo(repo.name, private=private, exist_ok=True))
        if revision:
            persistently(lambda: api.create_branch(repo.name, branch=revision, exist_ok=True))
        api.upload_folder(repo_id=repo.name, folder_path=folder, revision=revision, commit_message=message)
    return str(url)


def slug(title: str) -> str:
    """A title as a name on the Hub and in a file system."""
    return re.sub(r"[^a-z0-9]+", "-", clean_name(title).lower()).strip("-")[:60] or "style"


def _copy(checkpoint: Checkpoint, folder: Path) -> None:
    """The files of a checkpoint under the names that they have everywhere."""
    packs = [f"{PACK_FOLDER}/{style}{SUFFIX}" for style in checkpoint.packs]
    extra = [name for name in (DISCRIMINATOR_FILE, EVALUATION_FILE) if (checkpoint.folder / name).is_file()]
    sources = {GENERATOR_FILE: checkpoint.path} | {name: checkpoint.folder / name for name in (*extra, *packs)}
    for name, source in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(shutil.SameFileError):
            shutil.copyfile(source, folder / name)
