"""Keys decide which places count as similar: wrong ones paint noise, and nothing complains."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.generator import Generator, levels_of
from stylegan.models.perceptual import load_perceptual
from stylegan.models.style_memory import SPREAD_FLOOR, standardize
from stylegan.training import keys as training
from stylegan.training.data import ImageTensors, load_uint8
from stylegan.training.keys import coordinates_of, fit_keys, load_keys, save_keys
from tests.support.pictures import synthetic_picture


@pytest.fixture(scope="module")
def pictures() -> ImageTensors:
    sizes = [(170, 128), (128, 200), (128, 128)]
    return ImageTensors([load_uint8(synthetic_picture(*size, seed, detail=30), 128) for seed, size in enumerate(sizes)])


@pytest.fixture(scope="module")
def directions() -> list[Tensor]:
    return []


@pytest.fixture(scope="module")
def generator(pictures: ImageTensors, directions: list[Tensor]) -> Generator:
    """Fitted with so few steps that its key encoder is still bad; the directions that it learns are noted."""
    torch.manual_seed(0)
    generator = Generator(lens=load_perceptual())
    with pytest.MonkeyPatch.context() as patch:
        original = training._train_encoder

        def noting(*arguments: object) -> None:
            directions.append(arguments[2])
            original(*arguments)

        patch.setattr(training, "_train_encoder", noting)
        fit_keys(generator, pictures, pictures, steps=2)
    return generator


def own_columns(generator: Generator, picture: Tensor) -> Tensor:
    with torch.no_grad():
        return generator.columns(picture[None, :, :128, :128].float() / 255)


def standardized(columns: Tensor) -> Tensor:
    return standardize(columns, columns.mean((0, 2, 3)), columns.std((0, 2, 3), correction=0) + SPREAD_FLOOR)


def test_directions_are_orthonormal(generator: Generator, directions: list[Tensor]):
    flat = directions[0][:, :, 0, 0]
    torch.testing.assert_close(flat @ flat.T, torch.eye(len(flat)), atol=1e-4, rtol=0)


def test_the_coordinates_hold_most_of_what_there_is(
    generator: Generator, directions: list[Tensor], pictures: ImageTensors
):
    places = standardized(own_columns(generator, pictures.images[2]))
    kept = F.conv2d(places, directions[0]).square().sum() / places.square().sum()
    random = torch.linalg.qr(torch.randn(168, 64, generator=torch.Generator().manual_seed(0)))[0].T
    by_chance = F.conv2d(places, random[:, :, None, None]).square().sum() / places.square().sum()
    assert kept > 0.75 and kept > 1.8 * by_chance


def test_keys_know_neighbours_and_most_of_all_the_place_itself(generator: Generator):
    energy = generator.key_encoder.gather.square().sum((0, 1))
    assert energy[1, 1] == energy.max() and energy.min() > 0
    assert energy[0, 1] > energy[0, 0]


def test_the_decoder_sees_features_at_unit_scale(generator: Generator, pictures: ImageTensors):
    """Over all pictures and the three finer scales together."""
    seen = []
    for picture in pictures.images:
        height, width = (n // 64 * 64 for n in picture.shape[1:])
        for image in levels_of(picture[None, :, :height, :width].float() / 255)[:3]:
            with torch.no_grad():
                flat = generator.columns(image)[0].flatten(1)
            seen.append((flat.mean(1), flat.square().mean(1)))
    mean, square = (torch.stack(values).mean(0) for values in zip(*seen))
    torch.testing.assert_close(generator.decoder.center, mean, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        generator.decoder.spread, (square - mean**2).sqrt().clamp_min(0.01), atol=1e-3, rtol=1e-3
    )


@pytest.mark.slow
def test_the_key_encoder_learns_to_see_what_the_lens_sees(
    generator: Generator, directions: list[Tensor], pictures: ImageTensors
):
    """On a picture that it was not trained on."""
    unseen = load_uint8(synthetic_picture(128, 128, 9, detail=30), 128)[None].float() / 255
    with torch.no_grad():
        goal = coordinates_of(generator.columns(unseen), generator, directions[0])

        def error() -> float:
            return (generator.coordinates(unseen) - goal).square().mean().item()

        before = error()
        training._train_encoder(generator, pictures, directions[0], steps=150, seed=0)
        assert error() < 0.75 * before


def test_one_flat_picture_gives_finite_numbers():
    generator = Generator(lens=load_perceptual())
    flat = ImageTensors([torch.full((3, 128, 128), 90, dtype=torch.uint8)])
    fit_keys(generator, flat, flat, steps=2)
    assert all(tensor.isfinite().all() for tensor in generator.state_dict().values())
    assert generator.decoder.spread.min() > 0


def test_kept_keys_are_used_for_the_same_pictures_alone(generator: Generator, tmp_path: Path):
    save_keys(tmp_path / "keys.safetensors", generator, "these")
    other = Generator(lens=load_perceptual())
    assert not load_keys(tmp_path / "keys.safetensors", other, "those")
    assert not load_keys(tmp_path / "nothing.safetensors", other, "these")
    assert other.key_encoder.gather.abs().sum() == 0
    assert load_keys(tmp_path / "keys.safetensors", other, "these")
    for name, tensor in generator.key_encoder.state_dict().items():
        assert torch.equal(other.key_encoder.state_dict()[name], tensor)
    assert torch.equal(other.decoder.spread, generator.decoder.spread)
