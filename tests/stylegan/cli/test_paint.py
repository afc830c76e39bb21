"""The shell commands of the README."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

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
    result = run("stylize", photo, "--style", "starry_night", "--output", tmp_path / "out" / "painting.png")
    assert result.exit_code == 0, result.output
    assert Image.open(tmp_path / "out" / "painting.png").size == (80, 60)


def test_a_folder_gets_one_file_for_each_photo(photo: Path, tmp_path: Path):
    second = tmp_path / "pond.png"
    second.write_bytes(photo.read_bytes())
    folder = tmp_path / "paintings"
    result = run("stylize", photo, second, "--style", "red_fuji", "--blend", "carceri=0.3", "--output", folder)
    assert result.exit_code == 0, result.output
    assert sorted(f.name for f in folder.iterdir()) == [
        "garden__red_fuji+carceri-0.3.png",
        "pond__red_fuji+carceri-0.3.png",
    ]


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


def test_a_picture_is_remembered_as_a_pack_that_paints(photo: Path, tmp_path: Path):
    pack = tmp_path / "packs" / "garden.style.safetensors"
    result = run("remember", photo, photo, "--name", "Garden", "--output", pack)
    assert result.exit_code == 0, result.output
    painted = run("stylize", photo, "--style", pack, "--output", tmp_path / "painting.png")
    assert painted.exit_code == 0, painted.output


@pytest.mark.parametrize(
    ("output", "picture", "message"),
    [("garden.png", "garden.png", "ends in .style.safetensors"), ("a.style.safetensors", "nobody.png", "no file")],
)
def test_what_cannot_be_remembered_is_told_in_one_line(
    photo: Path, tmp_path: Path, output: str, picture: str, message: str
):
    result = run("remember", photo.with_name(picture), "--name", "Garden", "--output", tmp_path / output)
    assert result.exit_code == 2 and message in result.output and "Traceback" not in result.output


def test_finish_makes_another_painting_of_the_same_size(photo: Path, tmp_path: Path):
    for name, options in (("plain.png", []), ("finished.png", ["--finish"])):
        result = run("stylize", photo, "--output", tmp_path / name, "--size", "96", *options)
        assert result.exit_code == 0, result.output
    plain, finished = (Image.open(tmp_path / name) for name in ("plain.png", "finished.png"))
    assert plain.size == finished.size and plain.tobytes() != finished.tobytes()


def test_one_broken_photo_of_a_folder_costs_itself_alone(photo: Path, tmp_path: Path):
    album, paintings = tmp_path / "album", tmp_path / "Holiday 2026.08"
    album.mkdir()
    for name in ("a.png", "c.png", "._a.png"):
        (album / name).write_bytes(photo.read_bytes())
    (album / "b.jpg").write_bytes(b"\xff\xd8\xff nothing")
    result = run("stylize", album, "--strength", "0", "--output", paintings)
    assert result.exit_code == 1 and "1 of 3 could not be painted" in result.output and "b.jpg" in result.output
    assert sorted(f.name for f in paintings.iterdir()) == ["a__great_wave.png", "c__great_wave.png"]
    (paintings / "a__great_wave.png").write_text("mine")
    assert run("stylize", album, "--strength", "0", "--output", paintings, "--resume").exit_code == 1
    assert (paintings / "a__great_wave.png").read_text() == "mine"


def test_the_photo_itself_is_never_overwritten(photo: Path):
    before = photo.read_bytes()
    result = run("stylize", photo, "--output", photo.parent / "." / photo.name)
    assert result.exit_code == 2 and "is the photo itself" in result.output and photo.read_bytes() == before


def test_weights_that_add_up_to_one_are_not_more(photo: Path, tmp_path: Path):
    blend = ["--blend", "carceri=0.7", "--blend", "red_fuji=0.2", "--blend", "the_kiss=0.1"]
    result = run("stylize", photo, "--strength", "0", *blend, "--output", tmp_path / "x.png")
    assert result.exit_code == 0, result.output


def test_a_style_that_cannot_be_used_is_told_once(photo: Path, tmp_path: Path):
    result = run("stylize", photo, photo, "--style", "nobody", "--output", tmp_path / "out")
    assert result.exit_code == 2 and result.output.count("nobody") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_painting_is_as_private_as_the_users_other_files(photo: Path, tmp_path: Path):
    before = os.umask(0o077)
    try:
        assert run("stylize", photo, "--strength", "0", "--output", tmp_path / "x.png").exit_code == 0
    finally:
        os.umask(before)
    assert (tmp_path / "x.png").stat().st_mode & 0o777 == 0o600
