"""A built-in style that learns further must end up in the app, and never cost what was there."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

import stylegan.cli.train
from stylegan import StylePack, StyleTransfer
from stylegan.builtin_styles import BUILTIN_STYLES
from stylegan.cli import cli
from stylegan.formats.checkpoint import SHIPPED, load_checkpoint
from stylegan.formats.style_pack import SUFFIX
from stylegan.training import refine
from stylegan.training.config import REFINING
from stylegan.training.trainer import Progress
from tests.support.pictures import mean_difference, synthetic_picture

Run = Callable[..., Result]
Learn = Callable[..., StylePack]
STYLES = tuple(style.name for style in BUILTIN_STYLES)[:2]


SMALL = replace(REFINING, crop=64, batch=2, learning_rate=1e-2, minutes=float("inf"))


@pytest.fixture(autouse=True)
def small_pictures(quick_finetuning: None) -> None:
    """Those of the fine-tuning."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped generator with its packs."""
    shutil.copytree(SHIPPED, tmp_path / "generator")
    return tmp_path / "generator"


@pytest.fixture
def run(folder: Path, photos: Path, paintings: Path) -> Run:
    """Runs the command with paintings that bear the names of two built-in ones."""
    for painting, style in zip(
        sorted(paintings.iterdir()), [style.source for style in BUILTIN_STYLES if style.name in STYLES]
    ):
        painting.rename(painting.with_stem(style))

    def run(*arguments: object) -> Result:
        given = ["--content", photos, "--styles", paintings, "--checkpoint", folder]
        given += ["--steps", 3, "--crop", 64, "--batch", 2, "--learning-rate", 0.01, *arguments]
        return CliRunner().invoke(cli, ["refine", *map(str, given)])

    return run


@pytest.fixture
def learn(folder: Path, paintings: Path, tmp_path: Path) -> Learn:
    """Teaches the Great Wave further, from the picture of something else; again and again in the same folder."""
    checkpoint, painting = load_checkpoint(folder), next(paintings.iterdir())
    photos = [torch.randint(0, 256, (3, 80, 90), dtype=torch.uint8) for _ in range(3)]

    def learn(steps: int = 4, **options: object) -> StylePack:
        config = replace(SMALL, steps=steps)
        return refine.refine(
            checkpoint, checkpoint.styles["great_wave"], painting, photos, tmp_path / "work", config, **options
        )

    return learn


def test_what_is_learnt_is_painted_with_at_once(run: Run, folder: Path):
    photo = synthetic_picture(96, 64, seed=1, detail=5)
    before = StyleTransfer.from_pretrained(folder)
    result = run()
    assert result.exit_code == 0 and result.output.endswith(": 2.\n"), result.output
    assert all(path.name.endswith(SUFFIX) for path in (folder / "styles").iterdir()), "and nothing else is left"
    after = StyleTransfer.from_pretrained(folder)
    pack = after.checkpoint.packs[STYLES[1]]
    assert (pack.name, pack.facts.steps, pack.facts.license) == (
        after.checkpoint.styles[STYLES[1]].title,
        3,
        "Apache-2.0",
    )
    assert pack.deltas
    assert mean_difference(after.stylize(photo, STYLES[0]), before.stylize(photo, STYLES[0])) > 0.004
    others = after.checkpoint.packs.keys() - set(STYLES)
    assert others and all(after.checkpoint.packs[name].facts.steps == 0 for name in others)


def test_a_style_goes_on_from_what_it_has_learnt(run: Run, folder: Path, tmp_path: Path):
    """Else what was learnt for hours would be lost each time one goes on."""
    assert run(STYLES[0]).exit_code == 0
    before = load_checkpoint(folder).packs[STYLES[0]]
    assert run(STYLES[0], "--output", tmp_path / "more", "--learning-rate", 0).exit_code == 0
    after = StyleTransfer.from_pretrained(folder).load_pack(tmp_path / "more" / f"{STYLES[0]}{SUFFIX}")
    assert (before.facts.steps, after.facts.steps) == (3, 6)
    lost = sum((after.deltas[name] - change).abs().sum() for name, change in before.deltas.items())
    assert lost < 0.05 * sum(change.abs().sum() for change in before.deltas.values())


def test_an_interrupted_command_does_not_repeat_what_is_done(run: Run, folder: Path):
    save = stylegan.cli.train.save_pack

    def interrupted(path: Path, pack: StylePack) -> None:
        if STYLES[0] not in path.name:
            raise KeyboardInterrupt
        save(path, pack)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stylegan.cli.train, "save_pack", interrupted)
        assert run().exit_code == 1
    done = folder / "styles" / f"{STYLES[0]}{SUFFIX}"
    before = done.read_bytes()
    assert run().exit_code == 0
    assert done.read_bytes() == before


@pytest.mark.parametrize(("name", "message"), [("great_wafe", "no built-in style called great_wafe"), ("", "not in")])
def test_a_style_that_cannot_be_learnt_is_told_in_one_line(run: Run, folder: Path, name: str, message: str):
    """One that there is not, and one whose painting is not there."""
    other = next(iter(load_checkpoint(folder).styles.keys() - set(STYLES)))
    before = sorted((folder / "styles").iterdir())
    result = run(name or other)
    assert result.exit_code == 2 and message in result.output and "Traceback" not in result.output
    assert sorted((folder / "styles").iterdir()) == before


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
