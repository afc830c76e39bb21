"""The training loop: every configuration runs, nothing is lost by a stop, and N processes train as one."""

import csv
import math
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from stylegan import trainer as trainer_module
from stylegan.batches import Batch
from stylegan.losses import ADVERSARIAL_LOSSES, gram_matrix
from stylegan.perceptual import pyramid
from stylegan.records import HealthCheck, TrainingError
from stylegan.trainer import Trainer
from tests.stylegan.tiny_training import ticking, train

ROOT = Path(__file__).resolve().parents[2]
Make = Callable[..., Trainer]
TERMS = ("style", "content", "adversarial", "variation", "diversity")


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    modules = {"painter": trainer.painter, "average": trainer.average, "discriminator": trainer.discriminator}
    return {f"{key}.{name}": t.clone() for key, m in modules.items() for name, t in m.state_dict().items()}


def assert_same_weights(one: Trainer, other: Trainer) -> None:
    theirs = weights(other)
    for name, tensor in weights(one).items():
        assert torch.equal(tensor, theirs[name]), name


# Every configuration.


@pytest.mark.parametrize("adversarial", ADVERSARIAL_LOSSES)
@pytest.mark.parametrize(("content", "style"), [("perceptual", "gram"), ("mse", "moments"), ("ssim", "gram")])
def test_every_combination_of_losses_trains(make: Make, adversarial: str, content: str, style: str):
    trainer = make(adversarial_loss=adversarial, content_loss=content, style_loss=style)
    before = weights(trainer)
    progress = train(trainer, 3)
    assert [p.step for p in progress] == [1, 2, 3]
    assert [p.images for p in progress] == [4, 8, 12]
    for p in progress:
        assert all(math.isfinite(value) for value in p.losses.values()), p.losses
        assert {"loss", "style", "content", "adversarial", "discriminator", "takes", "styles"} <= set(p.losses)
    for name, tensor in weights(trainer).items():
        assert tensor.isfinite().all(), name
    assert not torch.equal(
        weights(trainer)["painter.generator.leave.conv.weight"], before["painter.generator.leave.conv.weight"]
    )


def test_every_part_is_trained_and_the_lens_is_not(make: Make):
    """A part that is left out of the optimiser trains without complaint, and badly."""
    trainer = make(builtin_share=1.0, adversarial_loss="bce")  # hinge moves the last bias not before a logit exceeds 1
    modules = torch.nn.ModuleList([trainer.painter, trainer.average, trainer.discriminator])
    before = {name: p.clone() for name, p in modules.named_parameters()}
    train(trainer, 3)
    unmoved = {name for name, p in modules.named_parameters() if torch.equal(p, before[name])}
    assert unmoved == {name for name in before if ".lens." in name}


def test_the_loss_is_the_weighted_sum_of_its_terms(make: Make):
    trainer = make(style_weight=2.0, content_weight=0.5, adversarial_weight=0.3, diversity_weight=0.7)
    (progress,) = train(trainer, 1)
    c, terms = trainer.config, progress.losses
    assert terms["loss"] == pytest.approx(sum(getattr(c, f"{name}_weight") * terms[name] for name in TERMS), rel=1e-4)


@pytest.mark.parametrize("term", TERMS)
def test_every_term_reaches_the_generator(make: Make, term: str):
    """A term cut off from the gradient still looks well in the log."""
    trainer = make(diversity_target=1.0, **{f"{name}_weight": float(name == term) for name in TERMS})
    before = weights(trainer)
    train(trainer, 1)
    name = "painter.generator.leave.conv.weight"
    assert not torch.equal(weights(trainer)[name], before[name])


def test_crops_that_have_the_style_together_have_it(make: Make, monkeypatch: pytest.MonkeyPatch):
    """Else a dark corner of a photo would have to hold the sky's colours, too."""
    trainer = make(adversarial_weight=0.0)
    draw = trainer.sampler.draw

    def of_the_mean_of_what_is_painted(*arguments: int) -> Batch:
        batch = draw(*arguments)
        with torch.no_grad():
            features = pyramid(trainer.perceptual, trainer.painter(batch)[0])
        targets = [[gram_matrix(f).mean(0, keepdim=True).expand(4, -1, -1) for f in layers] for layers in features]
        return replace(batch, targets=targets)

    monkeypatch.setattr(trainer.sampler, "draw", of_the_mean_of_what_is_painted)
    assert train(trainer, 1)[0].losses["style"] == pytest.approx(0, abs=1e-6)


def test_without_adversarial_weight_there_is_no_discriminator(make: Make):
    trainer = make(adversarial_weight=0.0)
    before = weights(trainer)
    progress = train(trainer, 2)
    assert not {"adversarial", "discriminator", "gap"} & set(progress[-1].losses)
    after = weights(trainer)
    assert all(torch.equal(after[name], before[name]) for name in after if name.startswith("discriminator."))


def test_what_the_losses_see_in_fixed_crops_is_computed_once(make: Make, monkeypatch: pytest.MonkeyPatch):
    """A fifth of the work of a short training on a processor, and the same losses."""
    kept, seen = make("kept", fixed_crops=8), make("seen", fixed_crops=8)
    draw = seen.sampler.draw
    monkeypatch.setattr(seen.sampler, "draw", lambda *arguments: replace(draw(*arguments), crops=None))
    looks = []
    look = kept._features
    monkeypatch.setattr(kept, "_features", lambda images: looks.append(len(images)) or look(images))
    for a, b in zip(train(kept, 8), train(seen, 8)):
        assert a.losses["content"] == pytest.approx(b.losses["content"], rel=2e-3)
    assert sum(looks) - 8 * 4 <= 8, "the paintings in every step, each of eight crops once"


def test_trainings_that_share_what_they_have_seen_do_not_mix_up_their_photos(make: Make):
    """Crops are numbered anew with each seed: a painting would be compared with another photo than its own."""
    seen = {}
    for seed in (0, 1):
        alone, sharing = (make(f"{name} {seed}", fixed_crops=8, seed=seed) for name in ("alone", "sharing"))
        sharing._seen_photos = seen
        for a, b in zip(train(sharing, 4), train(alone, 4)):
            assert a.losses["content"] == pytest.approx(b.losses["content"], rel=2e-3)


def test_a_discriminator_may_rest(make: Make):
    trainer = make(discriminator_pause=1)
    learnt = []
    for _ in range(4):
        before = [p.detach().clone() for p in trainer.bare_discriminator.parameters()]
        (progress,) = train(trainer, 1)
        learnt.append(not all(map(torch.equal, before, trainer.bare_discriminator.parameters())))
        assert {"adversarial", "discriminator", "gap"} <= progress.losses.keys()
    assert learnt == [True, False, True, False]


def test_training_lowers_the_style_loss(make: Make):
    progress = train(make(builtin_share=1.0, learning_rate=0.01), 30)
    first, last = ([p.losses["style"] for p in part] for part in (progress[:5], progress[-5:]))
    assert sum(last) < 0.8 * sum(first)


def test_paintings_without_any_built_in_style_will_do(make: Make):
    """Somebody trains on paintings of their own."""
    trainer = make(builtin=[])
    progress = train(trainer, 2, grid_minutes=0)
    assert all(math.isfinite(value) for value in progress[-1].losses.values())


@pytest.mark.parametrize(("options", "message"), [({"batch": 6}, "multiple of 4"), ({"crop": 100}, "multiple of 8")])
def test_impossible_sizes_are_refused_at_once(make: Make, options: dict[str, int], message: str):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_a_generator_deaf_to_style_is_seen_as_collapsed(make: Make):
    """The measure that stops a collapsed training must be able to see it."""
    assert train(make("healthy"), 1)[0].losses["styles"] > 0.01
    collapsed = make("collapsed", learning_rate=0.0, encoder_rate=0.0)
    for generator in (collapsed.painter.generator, collapsed.average.generator):
        for name, parameter in generator.named_parameters():
            if ".affine.weight" in name or name == "gate.weight":
                parameter.data.zero_()
    assert train(collapsed, 1)[0].losses["styles"] < 1e-4


def test_a_training_on_one_style_is_not_taken_for_collapsed(make: Make, monkeypatch: pytest.MonkeyPatch):
    """There is nothing to compare; somebody who trains on one painting must not be told of mode collapse."""
    monkeypatch.setattr(HealthCheck, "WARM_UP", 1)
    assert len(train(make(builtin=["painting_0"], builtin_share=1.0), 3)) == 3


# Stop and resume.


@pytest.mark.parametrize(
    "options", [{"adversarial_loss": "hinge", "discriminator_pause": 1}, {"adversarial_loss": "wasserstein"}]
)
def test_a_resumed_training_is_the_unbroken_one(make: Make, options: dict[str, object]):
    unbroken = make("unbroken", **options)
    expected = train(unbroken, 5)
    train(make("broken", **options), 3)  # the discriminator that pauses would rest in the fourth step
    resumed = make("broken", **options)
    assert resumed.resume()
    found = train(resumed, 2)
    assert [p.step for p in found] == [4, 5]
    assert [p.losses["loss"] for p in found] == [p.losses["loss"] for p in expected[3:]]
    assert [p.losses["gap"] for p in found] == pytest.approx([p.losses["gap"] for p in expected[3:]])
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
    trainer.painter.generator.leave.conv.weight.data[0] = math.nan


def poison_gradient(trainer: Trainer) -> None:
    """The losses of this step are still finite: only its update makes the weights useless."""
    trainer.painter.generator.leave.conv.weight.register_hook(lambda gradient: gradient * math.nan)


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
    monkeypatch.setattr(HealthCheck, "WARM_UP", 1)
    monkeypatch.setattr(HealthCheck, "MIN_TAKES", 1.0)
    with pytest.raises(TrainingError, match="mode collapse"):
        train(trainer, 1, save_minutes=0)
    assert trainer.state_file.read_bytes() == good


def test_a_wasserstein_critic_at_work_does_not_stop_the_training(make: Make, monkeypatch: pytest.MonkeyPatch):
    """Its loss is negative as soon as it tells real from painted."""
    monkeypatch.setattr(HealthCheck, "WARM_UP", 1)
    trainer = make(adversarial_loss="wasserstein", penalty_weight=0.0, discriminator_rate=0.02)
    progress = train(trainer, 12)
    assert len(progress) == 12
    assert progress[-1].losses["gap"] > 0 > progress[-1].losses["discriminator"]


# Weight average, learning rate, time budget.


def test_the_average_follows_the_weights_and_lags_behind(make: Make):
    """It is the average that paints in the end; one that stood still would be the untrained network."""
    trainer = make()
    trainer.step = 10**6  # far beyond the beginning, where the half-life is shorter
    start, name = weights(trainer), "generator.leave.conv.weight"
    trainer.train_step()
    trained, average = weights(trainer)[f"painter.{name}"], weights(trainer)[f"average.{name}"]
    decay = 0.5 ** (4 / trainer.config.ema_images)
    torch.testing.assert_close(average, decay * start[f"average.{name}"] + (1 - decay) * trained)
    assert not torch.equal(average, start[f"average.{name}"])


def test_the_average_forgets_the_untrained_weights_at_once(make: Make):
    trainer = make()
    trainer.train_step()
    after = weights(trainer)
    name = "generator.leave.conv.weight"
    torch.testing.assert_close(after[f"average.{name}"], after[f"painter.{name}"], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("step", "part_of_budget", "factor"),
    [(0, 0.0, 1 / 50), (24, 0.0, 0.5), (500, 0.0, 1), (500, 0.75, 0.5), (500, 1.5, 0.03)],
)
def test_learning_rates_warm_up_and_fade_out(make: Make, step: int, part_of_budget: float, factor: float):
    trainer = make(minutes=10.0)
    trainer.step, trainer.elapsed = step, 600 * part_of_budget
    trainer.train_step()
    c = trainer.config
    rates = [group["lr"] for o in trainer.optimizers.values() for group in o.param_groups]
    expected = (c.learning_rate, c.encoder_rate, c.learning_rate, c.discriminator_rate)
    assert rates == pytest.approx([factor * r for r in expected])


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


def test_a_grid_shows_each_photo_in_each_built_in_style(make: Make, tmp_path: Path):
    train(make(), 1, grid_minutes=0)
    with Image.open(tmp_path / "run" / "samples_000001.png") as grid:
        width, height = 107, 80  # of the first photo at a short side of 80
        assert grid.size == (3 * width + 2 * 4, 3 * height + 2 * 4)  # a photo and two styles; three photos
