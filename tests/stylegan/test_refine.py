"""A built-in style that learns further must end up in the app, and never cost what was there."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

import stylegan.train_cli  # noqa: F401 (adds its commands to the group)
from stylegan import SHIPPED, StylePack, StyleTransfer, load_checkpoint, refine
from stylegan.cli import cli
from stylegan.perceptual import load_perceptual
from stylegan.trainer import Progress
from tests.conftest import synthetic_picture
from tests.helpers import mean_difference

Run = Callable[..., Result]
Learn = Callable[..., StylePack]


@pytest.fixture(autouse=True)
def small_crops(quick_finetuning: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refine, "REFINING", replace(refine.REFINING, crop=64, fixed_crops=8, learning_rate=1e-2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A generator without any packs."""
    shutil.copytree(SHIPPED, tmp_path / "generator", ignore=shutil.ignore_patterns("styles"))
    return tmp_path / "generator"


@pytest.fixture
def run(folder: Path, photos: Path, paintings: Path) -> Run:
    """Runs the command with paintings that bear the names of two built-in ones."""
    for painting, style in zip(
        sorted(paintings.iterdir()), ("hokusai_the_great_wave_off_kanagawa", "munch_the_scream")
    ):
        painting.rename(painting.with_stem(style))

    def run(*arguments: object) -> Result:
        given = ["--content", photos, "--styles", paintings, "--checkpoint", folder, "--steps", 3, *arguments]
        return CliRunner().invoke(cli, ["refine", *map(str, given)])

    return run


@pytest.fixture
def learn(folder: Path, paintings: Path, tmp_path: Path) -> Learn:
    """Teaches the Great Wave further, from the picture of something else; again and again in the same folder."""
    checkpoint, painting = load_checkpoint(folder), next(paintings.iterdir())
    photos = [torch.randint(0, 256, (3, 80, 90), dtype=torch.uint8) for _ in range(3)]
    network, style = load_perceptual("lens"), checkpoint.styles["great_wave"]

    def learn(steps: int = 4, work: str = "work", **options: object) -> StylePack:
        return refine.refine(checkpoint, style, painting, photos, network, tmp_path / work, steps, **options)

    return learn


def test_what_is_learnt_is_painted_with_at_once(run: Run, folder: Path):
    photo = synthetic_picture(96, 64, seed=1, detail=5)
    before = StyleTransfer.from_pretrained(folder)
    result = run()
    assert result.exit_code == 0 and result.output.endswith(": 2.\n"), result.output
    written = sorted(path.name for path in (folder / "styles").iterdir())
    assert written == ["great_wave.style.safetensors", "the_scream.style.safetensors"], "and nothing else is left"
    after = StyleTransfer.from_pretrained(folder)
    pack = after.checkpoint.packs["the_scream"]
    assert (pack.name, pack.facts.steps, pack.facts.license) == ("The Scream", 3, "Apache-2.0")
    assert mean_difference(after.stylize(photo, "great_wave"), before.stylize(photo, "great_wave")) > 0.004
    assert mean_difference(after.stylize(photo, "red_fuji"), before.stylize(photo, "red_fuji")) == 0


def test_it_begins_where_the_base_is(learn: Learn, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Not at what the encoder sees in the painting: the base has learnt better."""
    monkeypatch.setattr(refine, "REFINING", replace(refine.REFINING, learning_rate=0.0))
    pack = learn(steps=1)
    code = load_checkpoint(folder).codes["great_wave"]
    torch.testing.assert_close(pack.code, code, atol=1e-3, rtol=1e-3)


def test_a_style_that_has_its_pack_is_left_as_it_is(run: Run, folder: Path):
    assert run("great_wave").exit_code == 0
    pack = folder / "styles" / "great_wave.style.safetensors"
    before = pack.read_bytes()
    assert run().output.endswith(": 1.\n")
    assert pack.read_bytes() == before


def test_a_style_goes_on_from_its_pack(run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Else what was learnt for hours would be lost each time one goes on."""
    assert run("great_wave").exit_code == 0
    before = load_checkpoint(folder).packs["great_wave"]
    monkeypatch.setattr(refine, "REFINING", replace(refine.REFINING, learning_rate=0.0))
    assert run("great_wave", "--output", tmp_path / "more").exit_code == 0
    after = StyleTransfer.from_pretrained(folder).load_pack(tmp_path / "more" / "great_wave.style.safetensors")
    assert (before.facts.steps, after.facts.steps) == (3, 6)
    torch.testing.assert_close(after.code, before.code, atol=1e-3, rtol=1e-3)
    lost = sum((after.changes[name] - change).abs().sum() for name, change in before.changes.items())
    assert lost < 0.05 * sum(change.abs().sum() for change in before.changes.values())


def test_what_was_seen_in_photos_serves_the_next_training(learn: Learn):
    seen = {}
    first = learn(seen_photos=seen)
    known = set(seen)
    again = learn(work="again", seen_photos=seen)
    alone = learn(work="alone")
    assert set(seen) == known
    for pack in (again, alone):
        torch.testing.assert_close(pack.code, first.code, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("name", "message"),
    [("great_wafe", "no built-in style called great_wafe"), ("gray_tree", "mondrian_gray_tree")],
)
def test_a_style_that_cannot_be_learnt_is_told_in_one_line(run: Run, folder: Path, name: str, message: str):
    result = run(name)
    assert result.exit_code == 2 and message in result.output and "Traceback" not in result.output
    assert not (folder / "styles").exists()


def test_an_interrupted_training_goes_on(learn: Learn):
    steps = []

    def observe(progress: Progress) -> None:
        steps.append(progress.step)
        if steps == [1, 2]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(observe=observe)
    pack = learn(observe=observe)
    assert steps == [1, 2, 3, 4] and pack.facts.steps == 4
