"""Fine-tuning: a few real steps on the shipped generator."""

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from stylegan import Objective, SettingError, StyleError, StyleTransfer, finetune, save_pack
from stylegan.cli import cli
from stylegan.styleset import SHORT_SIDE
from tests.conftest import synthetic_picture
from tests.helpers import mean_difference

pytestmark = pytest.mark.usefixtures("quick_finetuning")


@pytest.fixture(scope="module")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    synthetic_picture(160, 120, seed=3, detail=30).save(tmp_path / "drawing.png")
    return tmp_path / "drawing.png"


def test_events_tell_how_far_it_is_and_the_last_one_holds_the_style(
    transfer: StyleTransfer, picture: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(finetune, "SHORT_SIDE", SHORT_SIDE)  # the size at which painting sees a picture
    photo = synthetic_picture(96, 64, seed=1, detail=5)
    events = list(transfer.finetune([picture], "Dots", steps=3, preview=[photo], license="CC0"))
    assert [event.step for event in events] == [0, 1, 2, 3, 3]
    assert [round(event.done, 2) for event in events] == [0, 0.33, 0.67, 1.0, 1.0]
    assert events[0].left == float("inf") and events[2].left < 1000 and events[-1].left == 0
    assert {"style", "content"} <= events[1].losses.keys()
    assert [event.pack is None for event in events] == [True, True, True, True, False]
    start = events[0].preview[0]
    assert start.size == photo.size
    assert mean_difference(start, transfer.stylize(photo, picture)) < 0.004, "the preview starts with what is known"
    pack = events[-1].pack
    assert (pack.name, pack.facts.steps, pack.facts.pictures, pack.facts.license) == ("Dots", 3, 1, "CC0")


def test_what_was_learnt_paints_the_same_from_the_file(transfer: StyleTransfer, picture: Path, tmp_path: Path):
    photo = synthetic_picture(96, 64, seed=1, detail=5)
    *_, last = transfer.finetune([picture], "Dots", steps=12, preview=[photo])
    save_pack(tmp_path / "dots.style.safetensors", last.pack)
    painted = transfer.stylize(photo, tmp_path / "dots.style.safetensors")
    assert mean_difference(painted, last.preview[0]) < 0.004  # half floats
    assert mean_difference(painted, transfer.stylize(photo, picture)) > 0.004


def test_learning_brings_the_style_closer(transfer: StyleTransfer, picture: Path):
    events = transfer.finetune([picture], "Dots", steps=60)
    losses = [event.losses["style"] for event in events if event.losses]
    assert sum(losses[-12:]) < 0.85 * sum(losses[:12])


@pytest.mark.parametrize("names", [("ssim", "moments", "wasserstein"), ("mse", "gram", "lsgan")])
def test_other_losses_learn_too_and_the_pack_says_which(
    transfer: StyleTransfer, picture: Path, names: tuple[str, str, str]
):
    """Which of them combine best is for everybody to try; a measure of its own for each would compare nothing."""
    *_, last = transfer.finetune([picture], "Dots", steps=2, objective=Objective(*names))
    *_, usual = transfer.finetune([picture], "Dots", steps=2)
    assert last.pack.facts.objective == " + ".join(names)
    assert usual.pack.facts.objective == "perceptual + gram + hinge"
    for kind in ("style", "content"):  # after two small steps both are still near the base
        assert last.pack.facts.distances[kind] == pytest.approx(usual.pack.facts.distances[kind], rel=0.1)
    assert not torch.equal(last.pack.code, usual.pack.code)


def test_a_loss_that_there_is_not_is_refused():
    with pytest.raises(SettingError, match="no content loss called lpips. Known: mse, ssim, perceptual"):
        Objective(content="lpips")


def test_a_training_is_not_gone_on_with_under_other_losses(transfer: StyleTransfer, picture: Path, tmp_path: Path):
    folders = {
        finetune.work_folder(tmp_path / "dots.style.safetensors", [picture], transfer.checkpoint, objective)
        for objective in (Objective(), Objective(style="moments"))
    }
    assert len(folders) == 2


def test_where_little_of_the_style_is_missing_the_photo_counts_more(
    transfer: StyleTransfer, picture: Path, monkeypatch: pytest.MonkeyPatch
):
    """Else a style that the encoder has all but met already would cost faces, for next to nothing."""
    kept = []
    for far in (0.0, 1e6):
        monkeypatch.setattr(finetune, "FAR", far)
        *_, last = transfer.finetune([picture], "Dots", steps=30)
        kept.append(last.pack.facts.distances["content"])
    assert kept[1] < 0.97 * kept[0]  # without it, the two would be alike to the last digit


def test_the_base_generator_is_left_as_it_was(transfer: StyleTransfer, picture: Path):
    photo = synthetic_picture(96, 64, seed=1, detail=5)
    before = transfer.stylize(photo, "great_wave")
    list(transfer.finetune([picture], "Dots", steps=2))
    assert mean_difference(transfer.stylize(photo, "great_wave"), before) == 0


def test_stop_keeps_what_was_learnt(transfer: StyleTransfer, picture: Path):
    answers = iter([False, True])
    *_, last = transfer.finetune([picture], "Dots", steps=100, stop=lambda: next(answers))
    assert last.pack and last.step == 2


def test_an_interrupted_training_goes_on(transfer: StyleTransfer, picture: Path, tmp_path: Path):
    events = transfer.finetune([picture], "Dots", tmp_path / "work", steps=4)
    next(events), next(events), next(events)
    events.close()
    assert [event.step for event in transfer.finetune([picture], "Dots", tmp_path / "work", steps=4)] == [2, 3, 4, 4]


def test_no_steps_at_all_are_refused(transfer: StyleTransfer, picture: Path):
    with pytest.raises(SettingError, match="1 step"):
        next(transfer.finetune([picture], "Dots", steps=0))


@pytest.mark.parametrize(
    ("count", "name", "message"), [(0, "Dots", "1 to 20"), (21, "Dots", "1 to 20"), (1, " ", "name")]
)
def test_requests_that_make_no_sense_are_refused(
    transfer: StyleTransfer, picture: Path, count: int, name: str, message: str
):
    with pytest.raises(StyleError, match=message):
        next(transfer.finetune([picture] * count, name, steps=1))


def test_the_command_writes_a_pack_and_cleans_up(picture: Path, tmp_path: Path):
    output = tmp_path / "out" / "dots.style.safetensors"
    arguments = ["finetune", str(picture), "--name", "Dots", "--output", str(output)]
    arguments += ["--steps", "2", "--content-loss", "ssim"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert [path.name for path in output.parent.iterdir()] == [output.name]
    photo = tmp_path / "photo.png"
    Image.new("RGB", (32, 32), "teal").save(photo)
    painted = ["stylize", str(photo), "--style", str(output), "--output", str(tmp_path / "painting.png")]
    assert CliRunner().invoke(cli, painted).exit_code == 0


@pytest.mark.parametrize(
    ("output", "picture_name", "message"),
    [("dots.png", "drawing.png", "ends in .style.safetensors"), ("dots.style.safetensors", "nobody.png", "no file")],
)
def test_a_mistake_on_the_command_line_is_told_in_one_line(
    picture: Path, tmp_path: Path, output: str, picture_name: str, message: str
):
    source = str(picture.with_name(picture_name))
    result = CliRunner().invoke(cli, ["finetune", source, "--name", "Dots", "--output", str(tmp_path / output)])
    assert result.exit_code == 2 and message in result.output and "Traceback" not in result.output


def test_several_pictures_pull_by_their_look_not_by_their_brightness():
    """A plain mean would follow the brightest picture, and lose the style of all the others."""
    torch.manual_seed(0)
    dark = torch.rand(3, 4, 4)
    grams = torch.cat([dark, 20 * torch.rand(1, 4, 4)])

    def distance(target: torch.Tensor) -> float:
        return ((grams - target).pow(2).sum((1, 2)) / grams.pow(2).sum((1, 2))).mean().item()

    middle = finetune._middle(grams)
    assert middle.shape == grams.shape
    assert distance(middle) < 0.1 * distance(grams.mean(0, keepdim=True))
    assert all(distance(middle) < distance(middle + nudge) for nudge in 0.01 * torch.randn(20, 1, 4, 4))


@pytest.mark.parametrize("brightness", [0.0, 0.04])
def test_a_picture_without_anything_on_it_does_not_spoil_the_others(brightness: float):
    torch.manual_seed(0)
    grams = torch.rand(3, 4, 4)
    grams[2] *= brightness**2
    torch.testing.assert_close(finetune._middle(grams)[0], finetune._middle(grams[:2])[0])


def test_pictures_without_anything_on_them_are_no_error():
    assert torch.equal(finetune._middle(torch.zeros(2, 4, 4)), torch.zeros(2, 4, 4))
