"""``python -m stylegan evaluate``: reports of our paintings and of others', and mistakes told in a line."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

import stylegan.evaluation.run
from stylegan import StyleTransfer
from stylegan.cli import cli
from stylegan.formats.checkpoint import load_checkpoint

REPORT = ["evaluation.html", "evaluation.json", "evaluation.md"]


def evaluate(photos: Path, paintings: Path, report: Path, *more: object) -> Result:
    words = ["evaluate", "--content", photos, "--style", paintings, "--report", report, "--size", 64, *more]
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture(autouse=True)
def small_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Style pictures are seen small: how large is not what is tested."""
    monkeypatch.setattr("stylegan.evaluation.judge.STYLE_SIDE", 96)


@pytest.fixture
def two_and_two(photos: Path, paintings: Path) -> tuple[Path, Path]:
    """Folders of two photos and of two paintings."""
    (photos / "photo_2.jpg").unlink()
    (paintings / "painting_2.png").unlink()
    return photos, paintings


@pytest.fixture
def others(two_and_two: tuple[Path, Path], tmp_path: Path) -> Path:
    """Paintings of another system, which gives every photo back."""
    folder = tmp_path / "others"
    folder.mkdir()
    for photo in two_and_two[0].iterdir():
        for style in two_and_two[1].iterdir():
            Image.open(photo).save(folder / f"{photo.stem}__{style.stem}.png")
    return folder


def test_every_pair_is_painted_measured_and_reported(two_and_two: tuple[Path, Path], tmp_path: Path):
    report = tmp_path / "report"
    result = evaluate(*two_and_two, report)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in report.iterdir()) == [*REPORT, "paintings"]
    assert len(list((report / "paintings").iterdir())) == 4
    found = json.loads((report / "evaluation.json").read_text())
    assert found["network"] == "lens" and len(found["pairs"]) == 4 and not found["broken"]
    means = found["summary"]["Atelier"]
    assert {"near", "cover", "patch", "layout", "gram", "moments", "content", "ssim", "color"} < means.keys()
    assert {"weave", "diversity", "flicker", "seconds", "megabytes"} < means.keys()
    assert means["diversity"]["mean"] > 0 and means["seconds"]["mean"] > 0
    assert "| near ↓ |" in result.output and "own lens" in result.output


def test_the_html_report_needs_nothing_but_itself(others: Path, two_and_two: tuple[Path, Path], tmp_path: Path):
    assert evaluate(*two_and_two, tmp_path / "report", "--outputs", f"<b>&={others}").exit_code == 0
    html = (tmp_path / "report" / "evaluation.html").read_text(encoding="utf-8")
    assert all(source.startswith("data:image/jpeg;base64,") for source in re.findall(r'src="([^"]*)"', html))
    assert "http" not in html and "<b>&" not in html and "&lt;b&gt;&amp;" in html
    assert html.count("<svg") == html.count("</svg>") > 8 and html.count("<article") == 4


def test_systems_stand_side_by_side_with_their_difference(others: Path, two_and_two: tuple[Path, Path], tmp_path: Path):
    (others / "photo_0__painting_0.png").unlink()
    result = evaluate(*two_and_two, tmp_path / "report", "--outputs", f"Copy={others}", "--paint")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert list(found["summary"]) == ["Atelier", "Copy"]
    copy, difference = found["summary"]["Copy"], found["differences"]["Copy"]
    assert copy["ssim"]["mean"] > 0.9 and copy["near"]["count"] == difference["near"]["count"] == 3
    assert difference["near"]["mean"] > 0 and "seconds" not in copy
    assert "Copy − Atelier" in result.output


def test_a_stopped_evaluation_goes_on_and_a_finished_one_begins_anew(
    two_and_two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    painted, real = [], stylegan.evaluation.run.paint

    def counted(transfer, pair, *more):
        if len(painted) == 3:
            painted.append("")
            raise KeyboardInterrupt
        painted.append(pair.name)
        return real(transfer, pair, *more)

    monkeypatch.setattr(stylegan.evaluation.run, "paint", counted)
    report = tmp_path / "report"
    assert evaluate(*two_and_two, report).exit_code == 1
    assert not any((report / name).exists() for name in REPORT)
    assert evaluate(*two_and_two, report).exit_code == 0 and len(painted) == 5
    assert evaluate(*two_and_two, report).exit_code == 0 and len(painted) == 9


def test_broken_pictures_are_listed_and_the_rest_is_measured(
    others: Path, two_and_two: tuple[Path, Path], tmp_path: Path
):
    (two_and_two[0] / "photo_1.jpg").write_bytes(b"\xff\xd8\xff nothing")
    (others / "photo_0__painting_1.png").write_bytes(b"nothing")
    result = evaluate(*two_and_two, tmp_path / "report", "--outputs", others)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert len(found["pairs"]) == 1 and len(found["broken"]) == 2
    assert "photo_1.jpg" in result.output and "photo_0__painting_1.png" in result.output


def test_listed_pairs_alone_are_painted_as_asked_and_the_report_says_by_which_generator(
    two_and_two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    finished = []

    def stylize(self, photo: Image.Image, style: Path, *, finish: bool, seed: int = 0) -> Image.Image:
        finished.append(finish)
        return photo

    monkeypatch.setattr(StyleTransfer, "stylize", stylize)
    (tmp_path / "pairs.csv").write_text("photo,style\nphoto_1,painting_0\nnobody,painting_1\n")
    result = evaluate(*two_and_two, tmp_path / "report", "--pairs", tmp_path / "pairs.csv", "--finish")
    assert result.exit_code == 0, result.output
    assert [path.stem for path in (tmp_path / "report" / "paintings").iterdir()] == ["photo_1__painting_0"]
    assert len(finished) == 3 and all(finished)
    found = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert found["generator_sha256"] == load_checkpoint().digest


def empty(photos: Path, paintings: Path, others: Path) -> list[object]:
    for file in photos.iterdir():
        file.unlink()
    return []


def unknown(photos: Path, paintings: Path, others: Path) -> list[object]:
    (others / "photo_0__nobody.png").write_bytes(b"")
    return ["--outputs", others]


def no_pairs(photos: Path, paintings: Path, others: Path) -> list[object]:
    for file in others.iterdir():
        file.unlink()
    return ["--outputs", others]


def all_broken(photos: Path, paintings: Path, others: Path) -> list[object]:
    for file in paintings.iterdir():
        file.write_bytes(b"nothing")
    return []


def none_of_the_pairs(photos: Path, paintings: Path, others: Path) -> list[object]:
    (photos / "pairs.txt").write_text("nobody,nothing")
    return ["--pairs", photos / "pairs.txt"]


def two_of_one_name(photos: Path, paintings: Path, others: Path) -> list[object]:
    (photos / "photo_0.png").write_bytes(b"")
    return []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (empty, "no pictures in"),
        (unknown, "photo_0__nobody.png: no CONTENT__STYLE"),
        (no_pairs, "no pictures in"),
        (all_broken, "No painting can be compared"),
        (none_of_the_pairs, "names a photo of"),
        (lambda *_: ["--outputs", "Other="], "name the folder of its paintings"),
        (two_of_one_name, "rename one of them"),
        (lambda *_: ["--perceptual", "nothing.safetensors"], "nothing.safetensors"),
        (lambda *folders: ["--outputs", f"Atelier={folders[2]}"], "another NAME=DIR"),
        (lambda *_: ["--outputs", "nowhere"], "no pictures in nowhere"),
    ],
)
def test_a_mistake_is_one_line_exit_code_2_and_nothing_written(
    others: Path, two_and_two: tuple[Path, Path], tmp_path: Path, spoil, message: str
):
    result = evaluate(*two_and_two, tmp_path / "report", *spoil(*two_and_two, others))
    assert result.exit_code == 2, result.output
    assert message in result.output and "Traceback" not in result.output
    assert not (tmp_path / "report").exists()
