"""The command that trains the base generator: what it writes must paint, and go on where it was."""

import csv
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stylegan.builtin_styles import BUILTIN_STYLES
from stylegan.cli import cli
from stylegan.formats.checkpoint import SHIPPED, load_checkpoint
from stylegan.images import load_image
from stylegan.training import train as training
from stylegan.training.train import export, prepare, read_names
from tests.support.training import SMALL, TrainConfig

Run = Callable[..., Result]
OPTIONS = ("--key-steps", 2, "--crop", 64, "--batch", 2, "--rows", 128, "--kept-rows", 128)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)))


@pytest.fixture(autouse=True)
def small_paintings(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("stylegan.training.train", "stylegan.remember"):
        monkeypatch.setattr(f"{module}.SHORT_SIDE", 128)
    monkeypatch.setattr(training, "PHOTO_SHORT_SIDE", 80)


@pytest.fixture
def command(photos: Path, paintings: Path, tmp_path: Path) -> list[object]:
    """Trains on paintings of which one bears the name of a built-in one."""
    (paintings / "painting_1.png").rename(paintings / f"{BUILTIN_STYLES[0].source}.png")
    return ["train", "--content", photos, "--styles", paintings, "--output", tmp_path / "run", *OPTIONS]


def test_train_writes_a_generator_that_paints_and_resumes(command: list[object], photos: Path, tmp_path: Path):
    first = run(*command, "--steps", 2)
    assert first.exit_code == 0, first.output
    second = run(*command, "--steps", 4)
    assert "Resuming after 2 steps" in second.output and "after 4 steps" in second.output
    with open(tmp_path / "run" / "losses.csv", newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3", "4"]
    checkpoint = load_checkpoint(tmp_path / "run")
    assert list(checkpoint.packs) == [BUILTIN_STYLES[0].name], "the styles whose painting was there, ready to paint"
    assert (checkpoint.training["steps"], checkpoint.training["paintings"]) == (4, 3)
    assert json.loads(json.dumps(checkpoint.training["config"]))["crop"] == 64
    painting = tmp_path / "painted.png"
    painted = run(
        "stylize", photos / "photo_0.jpg", "--style", BUILTIN_STYLES[0].name,
        "--checkpoint", tmp_path / "run", "--output", painting,
    )  # fmt: skip
    assert painted.exit_code == 0, painted.output
    assert load_image(painting).size == (120, 90)


def test_a_training_goes_on_from_another_ones_weights(command: list[object], tmp_path: Path):
    """With the keys that they were learnt with, and with the discriminator that lies beside them."""
    assert run(*command, "--steps", 2).exit_code == 0
    shutil.move(tmp_path / "run", tmp_path / "base")
    result = run(*command, "--steps", 1, "--base", tmp_path / "base", "--learning-rate", 0)
    assert result.exit_code == 0, result.output
    before, after = (load_checkpoint(tmp_path / name).generator.state_dict() for name in ("base", "run"))
    assert all((after[name] - before[name]).abs().max() < 1e-3 for name in before)
    assert not (tmp_path / "run" / "keys.safetensors").exists()


def test_keys_are_fitted_once(command: list[object], monkeypatch: pytest.MonkeyPatch):
    assert run(*command, "--steps", 1).exit_code == 0

    def fail(*arguments: object) -> None:
        raise AssertionError("fitted again")

    monkeypatch.setattr(training, "fit_keys", fail)
    result = run(*command, "--steps", 2)
    assert result.exit_code == 0, result.output


def test_excluded_pictures_are_not_trained_on_but_stay_built_in(
    photos: Path, paintings: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """What is held out to judge by must not be learnt; a tile may still show it."""
    (paintings / "painting_1.png").rename(paintings / f"{BUILTIN_STYLES[0].source}.png")
    (tmp_path / "held_out.csv").write_text(f"photo,style\nphoto_0,{BUILTIN_STYLES[0].source}\n")
    assert read_names(tmp_path / "held_out.csv") == {"photo", "style", "photo_0", BUILTIN_STYLES[0].source}
    config = TrainConfig(**SMALL | {"steps": 1})
    output = tmp_path / "run"
    trainer = prepare(photos, paintings, output, config, base=SHIPPED, exclude=tmp_path / "held_out.csv")
    assert (len(trainer.photos), len(trainer.styles)) == (2, 2)
    list(trainer.run())
    with caplog.at_level(logging.WARNING):
        export(trainer, paintings, BUILTIN_STYLES)
    assert f"Style {BUILTIN_STYLES[1].name} is left out" in caplog.text
    assert list(load_checkpoint(output).packs) == [BUILTIN_STYLES[0].name]


def test_training_without_pictures_says_so(photos: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    result = run("train", "--content", photos, "--styles", tmp_path / "empty", "--output", tmp_path / "run")
    assert result.exit_code == 2
    assert "no pictures in" in result.output
