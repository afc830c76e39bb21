"""What the decoder is given must be what painting gives it, and what it is judged by must reach it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from stylegan.training.losses import CONTENT_LOSSES, STYLE_LOSSES
from stylegan.training.practice import Practice
from stylegan.training.trainer import Trainer

Make = Callable[..., Trainer]
EXACT = "donot_use_mm_for_euclid_dist"


@pytest.mark.parametrize("level", range(3))
def test_half_is_to_be_rebuilt_and_half_are_rows_of_the_style(make: Make, level: int):
    trainer = make(level_shares=tuple(float(i == level) for i in range(3)))
    batch = trainer.sampler.draw(0)
    given = trainer.practice.give(batch)
    assert given.features.shape == (4, 168, batch.photos.shape[2] // 4, batch.photos.shape[3] // 4)
    with torch.no_grad():
        torch.testing.assert_close(given.features[:2], trainer.generator.columns(batch.rebuilt))
    for matched, memory, style in zip(given.features[2:], given.levels, batch.styles):
        places = matched.flatten(1).T
        assert torch.cdist(places, memory.rows, compute_mode=EXACT).min(1).values.max() < 1e-2
        whole = trainer.styles.memory(style).levels[level].rows
        assert torch.cdist(memory.rows, whole, compute_mode=EXACT).min(1).values.max() < 1e-2


def test_more_fidelity_keeps_more_of_the_photo(make: Make):
    """Of an untrained decoder's grey coarse painting nothing is left at fidelity 1."""
    trainer = make(level_shares=(1, 0, 0))
    batch = trainer.sampler.draw(0)
    kept, lost = (trainer.practice.give(replace(batch, fidelity=torch.full((2, 1, 1, 1), f))) for f in (1.0, 0.0))
    with torch.no_grad():
        photo = trainer.practice._match(batch.photos, kept.levels)
    assert torch.equal(kept.features[2:], photo)
    assert not torch.equal(lost.features[2:], photo)


def practice_with(trainer: Trainer, **losses: str) -> Practice:
    return Practice(replace(trainer.config, **losses), trainer.generator, trainer.styles)


@pytest.mark.parametrize(
    ("name", "losses"),
    [("features", {}), ("painted", {}), ("moments", {}), ("pixels", {})]
    + [("style", {"style_loss": name}) for name in STYLE_LOSSES]
    + [("content", {"content_loss": name}) for name in CONTENT_LOSSES],
)
def test_every_term_reaches_the_decoder_and_nothing_else(make: Make, name: str, losses: dict[str, str]):
    """A term cut off from the gradient still looks well in the log."""
    trainer = make()
    practice = practice_with(trainer, **losses)
    batch = trainer.sampler.draw(0)
    given = practice.give(batch)
    decoded = trainer.decoder(given.features)
    practice.losses(batch, given, decoded)[name].backward()
    assert all(p.grad.abs().sum() > 0 for p in trainer.decoder.parameters())
    others = [p for n, p in trainer.generator.named_parameters() if not n.startswith("decoder.")]
    assert others and not any(p.requires_grad or p.grad is not None for p in others)


def test_a_perfect_rebuild_costs_nothing(make: Make):
    trainer = make()
    batch = trainer.sampler.draw(0)
    given = trainer.practice.give(batch)
    with torch.no_grad():
        given = replace(given, features=trainer.generator.columns(torch.cat([batch.rebuilt, batch.rebuilt])))
        terms = trainer.practice.losses(batch, given, torch.cat([batch.rebuilt, batch.rebuilt]))
    for name in ("features", "pixels", "painted", "moments"):
        assert terms[name] < 1e-6, name


@pytest.mark.parametrize("style", STYLE_LOSSES)
def test_the_style_itself_is_nearer_than_the_photo(make: Make, style: str):
    trainer = make(level_shares=(1, 0, 0), batch=8)
    practice = practice_with(trainer, style_loss=style)
    batch = trainer.sampler.draw(0)
    given = practice.give(batch)
    with torch.no_grad():
        real, photo = (
            practice.losses(batch, given, torch.cat([batch.rebuilt, painted]))["style"]
            for painted in (batch.real.flip(3), batch.photos)
        )
    assert real < photo
