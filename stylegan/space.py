"""The app as a Space on the Hugging Face Hub: which files it is made of, and how they get there."""

import shutil
from pathlib import Path

from huggingface_hub import HfApi, metadata_load, metadata_save

from stylegan.builtin import BUILTIN_STYLES
from stylegan.checkpoints import GENERATOR_FILE, MANIFEST_FILE, PACK_FOLDER, SHIPPED
from stylegan.hub import PUBLISHED, HubRepo, hub_errors
from stylegan.packs import SUFFIX

ROOT = SHIPPED.parent
MAX_SPACE_BYTES = 60_000_000
PICTURE = "docs/styles.jpg"  # in previews of links to the Space
PATTERNS = (
    "README.md",
    "CHANGELOG.md",
    "docs/*.md",
    "LICENSE",
    "app.py",
    "requirements.txt",
    "studio/**/*.py",
    "stylegan/**/*.py",
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
    metadata_save(folder / "README.md", front_matter(metadata_load(root / "README.md"), name))
    return sum((folder / path).stat().st_size for path in space_files(folder))


def front_matter(facts: dict, name: str, published: str = PUBLISHED) -> dict:
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
        url = api.create_repo(repo.name, repo_type="space", space_sdk="gradio", private=private, exist_ok=True)
        api.upload_folder(
            repo_id=repo.name, repo_type="space", folder_path=folder, delete_patterns="*", commit_message=message
        )
    return str(url)
