"""The app as a Space on the Hugging Face Hub: which files it is made of, and how they get there."""

import shutil
from pathlib import Path

from huggingface_hub import HfApi

from stylegan.checkpoints import SHIPPED
from stylegan.hub import HubRepo, hub_errors

ROOT = SHIPPED.parent
MAX_SPACE_BYTES = 60_000_000
PATTERNS = (
    "README.md",
    "LICENSE",
    "app.py",
    "requirements.txt",
    "studio/**/*.py",
    "stylegan/**/*.py",
    "checkpoints/README.md",
    "checkpoints/evaluation.json",
    "checkpoints/*.safetensors",
    "checkpoints/styles/*.safetensors",
    "docs/styles.jpg",
)


def space_files(root: Path = ROOT) -> list[Path]:
    """What the Space needs of a checkout, as paths relative to it: no tests, no caches, no training data."""
    found = {path.relative_to(root) for pattern in PATTERNS for path in root.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def build_space(folder: Path, root: Path = ROOT) -> int:
    """Copy what the Space needs into an empty folder; returns its size in bytes."""
    for path in space_files(root):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)
    return sum((folder / path).stat().st_size for path in space_files(root))


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
