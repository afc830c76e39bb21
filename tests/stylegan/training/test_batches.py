"""Batches must be reproducible: resumed trainings and several processes rely on it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from torch import Tensor

from stylegan.models.color import color_statistics
from stylegan.training.augment import AUGMENT_PARAMS
from stylegan.training.batches import Batch, BatchSampler
from stylegan.training.config import TrainConfig
from stylegan.training.data import ImageTensors
from stylegan.training.style_dataset import StyleDataset
from tests.support.training import SMALL, make_generator

N = 8  # photos to paint
Make = Callable[..., BatchSampler]


@pytest.fixture
def make_sampler(photos: Path, paintings: Path) -> Make:
    images = ImageTensors.from_folder(paintings, 128)
    styles = StyleDataset.of_paintings(images, make_generator(images), 64)
    content = ImageTensors.from_folder(photos, 80)

    def make(**options: object) -> BatchSampler:
        return BatchSampler(content, styles, TrainConfig(**SMALL | {"batch": 2 * N} | options))

    return make


def tensors(batch: Batch) -> dict[str, Tensor]:
    return {field.name: torch.as_tensor(getattr(batch, field.name)) for field in fields(batch)}


def test_a_batch_depends_on_seed_and_step_alone(make_sampler: Make):
    """Not on what was drawn before it, nor on torch's or Python's global random state."""
    first = tensors(make_sampler().draw(5))
    again = make_sampler()
    torch.manual_seed(99)
    again.draw(4)
    for name, tensor in tensors(again.draw(5)).items():
        assert torch.equal(tensor, first[name]), name


@pytest.mark.parametrize("change", [{"seed": 1}, {"step": 6}])
def test_another_seed_or_step_gives_another_batch(make_sampler: Make, change: dict[str, int]):
    shares = {"level_shares": (1, 0, 0)}
    first = tensors(make_sampler(**shares).draw(5))
    other = tensors(make_sampler(seed=change.get("seed", 0), **shares).draw(change.get("step", 5)))
    for name in first.keys() - {"level"}:
        assert not torch.equal(other[name], first[name]), name


@pytest.mark.parametrize("parts", [2, 4])
def test_the_parts_of_a_batch_make_the_whole(make_sampler: Make, parts: int):
    """So that several processes train as one would."""
    whole = tensors(make_sampler().draw(5))
    drawn = [tensors(make_sampler().draw(5, part, parts)) for part in range(parts)]
    assert {int(part["level"]) for part in drawn} == {int(whole.pop("level"))}
    for name, tensor in whole.items():
        assert torch.equal(torch.cat([part[name] for part in drawn]), tensor), name


@pytest.mark.parametrize(("level", "side"), [(0, 64), (1, 64), (2, 32)])
def test_shapes_and_ranges(make_sampler: Make, level: int, side: int):
    batch = make_sampler(level_shares=tuple(float(i == level) for i in range(3))).draw(0)
    assert batch.level == level
    for images in (batch.rebuilt, batch.photos, batch.real):
        assert images.shape == (N, 3, side, side)
        assert 0 <= images.min() < images.max() <= 1
    assert len(batch.styles) == len(batch.seeds) == N and set(batch.styles) <= {0, 1, 2}
    assert batch.fidelity.shape == batch.mix.shape == (N, 1, 1, 1)
    assert 0.3 <= batch.fidelity.min() < batch.fidelity.max() <= 0.7
    assert batch.augment_params.shape == (N, AUGMENT_PARAMS)
    assert 0 <= batch.augment_params.min() < batch.augment_params.max() <= 1


def test_levels_are_drawn_in_their_shares(make_sampler: Make):
    sampler = make_sampler(batch=2)
    drawn = Counter(sampler.draw(step).level for step in range(300))
    assert all(abs(drawn[level] / 300 - share) < 0.08 for level, share in enumerate((0.55, 0.3, 0.15)))


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.25, 2), (1.0, 8)])
def test_so_many_of_the_rebuilt_crops_are_photos(make_sampler: Make, share: float, expected: int):
    """The photos of the tests are soft, their paintings busy."""
    rebuilt = make_sampler(photo_share=share, level_shares=(1, 0, 0)).draw(3).rebuilt
    busy = (rebuilt[:, :, 1:] - rebuilt[:, :, :-1]).abs().mean((1, 2, 3))
    assert (busy < 0.02).sum() == expected


def test_photos_take_the_colours_of_their_style(make_sampler: Make):
    share = {"level_shares": (1, 0, 0)}
    plain, recolored = (make_sampler(recolored_share=part, **share).draw(2) for part in (0.0, 1.0))
    styles = make_sampler().styles
    for photo, before, style in zip(recolored.photos, plain.photos, recolored.styles):
        wanted = styles.styles[style].memory.color_mean
        means = [color_statistics(image.flatten(1))[0] for image in (photo, before)]
        assert (means[0] - wanted).abs().max() < 0.06
        assert not torch.equal(photo, before)
