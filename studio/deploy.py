"""The app as a Space on the Hugging Face Hub: which files it is made of, and how they get there.

``python -m studio.deploy owner/name`` lists the files; with ``--yes`` it uploads them.
"""

import shutil
from pathlib import Path
from typing import Any

import click
from huggingface_hub import HfApi, metadata_load, metadata_save

from stylegan.builtin_styles import BUILTIN_STYLES
from stylegan.cli.common import Mistake, UserCommand
from stylegan.formats.checkpoint import GENERATOR_FILE, MANIFEST_FILE, PACK_FOLDER, SHIPPED
from stylegan.formats.style_pack import SUFFIX
from stylegan.hub.client import HubRepo, hub_errors, persistently
from stylegan.hub.download import DEFAULT_REPO
from stylegan.temporary import temporary_folder

ROOT = SHIPPED.parent
MAX_SPACE_BYTES = 60_000_000
PICTURE = "docs/styles.jpg"  # in previews of links to the Space
PATTERNS = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/*.md",
    "LICENSE",
    "app.py",
    "requirements.txt",
    "studio/**/*.py",
    "studio/assets/*.jpg",
    "stylegan/**/*.py",
    "stylegan/models/*.safetensors",
    "checkpoints/README.md",
    "checkpoints/evaluation.json",
    "checkpoints/*.safetensors",
    "checkpoints/styles/*.safetensors",
    PICTURE,
)


def space_files(root: Path = ROOT) -> list[Path]:
    """What the Space needs of a checkout, as paths relative to it: no tests, no caches, no training data."""
    found = {path.relative_to(root) for pattern in PATTERNS for path in root.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def build_space(folder: Path, name: str, root: Path = ROOT) -> int:
    """Copy what the Space ``owner/name`` needs into an empty folder; returns its size in bytes."""
    for path in space_files(root):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)
    metadata_save(folder / "README.md", front_matter(metadata_load(root / "README.md") or {}, name))
    return sum((folder / path).stat().st_size for path in space_files(folder))


def front_matter(facts: dict, name: str, published: str = DEFAULT_REPO) -> dict:
    """The facts at the top of README.md, with those that depend on the Space's name and on the published generator."""
    facts = facts | {"thumbnail": f"https://huggingface.co/spaces/{name}/resolve/main/{PICTURE}"}
    if published:
        repo = HubRepo.parse(published)
        facts["models"] = [repo.name]
        packs = (f"{PACK_FOLDER}/{style.name}{SUFFIX}" for style in BUILTIN_STYLES)
        facts["preload_from_hub"] = [f"{repo.name} {','.join((MANIFEST_FILE, GENERATOR_FILE, *packs))} {repo.revision}"]
    return facts


def deploy_space(
    folder: Path,
    name: str,
    *,
    token: str | None = None,
    private: bool = False,
    message: str = "Update Atelier",
) -> str:
    """Make the Space ``owner/name`` hold exactly a folder's files, and return its page's address.

    Args:
        folder: as ``build_space`` writes it.
        token: of the account that uploads; None: the one that is signed in on this machine.
        private: whether a new Space is for its owner's eyes only.
        message: of the commit.

    Raises:
        HubError: the Hub refuses it or cannot be reached.
    """
    repo = HubRepo.parse(name)
    api = HfApi(token=token)
    with hub_errors(repo):
        url = persistently(
            lambda: api.create_repo(repo.name, repo_type="space", space_sdk="gradio", private=private, exist_ok=True)
        )
        api.upload_folder(
            repo_id=repo.name, repo_type="space", folder_path=folder, delete_patterns="*", commit_message=message
        )
    return str(url)


@click.command(cls=UserCommand)
@click.argument("name", metavar="OWNER/NAME")
@click.option("--yes", is_flag=True, help="Do it; without this the files are listed and nothing is uploaded.")
@click.option("--private", is_flag=True, help="If it is new: for your eyes only.")
@click.option("--message", default="Update Atelier", show_default=True, help="Of the commit.")
def main(name: str, yes: bool, **settings: Any) -> None:
    """Create or update the Space that runs this app."""
    HubRepo.parse(name)
    if not SHIPPED.is_dir():
        raise Mistake("a Space is made of a checkout, which an installed package is not: run this in one.")
    with temporary_folder() as temporary:
        folder = Path(temporary)
        size = build_space(folder, name)
        for path in space_files(folder):
            click.echo(f"{(folder / path).stat().st_size / 1e3:10,.1f} kB  {path.as_posix()}")
        click.echo(f"{len(space_files(folder))} files, {size / 1e6:.1f} MB.")
        if size > MAX_SPACE_BYTES:
            raise Mistake(f"that is more than the {MAX_SPACE_BYTES / 1e6:g} MB that this Space should have.")
        if yes:
            click.echo(deploy_space(folder, name, **settings))
        else:
            click.echo(f"Nothing was uploaded. With --yes it goes to https://huggingface.co/spaces/{name}.")


if __name__ == "__main__":
    main()
