"""Fine-tuning: a few real steps on the shipped generator."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from stylegan import Objective, SettingError, StyleError, StylePack, StyleTransfer
from stylegan.cli import cli
from stylegan.formats.style_pack import MAX_BYTES, PackFacts, save_pack
from stylegan.images import to_image, to_tensor
from stylegan.models.style_memory import pack_memory, unpack_memory
from stylegan.remember import read_pictures
from stylegan.sample_photos import sample_photos
from stylegan.training.config import FINETUNING
from stylegan.training.finetune import rows_that_fit, work_folder
from tests.support.pictures import mean_difference, synthetic_picture

pytestmark = pytest.mark.usefixtures("quick_finetuning")


@pytest.fixture(scope="module")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    synthetic_picture(160, 120, seed=3, detail=30).save(tmp_path / "drawing.png")
    return tmp_path / "drawing.png"


def test_events_tell_how_far_it_is_and_the_last_one_holds_the_style(transfer: StyleTransfer, picture: Path):
    photo = synthetic_picture(96, 64, seed=1, detail=5)
    events = list(transfer.finetune([picture], "Dots", steps=3, preview=[photo], license="CC0"))
    assert [event.step for event in events] == [0, 1, 2, 3, 3]
    assert [round(event.done, 2) for event in events] == [0, 0.33, 0.67, 1.0, 1.0]
    assert events[0].left == float("inf") and events[2].left < 1000 and events[-1].left == 0
    assert {"style", "content"} <= events[1].losses.keys()
    assert [event.pack is None for event in events] == [True, True, True, True, False]
    assert events[0].preview[0].size == photo.size
    pack = events[-1].pack
    assert (pack.name, pack.facts.steps, pack.facts.pictures, pack.facts.license) == ("Dots", 3, 1, "CC0")
    assert pack.facts.distances.keys() == {"near", "layout"}
    assert pack.preview.shape == (3, 128, 128)


def test_the_first_preview_is_what_the_memory_alone_paints(transfer: StyleTransfer, picture: Path):
    photo = synthetic_picture(96, 64, seed=1, detail=5)
    first = next(transfer.finetune([picture], "Dots", steps=1, preview=[photo]))
    generator = transfer.checkpoint.generator
    memory = read_pictures(generator, [picture], rows_that_fit(generator))
    with torch.no_grad():
        memory = unpack_memory(pack_memory(memory))
        painted = to_image(generator(to_tensor(photo), memory))
    assert mean_difference(first.preview[0], painted) < 0.004
    assert mean_difference(first.preview[0], photo) > 0.06


def test_what_was_learnt_paints_the_same_from_the_file(transfer: StyleTransfer, picture: Path, tmp_path: Path):
    photo = synthetic_picture(96, 64, seed=1, detail=5)
    first, *_, last = transfer.finetune([picture], "Dots", steps=12, preview=[photo])
    save_pack(tmp_path / "dots.style.safetensors", last.pack)
    assert (tmp_path / "dots.style.safetensors").stat().st_size < MAX_BYTES
    painted = transfer.stylize(photo, tmp_path / "dots.style.safetensors")
    assert mean_difference(painted, last.preview[0]) < 0.004  # half floats
    assert mean_difference(last.preview[0], first.preview[0]) > 0.01


@pytest.mark.parametrize("count", [1, 20])
def test_a_full_pack_is_small_enough(transfer: StyleTransfer, tmp_path: Path, count: int):
    """Long pictures have most rows, many pictures have them at every scale; texts are as long as they may be."""
    generator = transfer.checkpoint.generator
    rng = torch.Generator().manual_seed(0)
    size = (256, 768) if count > 1 else (512, 1536)
    memory = generator.remember([torch.rand(1, 3, *size, generator=rng)] * count, rows_that_fit(generator))
    changes = {name: torch.zeros_like(value) for name, value in generator.decoder.named_parameters()}
    facts = PackFacts(license="你" * 4000, pictures=count)
    preview = torch.zeros(3, 128, 128, dtype=torch.uint8)
    pack = StylePack("Full", transfer.checkpoint.digest, memory, changes, facts, preview)
    save_pack(tmp_path / "full.style.safetensors", pack)
    assert transfer.load_pack(tmp_path / "full.style.safetensors").name == "Full"


def test_learning_brings_the_style_closer(transfer: StyleTransfer):
    """Closer than the memory alone: else the minutes were for nothing."""
    config = replace(
        FINETUNING, crop=96, warmup_steps=1, learning_rate=1e-3, style_weight=6.0, painted_weight=0.1
    )  # fast
    near = []
    for rate in (0.0, config.learning_rate):
        given = {"steps": 40, "config": replace(config, learning_rate=rate)}
        *_, last = transfer.finetune([sample_photos()[3]], "Coffee", **given)
        near.append(last.pack.facts.distances["near"])
    assert near[1] < near[0] - 0.003


def test_several_pictures_are_one_style(transfer: StyleTransfer, picture: Path, tmp_path: Path):
    other = synthetic_picture(160, 120, seed=8, detail=10)
    *_, last = transfer.finetune([picture, other], "Both", steps=1)
    assert last.pack.facts.pictures == 2
    single = transfer.style_memory(picture)
    assert (last.pack.memory.color_mean - single.color_mean).abs().max() > 0


@pytest.mark.parametrize(
    "names", [("ssim", "moments", "wasserstein"), ("mse", "gram", "lsgan"), ("perceptual", "nearest", "bce")]
)
def test_other_losses_learn_too_and_the_pack_says_which(
    transfer: StyleTransfer, picture: Path, names: tuple[str, str, str]
):
    """Which of them combine best is for everybody to try; a measure of its own for each would compare nothing."""
    *_, last = transfer.finetune([picture], "Dots", steps=2, objective=Objective(*names))
    *_, usual = transfer.finetune([picture], "Dots", steps=2)
    assert last.pack.facts.objective == " + ".join(names)
    assert usual.pack.facts.objective == "perceptual + nearest + hinge"
    for kind in ("near", "layout"):  # after two small steps both are still near the base
        assert last.pack.facts.distances[kind] == pytest.approx(usual.pack.facts.distances[kind], rel=0.1)
    name = "leave.weight"
    assert not torch.equal(last.pack.deltas[name], usual.pack.deltas[name])


def test_a_loss_that_there_is_not_is_refused():
    with pytest.raises(SettingError, match="no content loss called lpips. Known: mse, ssim, perceptual"):
        Objective(content="lpips")


def test_a_training_is_not_gone_on_with_under_other_losses(transfer: StyleTransfer, picture: Path, tmp_path: Path):
    folders = {
        work_folder(tmp_path / "dots.style.safetensors", [picture], transfer.checkpoint, objective)
        for objective in (Objective(), Objective(style="moments"))
    }
    assert len(folders) == 2


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
    arguments += ["--steps", "2", "--content-loss", "ssim", "--crop", "64", "--batch", "2"]
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
