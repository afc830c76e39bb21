"""A step sees a part of a style's memory: it must be a part of that style, at every scale."""

import pytest
import torch

from stylegan.training.data import ImageTensors, load_uint8
from stylegan.training.style_dataset import StyleDataset
from tests.support.pictures import synthetic_picture
from tests.support.training import make_generator

EXACT = "donot_use_mm_for_euclid_dist"


@pytest.fixture(scope="module")
def images() -> ImageTensors:
    return ImageTensors([load_uint8(synthetic_picture(140, 128, seed, detail=25), 128) for seed in range(2)])


@pytest.fixture(scope="module")
def styles(images: ImageTensors) -> StyleDataset:
    return StyleDataset.of_paintings(images, make_generator(images), 300)


def test_every_picture_is_a_style_and_no_more_rows_are_kept_than_asked_for(styles: StyleDataset):
    assert [style.pictures for style in styles.styles] == [(0,), (1,)]
    assert [len(level.rows) for level in styles.styles[0].memory.levels] == [300, 256, 64, 16]
    assert styles.styles[0].memory.levels[0].rows.dtype == torch.float16


@pytest.mark.parametrize("level", range(4))
def test_drawn_rows_are_rows_of_the_style_with_their_keys(styles: StyleDataset, level: int):
    whole, drawn = styles.memory(1).levels[level], styles.level(1, level, 40, seed=5)
    assert len(drawn.rows) == min(40, len(whole.rows))
    nearest = torch.cdist(drawn.rows, whole.rows, compute_mode=EXACT).min(1)
    assert nearest.values.max() < 1e-3
    torch.testing.assert_close(drawn.keys, whole.keys[nearest.indices])
    torch.testing.assert_close(drawn.shares.sum(), torch.tensor(1.0))


def test_the_seed_decides_what_is_drawn(styles: StyleDataset):
    one, same, other = (styles.level(0, 0, 40, seed).rows for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_half_floats_lose_next_to_nothing(images: ImageTensors, styles: StyleDataset):
    exact = make_generator(images).remember([images.images[0][None].float() / 255], 300)
    torch.testing.assert_close(styles.memory(0).levels[0].rows, exact.levels[0].rows, atol=5e-3, rtol=2e-3)


def test_several_pictures_may_be_of_one_style(images: ImageTensors):
    generator = make_generator(images)
    memory = generator.remember([image[None].float() / 255 for image in images.images])
    styles = StyleDataset.of_one(images, memory)
    assert len(styles) == 1 and styles.styles[0].pictures == (0, 1)


def test_the_discriminator_is_told_a_style_in_the_decoders_scale(styles: StyleDataset):
    level = styles.styles[0].memory.levels[1]
    told = styles.condition(0, 1, level.mean, level.spread)
    assert told.shape == (336,) and told.abs().max() < 1e-6
