"""The records are how one sees that a training is going well, and what stops it when it is not."""

import csv
import math
from pathlib import Path

import pytest
from PIL import Image

from stylegan.records import HealthCheck, LossLog, TrainingError, contact_sheet

HEALTHY = {"loss": 1.0, "takes": 0.05, "styles": 0.1, "discriminator": 1.0, "gap": 0.5}


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


def check_often(terms: dict[str, float], times: int = HealthCheck.WARM_UP, **options: bool) -> None:
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
        ({"takes": 0.001}, "different noise no longer differ; raise diversity_weight"),
        ({"styles": 0.005}, "different styles no longer differ; raise style_weight"),
        ({"discriminator": 0.001}, "the discriminator has won: lower discriminator_rate"),
    ],
)
def test_a_sick_training_is_stopped_with_the_reason(sick: dict[str, float], reason: str):
    check_often(HEALTHY | sick, times=HealthCheck.WARM_UP - 1)  # the beginning is not judged
    with pytest.raises(TrainingError, match=reason):
        check_often(HEALTHY | sick)


def test_one_bad_step_does_not_stop_a_training():
    health = HealthCheck()
    for step in range(600):
        health.check(HEALTHY | ({"takes": 0.0, "discriminator": 0.0} if step % 100 == 99 else {}))


def test_a_discriminator_that_is_fooled_has_not_won():
    check_often(HEALTHY | {"discriminator": 0.001, "gap": -0.5})


def test_a_wasserstein_critic_with_a_negative_loss_has_not_won():
    """Its loss is negative whenever it tells real from painted, which is its work."""
    check_often(HEALTHY | {"discriminator": -5.0}, can_win=False)


def test_a_training_without_a_discriminator_is_not_judged_by_it():
    check_often({"loss": 1.0, "takes": 0.05})


def test_contact_sheet_lays_out_rows_of_equal_cells():
    red, blue, large = (
        Image.new("RGB", size, c) for size, c in (((20, 10), "red"), ((20, 10), "blue"), ((60, 50), "red"))
    )
    sheet = contact_sheet([[red, blue, red], [large, blue]], gap=4)
    assert sheet.size == (3 * 20 + 2 * 4, 2 * 10 + 4)
    colors = {
        (255, 0, 0): [(0, 0), (67, 9), (19, 23)],
        (0, 0, 255): [(24, 0), (43, 23)],
        (255, 255, 255): [(21, 5), (60, 20)],
    }
    for color, positions in colors.items():
        assert [sheet.getpixel(p) for p in positions] == [color] * len(positions)
