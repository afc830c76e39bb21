"""Distilling the lens: what a photo is matched with is only as true as the lens is to VGG-19."""

import random
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from stylegan.models.perceptual import VGG19, Lens, load_perceptual
from stylegan.training import distill
from stylegan.training.data import ImageTensors, load_uint8, varied_crops
from tests.support.pictures import synthetic_picture


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("CROP", 48), ("BATCH", 4), ("FIT_BATCHES", 2)):
        monkeypatch.setattr(distill, name, value)


def small_images(count: int = 8) -> ImageTensors:
    return ImageTensors([load_uint8(synthetic_picture(180, 140, seed, detail=9), 140) for seed in range(count)])


def batches_for(count: int) -> list[torch.Tensor]:
    rng, images = random.Random(0), small_images()
    return [varied_crops(images, distill.CROP, distill.BATCH, rng) for _ in range(count)]


def teacher() -> VGG19:
    torch.manual_seed(0)
    return VGG19().eval().requires_grad_(False)


def error(lens: Lens, network: VGG19, projections: list[torch.Tensor], batch: torch.Tensor) -> list[float]:
    """Relative squared error of each layer's features."""
    with torch.no_grad():
        goals = [F.conv2d(f, p) for f, p in zip(network(batch), projections)]
        return [((f - g).pow(2).sum() / g.pow(2).sum()).item() for f, g in zip(lens(batch), goals)]


def test_spanning_channels_skip_copies_of_a_channel():
    """A channel twice would leave another unseen."""
    features = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    features = torch.cat([3 * features[:, :1], features], 1)  # channel 1 is channel 0, fainter
    chosen = distill.spanning_channels(features.T @ features / 200, 3)
    assert sorted(chosen) == [0, 2, 3]


def test_the_closed_form_start_already_sees_much_of_what_the_teacher_sees():
    network, batches = teacher(), batches_for(3)
    projections = [basis.T[:, :, None, None] for basis in distill.principal_directions(network, batches, Lens.channels)]
    lens = Lens()
    before = error(lens, network, projections, batches[0])
    distill.initialize(lens, network, batches, projections)
    after = error(lens, network, projections, batches_for(4)[3])  # a batch that was not fitted
    assert all(b < 0.2 * a for a, b in zip(before, after)), (before, after)


def test_refitted_heads_follow_the_principal_directions_and_nothing_else_changes():
    """A lens can be distilled on, although the directions of a second distillation are others."""
    network, batches = teacher(), batches_for(3)
    directions = distill.principal_directions(network, batches, Lens.channels)
    projections = [basis.T[:, :, None, None] for basis in directions]
    lens = Lens()
    with torch.no_grad():
        distill.initialize(lens, network, batches, projections)
        turned = [-p.flip(0) for p in projections]
        kept = lens.conv3_1.weight.clone()
        distill.refit_heads(lens, network, batches, turned)
    straight = error(lens, network, turned, batches[0])
    assert max(straight) < 0.5 and torch.equal(lens.conv3_1.weight, kept)


def test_a_distillation_writes_a_lens_that_another_can_go_on_with(photos: Path, paintings: Path, tmp_path: Path):
    save_file(teacher().state_dict(), tmp_path / "vgg.safetensors")
    arguments = tmp_path / "vgg.safetensors", photos, paintings
    for output, base in (("first", None), ("second", tmp_path / "first")):
        torch.manual_seed(0)
        distill.distill(*arguments, tmp_path / output, minutes=0.01, base=base)
    first, second = load_perceptual(tmp_path / "first"), load_perceptual(tmp_path / "second")
    images = torch.rand(1, 3, 32, 32)
    assert [f.shape for f in first(images)] == [f.shape for f in second(images)]
    assert not torch.equal(first.conv3_1.weight, second.conv3_1.weight)
