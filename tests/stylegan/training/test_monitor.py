"""The records are how one sees that a training is going well, and what stops it when it is not."""

import csv
import math
from copy import deepcopy
from pathlib import Path

import pytest
import torch

from stylegan import StyleTransfer
from stylegan.errors import TrainingError
from stylegan.images import to_tensor
from stylegan.models.generator import Generator
from stylegan.training.monitor import HealthCheck, LossLog, probe
from tests.support.pictures import synthetic_picture

HEALTHY = {"loss": 1.0, "diversity": 0.05, "cover": 0.4, "discriminator": 1.0, "logit_gap": 0.5}


def read(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write_steps(path: Path, resumed_step: int, steps: range, **terms: float) -> None:
    log = LossLog(path, resumed_step)
    for step in steps:
        log.add({"step": step, "loss": step / 3, **terms})
    log.close()


def test_every_term_of_every_step_is_recorded(tmp_path: Path):
    write_steps(tmp_path / "losses.csv", 0, range(1, 4), content=0.25)
    rows = read(tmp_path / "losses.csv")
    assert [row["step"] for row in rows] == ["1", "2", "3"]
    assert [float(row["loss"]) for row in rows] == pytest.approx([1 / 3, 2 / 3, 1], rel=1e-4)
    assert {row["content"] for row in rows} == {"0.25"}


def test_a_row_can_be_read_while_the_training_runs(tmp_path: Path):
    log = LossLog(tmp_path / "losses.csv", 0)
    log.add({"step": 1, "loss": 0.5})
    assert read(tmp_path / "losses.csv") == [{"step": "1", "loss": "0.5"}]
    log.close()


def test_a_resumed_log_repeats_no_step(tmp_path: Path):
    """Saved after step 3, killed after step 5: steps 4 and 5 are trained, and recorded, once more."""
    write_steps(tmp_path / "losses.csv", 0, range(1, 6))
    before = read(tmp_path / "losses.csv")
    write_steps(tmp_path / "losses.csv", 3, range(4, 8))
    rows = read(tmp_path / "losses.csv")
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert rows[:5] == before


def test_a_new_training_in_an_old_folder_starts_a_new_log(tmp_path: Path):
    write_steps(tmp_path / "losses.csv", 0, range(1, 4))
    write_steps(tmp_path / "losses.csv", 0, range(1, 3))
    assert [row["step"] for row in read(tmp_path / "losses.csv")] == ["1", "2"]


def check_often(terms: dict[str, float], times: int = HealthCheck.WARMUP_STEPS, **options: bool) -> None:
    health = HealthCheck(**options)
    for _ in range(times):
        health.check(terms)


def test_a_healthy_training_goes_on():
    check_often(HEALTHY, times=1000)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_not_a_number_stops_at_once_and_names_the_term(value: float):
    with pytest.raises(TrainingError, match="not a number in content: lower the learning rate"):
        HealthCheck().check({**HEALTHY, "content": value})


@pytest.mark.parametrize(
    ("sick", "reason"),
    [
        ({"diversity": 0.001}, "mode collapse: other parts of a style give the same painting"),
        ({"discriminator": 0.001}, "the discriminator has won: lower discriminator_rate"),
    ],
)
def test_a_sick_training_is_stopped_with_the_reason(sick: dict[str, float], reason: str):
    check_often(HEALTHY | sick, times=HealthCheck.WARMUP_STEPS - 1)  # the beginning is not judged
    with pytest.raises(TrainingError, match=reason):
        check_often(HEALTHY | sick)


def test_one_bad_step_does_not_stop_a_training():
    health = HealthCheck()
    for step in range(600):
        health.check(HEALTHY | ({"diversity": 0.0, "discriminator": 0.0} if step % 100 == 99 else {}))


def test_a_discriminator_that_is_fooled_has_not_won():
    check_often(HEALTHY | {"discriminator": 0.001, "logit_gap": -0.5})


def test_a_wasserstein_critic_with_a_negative_loss_has_not_won():
    """Its loss is negative whenever it tells real from painted, which is its work."""
    check_often(HEALTHY | {"discriminator": -5.0}, check_discriminator=False)


def test_a_training_without_a_discriminator_is_not_judged_by_it():
    check_often({"loss": 1.0, "diversity": 0.05, "cover": 0.4})


def test_paintings_that_use_less_and_less_of_their_style_stop_a_training():
    """Collapse comes slowly: one texture spreads, and every single painting still looks like the style."""
    health = HealthCheck()
    for _ in range(400):
        health.check(HEALTHY)
    with pytest.raises(TrainingError, match="mode collapse: paintings use less and less"):
        for step in range(600):
            health.check(HEALTHY | {"cover": 0.4 + 0.0005 * step})


def test_an_untrained_decoder_that_learns_to_use_its_style_is_healthy():
    health = HealthCheck()
    for step in range(600):
        health.check(HEALTHY | {"cover": 0.9 - 0.0005 * step})


def collapsed(generator: Generator) -> Generator:
    """A decoder that paints one texture, whatever it is given."""
    collapsed = deepcopy(generator)
    for parameter in collapsed.decoder.enter.parameters():
        parameter.data.zero_()
    return collapsed


def test_the_probe_sees_a_decoder_that_is_deaf_to_what_it_is_given(shipped_transfer: StyleTransfer):
    generator = shipped_transfer.checkpoint.generator
    picture, photo = (to_tensor(synthetic_picture(192, 128, seed, detail)) for seed, detail in ((1, 40), (2, 5)))
    memory = generator.remember([picture])
    healthy, sick = (probe(g, photo, [memory]) for g in (generator, collapsed(generator)))
    assert healthy["diversity"] > HealthCheck.MIN_DIVERSITY > sick["diversity"]
    assert sick["cover"] > healthy["cover"] + HealthCheck.MAX_RISE


def test_a_style_without_any_contrast_is_not_taken_for_collapsed(shipped_transfer: StyleTransfer):
    """A plain picture looks the same whichever part of it is taken."""
    generator = shipped_transfer.checkpoint.generator
    memory = generator.remember([torch.full((1, 3, 128, 128), 0.4)])
    assert probe(generator, to_tensor(synthetic_picture(96, 64, 2, 5)), [memory])["diversity"] == 1.0
