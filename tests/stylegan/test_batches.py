"""Batches must be reproducible: resumed trainings and several processes rely on it."""

from dataclasses import fields
from pathlib import Path

import pytest
import torch
from torch import Tensor

from stylegan.augment import CHANGES
from stylegan.batches import Batch, Sampler
from stylegan.crops import PhotoCrops
from stylegan.data import ImageSet
from tests.stylegan.tiny_training import make_style_set

N = 16


@pytest.fixture
def make_sampler(photos: Path, paintings: Path):
    content, styles = ImageSet.from_folder(photos, 80), make_style_set(paintings)

    def make(seed: int = 0, builtin_share: float = 0.5) -> Sampler:
        crops = PhotoCrops(content, 64, seed)
        return Sampler(crops, styles, batch=N, builtin_share=builtin_share, seed=seed)

    return make


def draw(sampler: Sampler, step: int = 5, part: int = 0, parts: int = 1) -> Batch:
    return sampler.draw(step, noise_dim=8, blocks=1, part=part, parts=parts)


def tensors(batch: Batch) -> dict[str, Tensor]:
    found = {}
    for field in fields(batch):
        value = getattr(batch, field.name)
        if field.name == "targets":
            found |= {f"target {s} {i}": layer for s, layers in enumerate(value) for i, layer in enumerate(layers)}
        elif field.name == "crops":
            assert value is None, "each is cut anew"
        elif field.name == "noise":
            found |= {"coarse": value[0], "fine": value[1]}
        else:
            found[field.name] = value
    return found


def test_a_batch_depends_on_seed_and_step_alone(make_sampler):
    """Not on what was drawn before it, nor on torch's or Python's global random state."""
    first = tensors(draw(make_sampler()))
    again = make_sampler()
    torch.manual_seed(99)
    draw(again, step=4)
    for name, tensor in tensors(draw(again)).items():
        assert torch.equal(tensor, first[name]), name


@pytest.mark.parametrize("change", [{"seed": 1}, {"step": 6}])
def test_another_seed_or_step_gives_another_batch(make_sampler, change: dict[str, int]):
    first = tensors(draw(make_sampler()))
    other = tensors(draw(make_sampler(change.get("seed", 0)), change.get("step", 5)))
    for name in ("content", "real", "z", "coarse", "fine", "change", "mix"):
        assert not torch.equal(other[name], first[name]), name


@pytest.mark.parametrize("parts", [2, 4])
def test_the_parts_of_a_batch_make_the_whole(make_sampler, parts: int):
    """So that several processes train as one would."""
    whole = tensors(draw(make_sampler()))
    drawn = [tensors(draw(make_sampler(), part=part, parts=parts)) for part in range(parts)]
    for name, tensor in whole.items():
        assert torch.equal(torch.cat([part[name] for part in drawn]), tensor), name


def test_shapes_and_ranges(make_sampler):
    batch = draw(make_sampler())
    for images in (batch.content, batch.real):
        assert images.shape == (N, 3, 64, 64)
        assert 0 <= images.min() < images.max() <= 1
    assert batch.statistics.shape == (N, 1008)
    assert batch.z.shape == (N, 8)
    assert [maps.shape for maps in batch.noise] == [(N, 2, 8, 8), (N, 2, 16, 16)]
    assert batch.change.shape == (N, CHANGES)
    assert batch.mix.shape == (N, 1, 1, 1)
    for randoms in (batch.change, batch.mix):
        assert 0 <= randoms.min() < randoms.max() <= 1


def test_retakes_share_photo_and_style_and_differ_in_noise(make_sampler):
    """The diversity term compares them: with another photo it would measure nothing."""
    found = tensors(draw(make_sampler(), step=6))
    shared = {"content", "statistics", "builtin"} | {name for name in found if name.startswith("target")}
    for name, tensor in found.items():
        if name in shared:
            assert torch.equal(tensor[2::4], tensor[3::4]), name
            assert len(tensor.unique(dim=0)) > 1, name
        elif name != "real":
            assert not torch.equal(tensor[2::4], tensor[3::4]), name


def test_the_samples_of_a_group_share_their_style(make_sampler):
    """Their statistics are pooled: those of different styles would be muddled into one that nobody wants."""
    found = tensors(draw(make_sampler()))
    for name in {"statistics", "builtin"} | {name for name in found if name.startswith("target")}:
        groups = found[name].unflatten(0, (-1, 4))
        assert (groups == groups[:, :1]).all(), name
    assert len(found["content"].unflatten(0, (-1, 4))[0].unique(dim=0)) == 3


def test_one_sample_of_each_group_is_a_canonical_rendering(make_sampler):
    z = draw(make_sampler()).z
    assert torch.equal(z[0::4], torch.zeros(N // 4, 8))
    assert all(z[i].abs().sum() > 0 for i in range(N) if i % 4)


def test_statistics_and_targets_belong_to_the_same_painting(make_sampler):
    """Else the generator would be asked for one style and judged by another."""
    sampler = make_sampler()
    batch = draw(sampler)
    styles = sampler.styles
    for i in range(N):
        index = next(k for k in range(len(styles)) if torch.equal(styles.statistics[k], batch.statistics[i]))
        for drawn, kept in zip(batch.targets, styles.targets, strict=True):
            assert all(torch.equal(a[i], b[index]) for a, b in zip(drawn, kept, strict=True))
        number = batch.builtin[i].item()
        assert number == -1 or styles.builtin[number] == index


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.5, 0.3, 0.7), (1.0, 1, 1)])
def test_the_share_of_built_in_styles(make_sampler, share: float, low: float, high: float):
    sampler = make_sampler(builtin_share=share)
    numbers = torch.cat([draw(sampler, step).builtin for step in range(8)])
    assert low <= (numbers >= 0).float().mean() <= high
    assert set(numbers.tolist()) <= {-1, 0, 1}
