"""The shell commands of the README."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

import stylegan.train_cli  # noqa: F401 (adds its commands to the group)
from stylegan.cli import cli


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "garden.png"
    Image.linear_gradient("L").resize((80, 60)).convert("RGB").save(path)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def test_styles_lists_every_name():
    lines = run("styles").output.splitlines()
    assert len(lines) >= 12
    assert lines[0].startswith("great_wave")


def test_styles_as_json_for_scripts():
    rows = json.loads(run("styles", "--json").output)
    assert {"name", "title", "artist", "year", "source"} == set(rows[0])


def test_stylize_writes_the_painting(photo: Path, tmp_path: Path):
    result = run("stylize", photo, "--style", "the_scream", "--output", tmp_path / "out" / "painting.png")
    assert result.exit_code == 0, result.output
    assert Image.open(tmp_path / "out" / "painting.png").size == (80, 60)


def test_a_folder_gets_one_file_for_each_photo(photo: Path, tmp_path: Path):
    second = tmp_path / "pond.png"
    second.write_bytes(photo.read_bytes())
    folder = tmp_path / "paintings"
    result = run("stylize", photo, second, "--style", "red_fuji", "--blend", "carceri=0.3", "--output", folder)
    assert result.exit_code == 0, result.output
    assert sorted(f.name for f in folder.iterdir()) == ["garden__red_fuji.png", "pond__red_fuji.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--style", "nobody"], "no style"),
        (["--strength", "2"], "strength"),
        (["--strength", "much"], "strength"),
        (["--blend", "carceri"], "NAME_OR_IMAGE=WEIGHT"),
        (["--blend", "carceri=0.7", "--blend", "red_fuji=0.7"], "more than 1"),
        (["--output", "painting.gif"], "can be written as"),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_code_2(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
):
    monkeypatch.chdir(tmp_path)
    result = run("stylize", photo, "--output", "x.png", *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output
    assert sorted(f.name for f in tmp_path.iterdir()) == ["garden.png"]


def test_a_missing_photo_and_a_broken_one_are_named(tmp_path: Path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    for name in ("missing.jpg", "broken.jpg"):
        result = run("stylize", tmp_path / name, "--output", tmp_path / "x.png")
        assert result.exit_code == 2
        assert name in result.output
    assert not (tmp_path / "x.png").exists()


def test_a_full_disk_leaves_what_was_there(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "painting.png"
    target.write_text("precious")

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    result = run("stylize", photo, "--output", target)
    assert result.exit_code == 2
    assert "No space left" in result.output
    assert target.read_text() == "precious"
    assert sorted(f.name for f in tmp_path.iterdir()) == ["garden.png", "painting.png"]


def test_the_module_runs_and_explains_itself():
    shown = subprocess.run([sys.executable, "-m", "stylegan", "--help"], capture_output=True, text=True, check=True)
    assert all(command in shown.stdout for command in ("styles", "stylize", "train"))


def test_train_writes_a_generator_that_paints_and_resumes(
    photos: Path, paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("stylegan.styleset.SHORT_SIDE", 96)
    run_folder = tmp_path / "run"
    command = ["train", "--content", photos, "--styles", paintings, "--output", run_folder, "--crop", 64]
    first = run(*command, "--minutes", 0.03)
    assert first.exit_code == 0, first.output
    second = run(*command, "--minutes", 0.06)
    assert "Resuming after" in second.output
    assert (run_folder / "losses.csv").exists()
    painted = run(
        "stylize", photos / "photo_0.jpg", "--style", paintings / "painting_0.png",
        "--checkpoint", run_folder, "--output", tmp_path / "painted.png",
    )  # fmt: skip
    assert painted.exit_code == 0, painted.output
    continued = tmp_path / "continued"
    third = run(*command[:-3], continued, "--crop", 64, "--minutes", 0.02, "--base", run_folder, "--one-photo")
    assert third.exit_code == 0, third.output


def test_training_without_pictures_says_so(photos: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    result = run("train", "--content", photos, "--styles", tmp_path / "empty", "--output", tmp_path / "run")
    assert result.exit_code == 2
    assert "no images" in result.output
