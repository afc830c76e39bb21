"""What the networks promise whatever their weights: sizes, ranges, identity, reproducible takes, and their price."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from benchmarks.speed import multiply_adds
from stylegan.networks import Discriminator, Generator, MappingNetwork, StyleEncoder, spatial_noise

SIZES = [(16, 16), (16, 17), (17, 33), (31, 23), (40, 64), (16, 160), (161, 16)]


@pytest.fixture(scope="module")
def generator() -> Generator:
    """A full-size generator with every weight disturbed, as training would: nothing may hold at the start only."""
    torch.manual_seed(0)
    network = Generator().eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter += 0.02 * torch.randn_like(parameter)
    return network


@pytest.fixture(scope="module")
def encoder() -> StyleEncoder:
    torch.manual_seed(0)
    return StyleEncoder().eval()


def photo(height: int, width: int, n: int = 1, seed: int = 0) -> Tensor:
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed))


def codes(n: int = 1, length: float = 1, seed: int = 1) -> Tensor:
    return length * torch.randn(n, 128, generator=torch.Generator().manual_seed(seed))


def noise_vectors(n: int = 1, seed: int = 2) -> Tensor:
    return torch.randn(n, 64, generator=torch.Generator().manual_seed(seed))


# Generator.


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_a_painting_has_the_size_of_its_photo(generator: Generator, height: int, width: int):
    assert generator(photo(height, width), codes(), noise_vectors()).shape == (1, 3, height, width)


@pytest.mark.parametrize("length", [0.5, 1, 10, 100])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 33), (16, 160)])
def test_a_painting_is_finite_and_in_range(generator: Generator, height: int, width: int, length: float):
    """Also for codes far outside of what the encoder gives: a style pack may hold any."""
    painted = generator(photo(height, width), codes(length=length), noise_vectors())
    assert painted.isfinite().all()
    assert painted.min() >= 0
    assert painted.max() <= 1


@pytest.mark.parametrize("flat", [0.0, 0.5, 1.0])
def test_a_photo_of_one_colour_can_be_painted(generator: Generator, flat: float):
    """Instance normalisation divides by a deviation that is zero here."""
    painted = generator(torch.full((1, 3, 24, 24), flat), codes(), noise_vectors())
    assert painted.isfinite().all()


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_strength_zero_gives_the_photo_back(generator: Generator, height: int, width: int):
    x = photo(height, width)
    assert (generator(x, codes(), noise_vectors(), strength=0) - x).abs().mean() <= 0.005


@pytest.mark.parametrize("colour", [0.0, 1.0])
def test_strength_zero_keeps_black_and_white(generator: Generator, colour: float):
    """The logit of either is infinite; its margin must stay within half a step of 8 bits."""
    x = torch.full((1, 3, 16, 16), colour)
    painted = generator(x, codes(), strength=0)
    assert (255 * (painted - x).abs()).max() <= 0.5


def test_strength_leads_from_the_photo_to_the_painting(generator: Generator):
    """A slider that jumps, or goes back and forth, would be of no use."""
    x, w = photo(32, 32), codes()
    distances = [(generator(x, w, strength=s) - x).abs().mean().item() for s in (0, 0.25, 0.5, 0.75, 1)]
    assert distances == sorted(distances)
    assert distances[-1] > 0.02
    steps = [b - a for a, b in pairwise(distances)]
    assert max(steps) < 0.75 * distances[-1]


def test_zero_noise_is_the_canonical_rendering(generator: Generator):
    x, w = photo(24, 40), codes()
    assert torch.equal(generator(x, w), generator(x, w, torch.zeros(1, 64)))


def test_the_same_noise_gives_the_same_pixels_in_any_batch(generator: Generator):
    """A seed noted with a painting must bring it back, whatever else the server paints at that moment."""
    x, w, z = photo(24, 40, n=3), codes(3), noise_vectors(3)
    together = generator(x, w, z)
    for i in range(3):
        alone = generator(x[i : i + 1], w[i : i + 1], z[i : i + 1])
        torch.testing.assert_close(together[i : i + 1], alone, atol=1e-5, rtol=0)


def test_other_noise_gives_another_take(generator: Generator):
    x, w = photo(24, 40), codes()
    takes = [generator(x, w, noise_vectors(seed=seed)) for seed in range(3)]
    assert (takes[0] - takes[1]).abs().mean() > 0.001
    assert (takes[1] - takes[2]).abs().mean() > 0.001


def test_other_codes_give_other_paintings(generator: Generator):
    x = photo(24, 40)
    assert (generator(x, codes(seed=1)) - generator(x, codes(seed=2))).abs().mean() > 0.01


def test_given_spatial_noise_replaces_that_of_z(generator: Generator):
    """Training draws the maps on its own; the painter must use them."""
    x, w, z = photo(24, 40), codes(), noise_vectors()
    seeded = spatial_noise(z, 24, 40, generator.config.blocks)
    assert torch.equal(generator(x, w, z, seeded), generator(x, w, z))
    other = spatial_noise(noise_vectors(seed=9), 24, 40, generator.config.blocks)
    assert not torch.equal(generator(x, w, z, other), generator(x, w, z))


def test_the_generator_keeps_to_its_budget(generator: Generator, encoder: StyleEncoder):
    """Painting time and download size were promised."""
    parameters = sum(p.numel() for network in (generator, encoder) for p in network.parameters())
    assert parameters <= 3_000_000
    assert multiply_adds(generator) <= 22_000


# Noise.


def test_spatial_noise_of_a_row_is_free_of_the_batch():
    z = noise_vectors(3)
    together = spatial_noise(z, 32, 48, blocks=2)
    alone = spatial_noise(z[1:2], 32, 48, blocks=2)
    assert [maps.shape for maps in together] == [(3, 4, 4, 6), (3, 2, 8, 12)]
    for whole, single in zip(together, alone):
        assert torch.equal(whole[1:2], single)


def test_spatial_noise_is_white():
    coarse, fine = spatial_noise(noise_vectors(2), 256, 256, blocks=4)
    for maps in (coarse, fine):
        assert maps.mean().abs() < 0.05
        assert (maps.std() - 1).abs() < 0.05
        assert not torch.equal(maps[0], maps[1])


def test_mapping_of_zero_is_zero():
    """Else the canonical rendering would be off the style's own code."""
    torch.manual_seed(0)
    mapping = MappingNetwork(64, 128)
    assert torch.equal(mapping(torch.zeros(2, 64)), torch.zeros(2, 128))
    assert mapping(noise_vectors()).abs().mean() > 0.01


# Style encoder.


def test_codes_have_unit_mean_square(encoder: StyleEncoder):
    w = encoder(photo(40, 64, n=3))
    assert w.shape == (3, 128)
    torch.testing.assert_close(w.pow(2).mean(1), torch.ones(3), rtol=1e-3, atol=0)


def test_the_code_of_an_image_is_free_of_the_batch(encoder: StyleEncoder):
    """So the mean code of several images is the mean of the codes of each."""
    images = photo(40, 64, n=3)
    alone = torch.cat([encoder(image[None]) for image in images])
    torch.testing.assert_close(encoder(images), alone, atol=1e-5, rtol=0)
    torch.testing.assert_close(encoder(images).mean(0), alone.mean(0), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 47), (32, 96)])
def test_style_images_of_any_shape_have_finite_codes(encoder: StyleEncoder, height: int, width: int):
    assert encoder(photo(height, width)).isfinite().all()
    assert encoder(torch.zeros(1, 3, height, width)).isfinite().all()


def test_other_styles_have_other_codes(encoder: StyleEncoder):
    smooth, noisy = torch.full((1, 3, 64, 64), 0.3), photo(64, 64)
    assert (encoder(smooth) - encoder(noisy)).abs().mean() > 0.01


def test_statistics_are_the_moments_of_features_on_a_pyramid(encoder: StyleEncoder):
    images = photo(64, 48)
    statistics = encoder.statistics(images)
    assert statistics.shape == (1, 1008)
    shallow = encoder.lens(images)[0]
    torch.testing.assert_close(statistics[:, :24], shallow.mean((2, 3)))
    torch.testing.assert_close(statistics[:, 24:48], shallow.std((2, 3), correction=0))
    deepest = encoder.lens(torch.nn.functional.avg_pool2d(images, 4))[2]
    torch.testing.assert_close(statistics[:, -96:], deepest.std((2, 3), correction=0))


def test_the_lens_of_the_encoder_is_not_trained(encoder: StyleEncoder):
    trained = {name.split(".")[0] for name, p in encoder.named_parameters() if p.requires_grad}
    assert trained == {"layers"}


# Discriminator.


def test_the_discriminator_judges_patches_at_two_scales():
    torch.manual_seed(0)
    maps = Discriminator()(photo(64, 96, n=2), codes(2))
    assert [m.shape for m in maps] == [(2, 1, 4, 6), (2, 1, 2, 3)]


def test_the_discriminator_knows_the_style_asked_for():
    """Else any painting would do for any style."""
    torch.manual_seed(0)
    discriminator = Discriminator().eval()
    images = photo(64, 64)
    for one, other in zip(discriminator(images, codes(seed=1)), discriminator(images, codes(seed=2))):
        assert (one - other).abs().mean() > 1e-3


def test_the_discriminator_is_spectrally_normalised():
    """Without the bound it wins and teaches nothing."""
    torch.manual_seed(0)
    discriminator = Discriminator()
    with torch.no_grad():
        for _ in range(30):  # each pass in training mode improves the estimate of the norm
            discriminator(photo(32, 32), codes())
    judge = discriminator.scales[0]
    for layer in (*judge.convs, judge.score, judge.embed):
        norm = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
        torch.testing.assert_close(norm, torch.tensor(1.0), rtol=0.05, atol=0)
