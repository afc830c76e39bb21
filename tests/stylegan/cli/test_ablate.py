"""``python -m stylegan ablate``: a comparison of losses that can be stopped, resumed and believed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import stylegan.ablation.run
from stylegan.ablation.grid import BASELINE, FAILURES, Choice, Variant
from stylegan.cli import cli

REPORT = {"ablation.json", "ablation.md", "ablation.svg", "ablation.jpg"}
TINY = {"steps": 2, "start-steps": 1, "batch": 2, "pairs": 1, "paintings": 2, "size": 64, "seeds": 2}


def ablate(photos: Path, paintings: Path, output: Path, *more: object) -> Result:
    words = ["ablate", "--content", photos, "--styles", paintings, "--output", output]
    words += [word for name, value in TINY.items() for word in (f"--{name}", value)]
    words += more
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two variants and a failure on small pictures: which and how large is not what is tested."""
    monkeypatch.setattr("stylegan.ablation.bench.SHORT_SIDE", 128)
    monkeypatch.setattr("stylegan.ablation.bench.PHOTO_SHORT_SIDE", 80)
    variants = [BASELINE, Variant("style_none", Choice(style="none"))]
    monkeypatch.setattr("stylegan.ablation.grid.one_at_a_time", lambda: variants)
    monkeypatch.setattr("stylegan.ablation.grid.FAILURES", FAILURES[:1])


def test_a_stopped_ablation_goes_on_and_reports_every_run(
    photos: Path, paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trained, real = [], stylegan.ablation.run.measure

    def counted(*given):
        trained.append(given)
        if len(trained) == 4:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(stylegan.ablation.run, "measure", counted)
    output = tmp_path / "lab"
    stopped = ablate(photos, paintings, output, "--failures")
    assert stopped.exit_code == 1 and output.exists(), stopped.output
    assert not REPORT & {path.name for path in output.iterdir()}
    finished = [path.parent.name for path in output.glob("runs/*/result.json")]
    assert finished == ["baseline-0"] or len(finished) == 2
    result = ablate(photos, paintings, output, "--failures")
    assert result.exit_code == 0, result.output
    found = json.loads((output / "ablation.json").read_text())
    assert {(run["variant"], run["seed"]) for run in found["runs"]} == {
        *(("baseline", 0), ("baseline", 1), ("style_none", 0), ("style_none", 1), ("collapse", 0)),
    }
    assert all(run["steps"] == 2 for run in found["runs"])
    change = found["summary"]["style_none"]["near"]["change"]
    near = {(run["variant"], run["seed"]): run["values"]["near"] for run in found["runs"]}
    by_hand = [near["style_none", seed] - near["baseline", seed] for seed in (0, 1)]
    assert change["mean"] == pytest.approx(sum(by_hand) / 2) and change["half"] > 0
    assert not list(output.rglob("training.safetensors"))
    held_out = found["pairs"][0]
    assert held_out == "photo_2__painting_2" and found["photos"] == 2 and found["paintings"] == 2
    assert {path.name for path in output.iterdir()} >= REPORT
    again = ablate(photos, paintings, output, "--failures", "--steps", 3)
    assert again.exit_code == 2 and "other settings" in again.output


def test_several_processes_take_each_run_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert stylegan.ablation.run.own_share() == (1, 3)
    assert stylegan.ablation.run.own_share() == (0, 1)  # what trains next trains by itself


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda photos, _: [photo.unlink() for photo in photos.iterdir()] and [], "There are no pictures in"),
        (lambda photos, _: [photo.unlink() for photo in sorted(photos.iterdir())[1:]] and [], "Nothing is left"),
        (lambda *_: ["--minutes", 0.0001], "--minutes allows"),
        (lambda *_: ["--crop", 65], "multiple of 16"),
        (lambda *_: ["--crop", 4096], "64<=x<=256"),
        (lambda *_: ["--perceptual", "nothing.safetensors"], "nothing.safetensors"),
        (lambda _, paintings: ["--exclude", next(paintings.iterdir())], "is no list of names"),
    ],
)
def test_a_mistake_is_one_line_exit_code_2_and_nothing_written(
    photos: Path, paintings: Path, tmp_path: Path, spoil, message: str
):
    result = ablate(photos, paintings, tmp_path / "lab", *spoil(photos, paintings))
    assert result.exit_code == 2, result.output
    assert message in result.output and "Traceback" not in result.output
    assert not (tmp_path / "lab").exists()
