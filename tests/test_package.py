"""The wheel, installed where there is no checkout: what works, and where a generator comes from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from stylegan import __version__
from stylegan.formats.checkpoint import SHIPPED
from stylegan.sample_photos import sample_photos
from tests.support.app import ROOT, running_app
from tests.support.environment import fresh_environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-build-isolation", "--no-deps", "--quiet", "--wheel-dir", str(folder)]
    source = folder / "source"  # building writes beside the code
    source.mkdir()
    for name in ("stylegan", "studio", "pyproject.toml", "requirements.txt", "LICENSE"):
        (source / name).symlink_to(ROOT / name)
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a fresh environment with the wheel and what it needs."""
    python = fresh_environment(tmp_path_factory.mktemp("fresh"), ROOT / "requirements.txt")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    return python.parent


def run(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess:
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = [installed / words[0], *words[1:]]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_wheel_is_of_this_version_and_holds_no_tests_and_no_generator(wheel: Path):
    assert wheel.name == f"atelier-{__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < 2_000_000  # half of it finds faces


@pytest.mark.parametrize("words", [("atelier", "--help"), ("python", "-m", "studio", "--help")])
def test_the_app_has_a_command(installed: Path, tmp_path: Path, words: tuple[str, ...]):
    done = run(installed, tmp_path, *words)
    assert done.returncode == 0 and "Run the app in the browser" in done.stdout, done.stderr


def test_a_photo_is_painted_with_a_generator_at_a_path(installed: Path, tmp_path: Path):
    Image.open(sample_photos()[0]).resize((96, 64)).save(tmp_path / "photo.png")
    words = ("python", "-m", "stylegan", "stylize", "photo.png", "--style", "great_wave", "--output", "painting.png")
    done = run(installed, tmp_path, *words, "--checkpoint", str(SHIPPED))
    assert done.returncode == 0, done.stderr
    assert Image.open(tmp_path / "painting.png").size == (96, 64)


@pytest.mark.parametrize("words", [("python", "-m", "stylegan", "styles"), ("atelier",)])
def test_without_a_generator_it_is_said_where_one_is_found(installed: Path, tmp_path: Path, words: tuple[str, ...]):
    done = run(installed, tmp_path, *words)
    assert done.returncode == 2 and "owner/name on the Hub" in done.stderr and "Traceback" not in done.stderr


def test_a_space_is_made_of_a_checkout(installed: Path, tmp_path: Path):
    done = run(installed, tmp_path, "python", "-m", "studio.deploy", "someone/atelier")
    assert done.returncode == 2 and "run this in one" in done.stderr


def test_the_app_starts_outside_a_checkout(installed: Path, tmp_path: Path):
    with running_app(source=tmp_path, command=[installed / "atelier"], ATELIER_CHECKPOINT=str(SHIPPED)):
        pass
