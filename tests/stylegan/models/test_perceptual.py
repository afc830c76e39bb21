"""The losses look through these networks: shapes, frozen weights, and clear words for a wrong file."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stylegan.models.perceptual import SHIPPED_LENS, VGG19, Lens, load_perceptual, pyramid, read_metadata


@pytest.mark.parametrize("network", [Lens(), VGG19()], ids=["lens", "vgg19"])
def test_three_feature_maps_at_full_half_and_quarter_size(network: Lens | VGG19):
    features = network(torch.rand(2, 3, 32, 48))
    sizes = [(32, 48), (16, 24), (8, 12)]
    assert [f.shape for f in features] == [(2, c, *size) for c, size in zip(network.channels, sizes, strict=True)]


def test_the_pyramid_halves_the_images_twice():
    lens, images = Lens(width=8), torch.rand(1, 3, 32, 32)
    assert [f.shape[2] for features in pyramid(lens, images) for f in features] == [32, 16, 8, 16, 8, 4, 8, 4, 2]
    torch.testing.assert_close(pyramid(lens, torch.full_like(images, 0.5))[2], lens(torch.full((1, 3, 8, 8), 0.5)))


@pytest.mark.parametrize("network", [Lens(width=8), VGG19()], ids=["lens", "vgg19"])
def test_borders_do_not_darken_the_features(network: Lens | VGG19):
    """Zero padding would give every painting a frame."""
    for f in network(torch.full((1, 3, 16, 16), 0.5)):
        torch.testing.assert_close(f, f[:, :, :1, :1].expand_as(f), atol=1e-5, rtol=1e-5)


def test_the_shipped_lens_is_small_and_complete():
    assert SHIPPED_LENS.stat().st_size < 3_000_000
    features = load_perceptual("lens")(torch.rand(1, 3, 32, 32))
    assert all(f.isfinite().all() and f.std() > 0 for f in features)


def test_a_perceptual_network_is_frozen_but_passes_gradients():
    """Were it trained along, the losses could be lowered by making it blind."""
    network = load_perceptual("lens")
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    images = torch.rand(1, 3, 32, 32, requires_grad=True)
    network(images)[2].sum().backward()
    assert images.grad.abs().sum() > 0


@pytest.mark.parametrize("network", [Lens(width=8), VGG19()], ids=["lens", "vgg19"])
def test_a_file_of_either_network_can_be_used(tmp_path: Path, network: Lens | VGG19):
    save_file(network.state_dict(), tmp_path / "network.safetensors", metadata={"kind": "test"})
    loaded = load_perceptual(tmp_path / "network.safetensors")
    assert type(loaded) is type(network)
    images = torch.rand(1, 3, 16, 16)
    for found, expected in zip(loaded(images), network(images), strict=True):
        assert torch.equal(found, expected)
    assert read_metadata(tmp_path / "network.safetensors") == {"kind": "test"}


def test_a_file_of_half_floats_is_used_in_full_precision(tmp_path: Path):
    save_file({name: t.half() for name, t in Lens(width=8).state_dict().items()}, tmp_path / "lens.safetensors")
    assert {p.dtype for p in load_perceptual(tmp_path / "lens.safetensors").parameters()} == {torch.float32}


def test_a_file_of_something_else_is_named_as_such(tmp_path: Path):
    save_file({"weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="other.safetensors holds neither"):
        load_perceptual(tmp_path / "other.safetensors")


def test_a_file_that_is_not_safetensors_is_named_as_such(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("not a network at all")
    with pytest.raises(ValueError, match="notes.txt is not a safetensors file"):
        load_perceptual(tmp_path / "notes.txt")
