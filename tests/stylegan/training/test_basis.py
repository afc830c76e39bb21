"""The basis decides which places count as similar: a wrong one paints noise, and nothing complains."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.generator import Generator
from stylegan.models.perceptual import load_perceptual
from stylegan.models.style_memory import SPREAD_FLOOR, standardize
from stylegan.training.basis import fit_basis, load_basis, save_basis
from stylegan.training.data import load_uint8
from tests.support.pictures import synthetic_picture


@pytest.fixture(scope="module")
def pictures() -> list[Tensor]:
    sizes = [(170, 128), (128, 200), (128, 128)]
    return [load_uint8(synthetic_picture(*size, seed, detail=30), 128) for seed, size in enumerate(sizes)]


@pytest.fixture(scope="module")
def generator(pictures: list[Tensor]) -> Generator:
    generator = Generator(lens=load_perceptual())
    fit_basis(generator, pictures)
    return generator


def own_columns(generator: Generator, picture: Tensor) -> Tensor:
    with torch.no_grad():
        return generator.columns(picture[None, :, :128, :128].float() / 255)


def standardized(columns: Tensor) -> Tensor:
    return standardize(columns, columns.mean((0, 2, 3)), columns.std((0, 2, 3), correction=0) + SPREAD_FLOOR)


def test_directions_are_orthonormal(generator: Generator):
    reduce = generator.reduce[:, :, 0, 0]
    torch.testing.assert_close(reduce @ reduce.T, torch.eye(len(reduce)), atol=1e-4, rtol=0)


def test_the_reduced_features_hold_most_of_what_there_is(generator: Generator, pictures: list[Tensor]):
    places = standardized(own_columns(generator, pictures[2]))
    kept = F.conv2d(places, generator.reduce).square().sum() / places.square().sum()
    random = torch.linalg.qr(torch.randn(168, 64, generator=torch.Generator().manual_seed(0)))[0].T
    by_chance = F.conv2d(places, random[:, :, None, None]).square().sum() / places.square().sum()
    assert kept > 0.75 and kept > 1.8 * by_chance


def test_keys_know_neighbours_and_most_of_all_the_place_itself(generator: Generator):
    energy = generator.gather.square().sum((0, 1))
    assert energy[1, 1] == energy.max() and energy.min() > 0
    assert energy[0, 1] > energy[0, 0]


def test_the_decoder_sees_features_at_unit_scale(generator: Generator, pictures: list[Tensor]):
    """Over all pictures and the three finer scales together."""
    seen = []
    for picture in pictures:
        height, width = (n // 64 * 64 for n in picture.shape[1:])
        image = picture[None, :, :height, :width].float() / 255
        for level in range(3):
            with torch.no_grad():
                flat = generator.columns(F.avg_pool2d(image, 1 << level))[0].flatten(1)
            seen.append((flat.mean(1), flat.square().mean(1)))
    mean, square = (torch.stack(values).mean(0) for values in zip(*seen))
    torch.testing.assert_close(generator.decoder.center, mean, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        generator.decoder.spread, (square - mean**2).sqrt().clamp_min(0.01), atol=1e-3, rtol=1e-3
    )


def test_one_flat_picture_gives_finite_numbers():
    generator = Generator(lens=load_perceptual())
    fit_basis(generator, [torch.full((3, 128, 128), 90, dtype=torch.uint8)])
    assert all(tensor.isfinite().all() for tensor in generator.state_dict().values())
    assert generator.decoder.spread.min() > 0


def test_a_kept_basis_is_used_for_the_same_pictures_alone(generator: Generator, tmp_path: Path):
    save_basis(tmp_path / "basis.safetensors", generator, "these")
    other = Generator(lens=load_perceptual())
    assert not load_basis(tmp_path / "basis.safetensors", other, "those")
    assert not load_basis(tmp_path / "nothing.safetensors", other, "these")
    assert other.reduce.abs().sum() == 0
    assert load_basis(tmp_path / "basis.safetensors", other, "these")
    for name in ("reduce", "gather"):
        assert torch.equal(getattr(other, name), getattr(generator, name))
    assert torch.equal(other.decoder.spread, generator.decoder.spread)
