"""Colour, light and contrast: a photo takes those of the style, and no photo breaks on the way."""

import pytest
import skimage.data
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.color import (
    GAIN_RANGE,
    OCTAVES,
    QUANTILES,
    by_rank,
    color_statistics,
    contrast_quantiles,
    luma,
    quantiles,
    recolor,
    remap_contrast,
)
from tests.support.pictures import picture


@pytest.fixture(scope="module")
def photo() -> Tensor:
    pixels = torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1)[None].float() / 255
    return F.avg_pool2d(pixels, 2)


def statistics(image: Tensor) -> tuple[Tensor, Tensor]:
    return color_statistics(image[0].flatten(1))


def detail(image: Tensor) -> float:
    return (image - F.avg_pool2d(image, 5, 1, 2, count_include_pad=False)).abs().mean().item()


def test_quantiles_of_any_number_of_values_rise():
    for count in (1, 2, 63, 100_000, 300_000):
        found = quantiles(torch.rand(count, generator=torch.Generator().manual_seed(count)))
        assert found.shape == (QUANTILES,) and (found.diff() >= 0).all()


def test_by_rank_keeps_the_order(photo: Tensor):
    """What is lighter in the photo must not become darker."""
    goal = torch.linspace(0.2, 0.7, QUANTILES) ** 2
    values = photo.flatten()[:5000]
    mapped = by_rank(values, goal)[values.argsort()]
    assert (mapped.diff() >= -1e-6).all()
    assert goal[0] <= mapped.min() and mapped.max() <= goal[-1]


def test_by_rank_gives_the_distribution_asked_for(photo: Tensor):
    goal = torch.linspace(0.2, 0.7, QUANTILES)
    assert (quantiles(by_rank(luma(photo), goal).flatten()) - goal).abs().mean() < 0.01


def test_recolor_moves_mean_and_covariance_to_those_of_the_style(photo: Tensor):
    """In a narrow range, where nothing is cut off at black and white."""
    mean, covariance = statistics(0.3 + 0.3 * picture(96, 96, seed=1))
    found_mean, found = statistics(recolor(photo, mean, covariance))
    torch.testing.assert_close(found_mean, mean, atol=0.01, rtol=0)
    torch.testing.assert_close(found, covariance, atol=0.001, rtol=0.1)


def test_a_photo_in_its_own_colours_stays_as_it_is(photo: Tensor):
    assert (recolor(photo, *statistics(photo)) - photo).abs().mean() < 0.01


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_a_photo_of_one_colour_takes_the_mean_of_the_style(shade: float):
    """Its covariance is nothing in any direction, and nothing may be divided by it."""
    mean, covariance = statistics(picture(96, 96, seed=1))
    painted = recolor(torch.full((1, 3, 64, 64), shade), mean, covariance)
    torch.testing.assert_close(painted.mean((0, 2, 3)), mean, atol=0.05, rtol=0)
    assert painted.isfinite().all()


def test_a_grey_photo_and_a_grey_style_are_finite(photo: Tensor):
    gray = luma(photo).expand(-1, 3, -1, -1)
    for image, style in ((gray, photo), (photo, gray), (gray, torch.full_like(gray, 0.5))):
        painted = recolor(image, *statistics(style))
        assert painted.isfinite().all() and painted.min() >= 0 and painted.max() <= 1


def test_a_flat_style_flattens_the_photo(photo: Tensor):
    """Prints of clean line and flat shape would otherwise be painted as crumpled relief."""
    flat = F.interpolate(picture(8, 8, seed=2), size=(256, 256), mode="nearest")
    flattened = remap_contrast(photo, contrast_quantiles(flat))
    assert detail(flattened) < 0.6 * detail(photo)


def test_a_busy_style_strengthens_the_photo(photo: Tensor):
    busy = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    assert detail(remap_contrast(photo, contrast_quantiles(busy))) > 1.2 * detail(photo)


def test_contrast_is_kept_where_faces_are(photo: Tensor):
    flat = contrast_quantiles(F.interpolate(picture(8, 8, seed=2), size=(256, 256), mode="nearest"))
    floor = torch.zeros(1, 1, 256, 256)
    floor[..., 20:100, 80:160] = 1
    with_face, without = remap_contrast(photo, flat, floor), remap_contrast(photo, flat)
    assert detail(with_face[..., 30:90, 90:150]) >= detail(without[..., 30:90, 90:150])
    assert (with_face - without)[..., 180:, :].abs().mean() < 0.01


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("size", [(64, 64), (64, 640)])
def test_contrast_of_a_flat_photo_is_finite(shade: float, size: tuple[int, int]):
    goal = contrast_quantiles(picture(128, 128, seed=1))
    assert goal.shape == (OCTAVES, QUANTILES)
    changed = remap_contrast(torch.full((1, 3, *size), shade), goal)
    assert changed.isfinite().all() and (changed - shade).abs().max() < 0.05


def test_contrast_is_never_multiplied_without_end(photo: Tensor):
    """Else noise in a dark corner would become a pattern."""
    strong = torch.full((OCTAVES, QUANTILES), 10.0)
    faint = 0.5 + 0.002 * (photo - 0.5)
    assert detail(remap_contrast(faint, strong)) < 1.1 * GAIN_RANGE[1] * detail(faint)
