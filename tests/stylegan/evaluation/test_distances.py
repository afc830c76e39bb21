"""The measures by which generators are chosen: they must rank what is plainly better before what is plainly worse."""

import pytest
import skimage.data
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.evaluation.distances import layout, near_and_cover, patch
from stylegan.models.perceptual import Lens, load_perceptual


@pytest.fixture(scope="module")
def lens() -> Lens:
    return load_perceptual("lens")


@pytest.fixture(scope="module")
def style() -> Tensor:
    return F.avg_pool2d(torch.from_numpy(skimage.data.rocket()).permute(2, 0, 1)[None].float() / 255, 2)


@pytest.fixture(scope="module")
def photo() -> Tensor:
    return F.avg_pool2d(torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1)[None].float() / 255, 2)


def test_a_picture_is_nearest_to_itself(lens: Lens, style: Tensor, photo: Tensor):
    near, cover = near_and_cover(lens, style, style)
    assert max(near, cover) < 0.5 * min(near_and_cover(lens, photo, style))
    assert patch(style, style) == pytest.approx(0, abs=1e-5) and patch(photo, style) > 0.1
    assert layout(lens, photo, photo) == pytest.approx(0, abs=1e-5)


def test_noise_is_no_painting(lens: Lens, style: Tensor, photo: Tensor):
    """A Gram distance can be lowered by noise; this one must not."""
    noise = torch.rand(photo.shape, generator=torch.Generator().manual_seed(0))
    assert near_and_cover(lens, noise, style)[0] > near_and_cover(lens, style.flip(3), style)[0]
    assert layout(lens, noise, photo) > 2 * layout(lens, (0.8 * photo + 0.1), photo)


def test_one_texture_everywhere_is_seen_in_cover(lens: Lens, style: Tensor):
    """Each bit is the painter's, and most of what the painter does is missing: collapse."""
    corner = style[:, :, :64, :64].repeat(1, 1, 3, 5)
    assert near_and_cover(lens, corner, style)[1] > 1.1 * near_and_cover(lens, style.flip(3), style)[1]


def test_measures_give_the_same_numbers_each_time(lens: Lens, style: Tensor, photo: Tensor):
    for measure in (
        lambda: near_and_cover(lens, photo, style),
        lambda: patch(photo, style),
        lambda: layout(lens, photo.flip(3), photo),
    ):
        assert measure() == measure()


@pytest.mark.parametrize("size", [(65, 97), (64, 640)])
def test_pictures_of_any_shape_and_of_one_colour_are_measured(lens: Lens, style: Tensor, size: tuple[int, int]):
    flat, other = torch.full((1, 3, *size), 0.5), torch.rand(1, 3, *size)
    found = [*near_and_cover(lens, flat, style), patch(flat, style), layout(lens, flat, other)]
    assert torch.tensor(found).isfinite().all()
