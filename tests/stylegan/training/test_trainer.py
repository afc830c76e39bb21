"""The training loop: every configuration runs, nothing is lost by a stop, and N processes train as one."""

import csv
import math
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from stylegan.errors import TrainingError
from stylegan.models.decoder import Discriminator
from stylegan.models.precision import autocast, processor_has_bf16
from stylegan.training import trainer as trainer_module
from stylegan.training.losses import ADVERSARIAL_LOSSES
from stylegan.training.monitor import HealthCheck
from stylegan.training.trainer import Trainer, fits
from tests.support.training import ticking, train

Make = Callable[..., Trainer]
TERMS = ("features", "painted", "moments", "pixels", "style", "content", "adversarial")
DISCRIMINATOR = ("discriminator", "discriminator_gradient", "accuracy", "logit_gap")


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    modules = {"decoder": trainer.decoder, "average": trainer.ema, "discriminator": trainer.discriminator}
    return {f"{key}.{name}": t.clone() for key, m in modules.items() for name, t in m.state_dict().items()}


def assert_same_weights(one: Trainer, other: Trainer) -> None:
    theirs = weights(other)
    for name, tensor in weights(one).items():
        assert torch.equal(tensor, theirs[name]), name


# Every configuration.


@pytest.mark.parametrize("adversarial", ADVERSARIAL_LOSSES)
@pytest.mark.parametrize(("content", "style"), [("perceptual", "nearest"), ("mse", "moments"), ("ssim", "gram")])
def test_every_combination_of_losses_trains(make: Make, adversarial: str, content: str, style: str):
    trainer = make(adversarial_loss=adversarial, content_loss=content, style_loss=style)
    before = weights(trainer)
    progress = train(trainer, 3, save_minutes=None)
    assert [p.step for p in progress] == [1, 2, 3]
    assert [p.images for p in progress] == [4, 8, 12]
    for p in progress:
        assert all(math.isfinite(value) for value in p.losses.values()), p.losses
        assert {"loss", *TERMS, *DISCRIMINATOR, "gradient", "diversity", "cover"} == set(p.losses)
    for name, tensor in weights(trainer).items():
        assert tensor.isfinite().all(), name
    assert not torch.equal(weights(trainer)["decoder.leave.weight"], before["decoder.leave.weight"])


@pytest.mark.parametrize("options", [{"precision": "bf16"}, {"augment": True}])
def test_the_other_options_train_too(make: Make, options: dict[str, object]):
    for p in train(make(**options), 2):
        assert all(math.isfinite(value) for value in p.losses.values()), p.losses


def test_half_precision_is_used_where_it_is_fast_or_asked_for():
    device, x = torch.device("cpu"), torch.ones(2, 2)
    for precision, kind in (("bf16", torch.bfloat16), ("fp32", torch.float32)):
        with autocast(device, precision):
            assert (x @ x).dtype == kind
    with autocast(device, "auto"):
        assert (x @ x).dtype == (torch.bfloat16 if processor_has_bf16() else torch.float32)


def test_a_torch_without_the_test_for_half_precision_trains_in_full(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert processor_has_bf16.__wrapped__() is False


def test_the_decoder_and_the_discriminator_are_trained_and_nothing_else(make: Make):
    """A part that is left out of the optimiser trains without complaint, and badly; a lens that moves spoils all."""
    trainer = make(adversarial_loss="bce")  # hinge moves the last bias not before a logit exceeds 1
    modules = torch.nn.ModuleDict(
        {"generator": trainer.generator, "average": trainer.ema, "judge": trainer.discriminator}
    )
    before = {name: tensor.clone() for name, tensor in modules.state_dict().items()}
    train(trainer, 3)
    moved = {name for name, tensor in modules.state_dict().items() if not torch.equal(tensor, before[name])}
    parts = ("generator.decoder.", "average.decoder.", "judge.")
    learnt = {name for name, _ in modules.named_parameters() if name.startswith(parts)}
    assert {name for name in moved if not name.endswith(("._u", "._v"))} == learnt


def test_the_loss_is_the_weighted_sum_of_its_terms(make: Make):
    trainer = make(**{f"{name}_weight": 0.3 + 0.2 * i for i, name in enumerate(TERMS)})
    (progress,) = train(trainer, 1)
    c, terms = trainer.config, progress.losses
    assert terms["loss"] == pytest.approx(sum(getattr(c, f"{name}_weight") * terms[name] for name in TERMS), rel=1e-4)


def test_the_discriminators_opinion_reaches_the_decoder(make: Make):
    trainer = make(**{f"{name}_weight": float(name == "adversarial") for name in TERMS})
    before = weights(trainer)
    train(trainer, 1)
    assert not torch.equal(weights(trainer)["decoder.leave.weight"], before["decoder.leave.weight"])


def test_without_adversarial_weight_there_is_no_discriminator(make: Make):
    trainer = make(adversarial_weight=0.0)
    before = weights(trainer)
    progress = train(trainer, 2)
    assert not {"adversarial", *DISCRIMINATOR} & set(progress[-1].losses)
    after = weights(trainer)
    assert all(torch.equal(after[name], before[name]) for name in after if name.startswith("discriminator."))


def test_training_rebuilds_better_and_comes_nearer_to_the_style(make: Make):
    progress = train(make(learning_rate=0.01, warmup_steps=1, level_shares=(1, 0, 0)), 30)
    for name in ("pixels", "features", "style"):
        first, last = (sum(p.losses[name] for p in part) for part in (progress[:5], progress[-5:]))
        assert last < 0.95 * first, name


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(make: Make):
    one, same, other = make("one"), make("same"), make("other", seed=1)
    for trainer in (one, same, other):
        train(trainer, 2)
    assert_same_weights(one, same)
    assert not torch.equal(weights(one)["decoder.leave.weight"], weights(other)["decoder.leave.weight"])


def test_a_discriminator_of_another_architecture_is_not_used():
    """The one of an earlier release may lie beside the base."""
    weights = Discriminator().state_dict()
    assert fits(Discriminator(), weights)
    assert not fits(Discriminator((8, 8, 8, 8)), weights)
    assert not fits(Discriminator(), {"old": torch.zeros(1)})


# Stop and resume.


@pytest.mark.parametrize("options", [{"adversarial_loss": "hinge"}, {"adversarial_loss": "wasserstein"}])
def test_a_resumed_training_is_the_unbroken_one(make: Make, options: dict[str, object]):
    unbroken = make("unbroken", **options)
    expected = train(unbroken, 5)
    train(make("broken", **options), 3)
    resumed = make("broken", **options)
    assert resumed.resume()
    found = train(resumed, 2)
    assert [p.step for p in found] == [4, 5]
    assert [p.losses["loss"] for p in found] == [p.losses["loss"] for p in expected[3:]]
    assert [p.losses["logit_gap"] for p in found] == pytest.approx([p.losses["logit_gap"] for p in expected[3:]])
    assert_same_weights(resumed, unbroken)


def test_the_log_of_a_resumed_training_has_every_step_once(make: Make, tmp_path: Path):
    trainer = make()
    train(trainer, 2)
    state = trainer.state_file.read_bytes()
    train(trainer, 2)
    trainer.state_file.write_bytes(state)  # as if it had been killed before steps 3 and 4 were saved
    resumed = make()
    resumed.resume()
    train(resumed, 3)
    with open(tmp_path / "run" / "losses.csv", newline="") as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == [1, 2, 3, 4, 5]


def test_a_new_training_has_nothing_to_resume(make: Make):
    trainer = make()
    assert not trainer.resume()
    assert trainer.step == 0


def test_an_error_of_the_caller_saves_the_state(make: Make):
    """Ctrl-C, say, while a progress bar is drawn."""
    trainer = make()
    with pytest.raises(KeyboardInterrupt), closing(trainer.run()) as run:
        next(run)
        raise KeyboardInterrupt
    resumed = make()
    assert resumed.resume()
    assert resumed.step == 1


def test_the_state_is_saved_as_often_as_asked(make: Make):
    trainer = make()
    with closing(trainer.run(save_minutes=0)) as run:
        next(run)
        assert trainer.state_file.exists()
    rarely = make("rarely")
    with closing(rarely.run(save_minutes=10)) as run:
        next(run)
        assert not rarely.state_file.exists()


# Gone wrong.


def poison_weights(trainer: Trainer) -> None:
    trainer.generator.decoder.leave.weight.data[0] = math.nan


def poison_gradient(trainer: Trainer) -> None:
    """The losses of this step are still finite: only its update makes the weights useless."""
    trainer.generator.decoder.leave.weight.register_hook(lambda gradient: gradient * math.nan)


@pytest.mark.parametrize("poison", [poison_weights, poison_gradient])
def test_not_a_number_stops_the_training_and_keeps_the_good_state(make: Make, poison: Callable[[Trainer], None]):
    trainer = make()
    run = trainer.run(save_minutes=0)
    next(run), next(run)
    good = trainer.state_file.read_bytes()
    poison(trainer)
    with pytest.raises(TrainingError, match="not a number"):
        next(run)
    assert trainer.state_file.read_bytes() == good
    assert all(tensor.isfinite().all() for tensor in load_file(trainer.state_file).values())


def test_a_stop_right_after_a_poisoned_step_keeps_the_good_state(make: Make):
    trainer = make()
    train(trainer, 1)
    good = trainer.state_file.read_bytes()
    poison_gradient(trainer)
    with pytest.raises(TrainingError, match="not a number"):
        train(trainer, 1)
    assert trainer.state_file.read_bytes() == good


def test_collapse_stops_the_training_and_keeps_the_good_state(make: Make, monkeypatch: pytest.MonkeyPatch):
    trainer = make()
    train(trainer, 1)
    good = trainer.state_file.read_bytes()
    monkeypatch.setattr(HealthCheck, "WARMUP_STEPS", 1)
    monkeypatch.setattr(HealthCheck, "MIN_DIVERSITY", 1.0)
    with pytest.raises(TrainingError, match="mode collapse"):
        train(trainer, 1, save_minutes=0)
    assert trainer.state_file.read_bytes() == good


def test_a_wasserstein_critic_at_work_does_not_stop_the_training(make: Make, monkeypatch: pytest.MonkeyPatch):
    """Its loss is negative as soon as it tells real from painted."""
    monkeypatch.setattr(HealthCheck, "WARMUP_STEPS", 1)
    trainer = make(adversarial_loss="wasserstein", gp_weight=0.0, discriminator_rate=0.02)
    progress = train(trainer, 12)
    assert len(progress) == 12
    assert progress[-1].losses["logit_gap"] > 0 > progress[-1].losses["discriminator"]


# Weight average, learning rate, time budget.


def test_the_average_follows_the_weights_and_lags_behind(make: Make):
    """It is the average that paints in the end; one that stood still would be the untrained network."""
    trainer = make()
    trainer.step = 10**6  # far beyond the beginning, where the half-life is shorter
    start, name = weights(trainer), "leave.weight"
    trainer.train_step()
    trained, average = weights(trainer)[f"decoder.{name}"], weights(trainer)[f"average.decoder.{name}"]
    decay = 0.5 ** (4 / trainer.config.ema_halflife_images)
    torch.testing.assert_close(average, decay * start[f"average.decoder.{name}"] + (1 - decay) * trained)
    assert not torch.equal(average, start[f"average.decoder.{name}"])


def test_the_average_forgets_the_untrained_weights_at_once(make: Make):
    trainer = make()
    trainer.train_step()
    after = weights(trainer)
    name = "leave.weight"
    torch.testing.assert_close(after[f"average.decoder.{name}"], after[f"decoder.{name}"], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("step", "part_of_budget", "factor"),
    [(0, 0.0, 1 / 100), (49, 0.0, 0.5), (500, 0.0, 1), (500, 0.75, 0.5), (500, 1.5, 0.05**0.5)],
)
def test_learning_rates_warm_up_and_fade_out(make: Make, step: int, part_of_budget: float, factor: float):
    trainer = make(minutes=10.0)
    trainer.step, trainer.elapsed = step, 600 * part_of_budget
    trainer.train_step()
    c = trainer.config
    rates = [group["lr"] for o in trainer.optimizers.values() for group in o.param_groups]
    assert rates == pytest.approx([factor * c.learning_rate, factor * c.discriminator_rate])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clock for the trainer alone that moves by five seconds each time it is read."""
    monkeypatch.setattr(trainer_module, "time", SimpleNamespace(monotonic=ticking(5)))


def test_the_time_budget_is_kept(make: Make, clock: None):
    """To the step: whoever gives a training ten minutes has a machine for ten minutes."""
    progress = list(make(minutes=1.0).run())
    assert progress[-2].seconds < 60 <= progress[-1].seconds
    assert all(a.seconds < b.seconds for a, b in pairwise(progress))


def test_earlier_runs_count_into_the_time_budget(make: Make, clock: None):
    whole = list(make("whole", minutes=1.0).run())
    parts = train(make(minutes=1.0), 3)
    resumed = make(minutes=1.0)
    resumed.resume()
    parts += list(resumed.run())
    assert parts[3].seconds > parts[2].seconds
    assert parts[-2].seconds < 60 <= parts[-1].seconds
    assert abs(len(parts) - len(whole)) <= 1  # the clock is read once more by each start
    finished = make(minutes=1.0)
    finished.resume()
    assert list(finished.run()) == []


# What can be looked at.


def test_a_grid_shows_each_photo_in_each_style(make: Make, tmp_path: Path):
    train(make(), 1, grid_minutes=0)
    with Image.open(tmp_path / "run" / "samples_000001.png") as grid:
        width, height = 107, 80  # of the first photo at a short side of 80
        assert grid.size == (4 * width + 3 * 4, 3 * height + 2 * 4)  # a photo and three styles; three photos
