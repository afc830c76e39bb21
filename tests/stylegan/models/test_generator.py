"""What the generator promises whatever its weights: any size, any style, the same pixels for the same seed."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from stylegan.models.decoder import Discriminator
from stylegan.models.features import CHANNELS
from stylegan.models.generator import FIDELITY, Generator, fidelity, pad, with_faces
from stylegan.models.style_memory import StyleMemory
from stylegan.pipeline import StyleTransfer
from tests.support.pictures import picture


def row_of(memory: StyleMemory) -> StyleMemory:
    """The same style, of which one row at each level is left."""
    levels = [replace(m, rows=m.rows[:1], keys=m.keys[:1], shares=torch.ones(1)) for m in memory.levels]
    return replace(memory, levels=tuple(levels))


def assert_painting(painting: Tensor, height: int, width: int) -> None:
    assert painting.shape == (1, 3, height, width)
    assert painting.isfinite().all() and painting.min() >= 0 and painting.max() <= 1


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 33), (31, 23), (64, 64), (65, 127), (16, 160), (161, 16)])
@pytest.mark.parametrize("seed", [0, 3])
def test_a_painting_has_the_size_of_its_photo(
    small: Generator, memory: StyleMemory, height: int, width: int, seed: int
):
    assert_painting(small(picture(width, height, seed=1), memory, seed=seed), height, width)


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_a_photo_of_one_colour_can_be_painted(small: Generator, memory: StyleMemory, shade: float):
    """Its features do not vary, and are divided by how much they do."""
    assert_painting(small(torch.full((1, 3, 48, 80), shade), memory), 48, 80)


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_a_picture_of_one_colour_is_a_style(small: Generator, shade: float):
    flat = small.remember([torch.full((1, 3, 128, 128), shade)])
    assert_painting(small(picture(80, 48, seed=1), flat), 48, 80)


def test_a_memory_of_one_row_paints(small: Generator, memory: StyleMemory):
    assert_painting(small(picture(80, 48, seed=1), row_of(memory), seed=2), 48, 80)
    assert_painting(small(picture(80, 48, seed=1), small.remember([picture(96, 96, seed=4)], max_rows=1)), 48, 80)


def test_a_style_of_two_identical_pictures_paints_like_the_one(shipped_transfer: StyleTransfer):
    generator = shipped_transfer.checkpoint.generator
    once, twice = (generator.remember([picture(128, 128, seed=2)] * count) for count in (1, 2))
    photo = picture(96, 64, seed=1)
    assert (generator(photo, once) - generator(photo, twice)).abs().mean() < 0.01


def test_the_same_seed_gives_the_same_pixels(small: Generator, memory: StyleMemory):
    photo = picture(96, 64, seed=1)
    takes = [small(photo, memory, seed=seed) for seed in (0, 0, 7, 7, 8)]
    assert torch.equal(takes[0], takes[1]) and torch.equal(takes[2], takes[3])
    assert not torch.equal(takes[0], takes[2]) and not torch.equal(takes[2], takes[4])


def test_reading_a_style_is_free_of_what_was_read_before(small: Generator, memory: StyleMemory):
    small.remember([picture(128, 128, seed=99)])
    again = small.remember([picture(192, 128, seed=7)])
    assert all(torch.equal(a.rows, b.rows) for a, b in zip(memory.levels, again.levels))


@pytest.mark.parametrize("level", range(len(FIDELITY)))
def test_fidelity_grows_as_strength_falls(level: int):
    kept = [fidelity(level, strength) for strength in (1, 0.7, 0.3, 0)]
    assert kept[0] == pytest.approx(FIDELITY[level]) and kept[-1] == 1 and kept == sorted(kept)


def test_faces_are_kept_more_closely_and_nothing_else_is():
    faces = torch.zeros(1, 1, 32, 32)
    faces[..., :16] = 1
    kept = with_faces(0.5, faces, torch.zeros(1, 3, 16, 16))
    assert kept.max() <= 1 and (kept[..., :8] > kept[..., 8:]).all()
    assert kept[..., 8:].unique().item() == pytest.approx(0.5)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (64, 64), (65, 300)])
def test_padding_keeps_the_photo_and_repeats_its_border(height: int, width: int):
    photo = picture(width, height, seed=0)
    padded = pad(photo)
    assert not any(side % 32 or side < 64 for side in padded.shape[2:])
    assert torch.equal(padded[:, :, :height, :width], photo)
    below = padded[:, :, height - 1 :, :width]
    assert torch.equal(below, below[:, :, :1].expand_as(below))


def test_the_lens_is_not_trained(small: Generator):
    """Were it trained along, the losses could be lowered by making it blind."""
    trained = {name.split(".")[0] for name, p in Generator(lens=small.lens).named_parameters() if p.requires_grad}
    assert trained == {"decoder"}


def test_the_generator_keeps_to_its_budget():
    """Painting time and the size of the download were promised."""
    generator = Generator()
    assert sum(p.numel() for p in generator.decoder.parameters()) <= 1_000_000


# Discriminator.


@pytest.fixture(scope="module")
def discriminator() -> Discriminator:
    torch.manual_seed(0)
    return Discriminator()


def test_the_discriminator_judges_patches(discriminator: Discriminator):
    assert discriminator(picture(96, 64, seed=0), torch.randn(1, 2 * CHANNELS)).shape[2:] >= (4, 8)


def test_the_discriminator_knows_the_style_asked_for(discriminator: Discriminator):
    """Else any painting would do for any style."""
    image = picture(64, 64, seed=0)
    one, other = (discriminator.eval()(image, seed * torch.ones(1, 2 * CHANNELS)) for seed in (1, -1))
    assert (one - other).abs().mean() > 1e-3


def test_the_discriminator_is_spectrally_normalised(discriminator: Discriminator):
    """Without the bound it wins and teaches nothing."""
    discriminator.train()
    with torch.no_grad():
        for _ in range(30):  # each pass in training mode improves the estimate of the norm
            discriminator(picture(64, 64, seed=0), torch.randn(1, 2 * CHANNELS))
    for layer in (*discriminator.convs, discriminator.score, discriminator.embed):
        norm = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
        torch.testing.assert_close(norm, torch.tensor(1.0), rtol=0.1, atol=0)
