"""Fixtures for every test: the suite needs no network and no files from outside the repository."""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from hypothesis import HealthCheck, settings

import stylegan.remember
from stylegan.training import finetune
from tests.support.app import running_app
from tests.support.hub import Hub, running_hub
from tests.support.pictures import synthetic_picture

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read by PyTorch and by the apps that tests start: two test processes
torch.set_num_threads(1)  # with two threads each wait for one another more than they work

# Property tests are quick and the same each time. HYPOTHESIS_PROFILE=long looks for what nobody has seen yet.
_BOTH: dict = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
_EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", 20_000))
settings.register_profile("quick", max_examples=40, derandomize=True, database=None, **_BOTH)
settings.register_profile("long", max_examples=_EXAMPLES, print_blob=True, **_BOTH)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # a download given up on goes on trying for a while


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of three JPEG photos of different shapes."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for i, (width, height) in enumerate([(120, 90), (90, 120), (100, 100)]):
        synthetic_picture(width, height, seed=i, detail=4).save(folder / f"photo_{i}.jpg", quality=95)
    return folder


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    """A folder of three PNG paintings, busier than the photos."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for i, (width, height) in enumerate([(110, 88), (96, 130), (100, 100)]):
        synthetic_picture(width, height, seed=100 + i, detail=20).save(folder / f"painting_{i}.png")
    return folder


@pytest.fixture
def quick_finetuning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fine-tuning on small crops and small pictures, in half of the samples."""
    monkeypatch.setattr(finetune, "FINETUNING", replace(finetune.FINETUNING, crop=64, batch=2))
    for module in (finetune, stylegan.remember):
        monkeypatch.setattr(module, "SHORT_SIDE", 160)


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


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The app as it starts for everybody, one for each test process."""
    with running_app() as url:
        yield url
