"""The set of paintings: what is computed once must belong to the paintings it is used for."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from stylegan import losses, styleset
from stylegan.perceptual import VGG19, Lens, pyramid
from stylegan.styleset import StyleSet
from tests.stylegan.tiny_training import make_style_set


def assert_same(one: StyleSet, other: StyleSet) -> None:
    assert torch.equal(one.statistics, other.statistics)
    for layers, other_layers in zip(one.targets, other.targets, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(layers, other_layers, strict=True))


def test_paintings_and_color_variants_have_statistics_and_targets(paintings: Path):
    styles = make_style_set(paintings, variants=2)
    assert len(styles) == 9
    assert styles.statistics.shape == (9, 1008)
    assert [[layer.shape for layer in layers] for layers in styles.targets] == [[(9, c, c) for c in (24, 48, 96)]] * 3
    assert len(styles.statistics.unique(dim=0)) == 9


@pytest.mark.parametrize("style_loss", ["gram", "moments"])
def test_targets_are_the_style_statistics_of_the_paintings(paintings: Path, style_loss: str):
    network = Lens(width=8)
    styles = make_style_set(paintings, perceptual=network, style_loss=style_loss)
    for index in (0, 4):
        with torch.no_grad():
            features = pyramid(network, styles.images.images[index][None].float() / 255)
        expected = losses.style_statistics(style_loss, features)
        for found, wanted in zip(styles.target([index]), expected, strict=True):
            for a, b in zip(found, wanted, strict=True):
                torch.testing.assert_close(a, b)


def test_built_in_styles_are_found_by_the_name_of_their_file(paintings: Path):
    """A mix-up would sell one master's style under another's name."""
    styles = make_style_set(paintings, builtin_stems=["painting_2", "painting_0"])
    assert styles.builtin == [2, 0]


def test_a_cache_spares_a_resumed_training_the_measurement(
    paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cache = tmp_path / "run" / "statistics.safetensors"
    first = make_style_set(paintings, cache=cache)
    monkeypatch.setattr(styleset, "measure", None)  # would fail if it were called
    assert_same(make_style_set(paintings, cache=cache), first)


def add_painting(folder: Path) -> dict[str, object]:
    Image.new("RGB", (100, 100), "red").save(folder / "painting_1b.png")
    return {}


def replace_painting(folder: Path) -> dict[str, object]:
    Image.new("RGB", (100, 100), "red").save(folder / "painting_1.png")
    return {}


def look_through_vgg(folder: Path) -> dict[str, object]:
    return {"perceptual": VGG19()}


@pytest.mark.parametrize("change", [add_painting, replace_painting, look_through_vgg])
def test_a_cache_of_something_else_is_not_used(paintings: Path, tmp_path: Path, change):
    """Else every painting would be trained towards the statistics of another."""
    cache = tmp_path / "statistics.safetensors"
    make_style_set(paintings, cache=cache)
    options = change(paintings)
    assert_same(make_style_set(paintings, cache=cache, **options), make_style_set(paintings, **options))


def test_a_cache_of_an_older_version_is_measured_anew(paintings: Path, tmp_path: Path):
    cache = tmp_path / "statistics.safetensors"
    fresh = make_style_set(paintings, cache=cache)
    save_file({name: 0 * tensor for name, tensor in load_file(cache).items()}, cache)
    assert_same(make_style_set(paintings, cache=cache), fresh)
