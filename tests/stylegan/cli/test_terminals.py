"""Names of files have letters that a terminal may not know: no command ends for that, nor does its progress bar."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pictures import synthetic_picture

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals of POSIX")]
C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
LATIN = {"PYTHONIOENCODING": "latin-1"}
# The commands themselves, on pictures that are seen small.
COMMAND = """
import stylegan.evaluation.judge, stylegan.remember, stylegan.training.train
stylegan.evaluation.judge.STYLE_SIDE = stylegan.remember.SHORT_SIDE = stylegan.training.train.SHORT_SIDE = 96
stylegan.training.train.PHOTO_SHORT_SIDE = 80
from stylegan.cli import main
main()
"""
TRAINING = ["--steps", 1, "--key-steps", 2, "--crop", 64, "--batch", 2, "--rows", 128, "--kept-rows", 128]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos and paintings whose names are in no alphabet, and a file that is no picture."""
    for kind, names in {"photos": ("Ångström 🎨", "übung"), "paintings": ("日本 ☠",)}.items():
        (tmp_path / kind).mkdir()
        for number, name in enumerate(names):
            synthetic_picture(100, 80, number, 12).save(tmp_path / kind / f"{name}.png")
    return tmp_path


def run(environment: dict[str, str], folder: Path, *words: object, terminal: bool = True) -> tuple[int, str]:
    """The exit code of a command, and what it shows on a terminal or writes into a pipe."""
    command = [sys.executable, "-c", COMMAND, *map(str, words)]
    reading, writing = os.openpty() if terminal else os.pipe()
    options = {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": writing, "stderr": subprocess.STDOUT}
    root = Path(__file__).parents[3]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(root)} | environment, **options)
    os.close(writing)
    shown = b""
    try:
        while part := os.read(reading, 65536):
            shown += part
    except OSError:  # how a terminal ends on Linux
        pass
    os.close(reading)
    return process.wait(60), shown.decode(errors="replace")


@pytest.mark.parametrize(("environment", "terminal"), [(C, True), (LATIN, False)])
def test_a_folder_is_painted(folder: Path, environment: dict[str, str], terminal: bool):
    (folder / "photos" / "kaputt 💥.png").write_bytes(b"no picture")
    words = ["stylize", "photos", "--strength", 0, "--output", "out"]
    code, shown = run(environment, folder, *words, terminal=terminal)
    assert (code, "Traceback" in shown) == (1, False), shown
    assert "Painting" in shown and "1 of 3 could not be painted" in shown
    assert {path.name for path in (folder / "out").iterdir()} == {
        "Ångström 🎨__great_wave.png", "übung__great_wave.png",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train", "--content", "photos", "--styles", "paintings", "--output", "run", *TRAINING], "after 1 steps"),
        (["evaluate", "--content", "photos", "--style", "paintings", "--report", "report", "--size", 64], "near"),
    ],
)
def test_the_other_commands_go_on_to_their_end(folder: Path, words: list[object], said: str):
    code, shown = run(LATIN, folder, *words)
    assert (code, "Traceback" in shown) == (0, False), shown
    assert said in shown
