"""Parts that several tests of the package need."""

import logging
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

import stylegan.publish
from stylegan import StyleTransfer
from tests.hub_server import Hub, running_hub

logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # a download given up on goes on trying for a while


@pytest.fixture(scope="session")
def shipped_transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture(scope="session", autouse=True)
def small_previews() -> Iterator[None]:
    """A card's picture is painted small: its size is not what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stylegan.publish, "TILE_SIDE", 32)
        yield


@pytest.fixture(scope="session")
def saved(shipped_transfer: StyleTransfer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the shipped generator as they are published, by name."""
    folder = tmp_path_factory.mktemp("saved")
    shipped_transfer.save_pretrained(folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A loopback Hub that the real client talks to, with an empty cache and nobody signed in."""
    with running_hub() as hub:
        for name, value in {
            "ENDPOINT": hub.url,
            "HUGGINGFACE_CO_URL_TEMPLATE": hub.url + "/{repo_id}/resolve/{revision}/{filename}",
            "HF_HUB_OFFLINE": False,
            "HF_HUB_CACHE": str(tmp_path / "hub-cache"),
            "HF_TOKEN_PATH": str(tmp_path / "no-token"),
            "HF_HUB_DISABLE_XET": True,
        }.items():
            monkeypatch.setattr(huggingface_hub.constants, name, value)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield hub
