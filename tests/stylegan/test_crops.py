"""Crops of photos: a resumed training must see what it would have seen, and the loss what it is told it sees."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from stylegan.crops import PhotoCrops
from stylegan.data import ImageSet

Make = Callable[..., PhotoCrops]


@pytest.fixture
def make(photos: Path) -> Make:
    images = ImageSet.from_folder(photos, 80)
    return lambda **options: PhotoCrops(images, 32, seed=0, **options)


def colors(photo: int) -> torch.Tensor:
    return torch.rand(3, generator=torch.Generator().manual_seed(photo))


@pytest.fixture
def plain() -> Make:
    """Photos of one colour each: a crop tells which one it is from."""
    images = ImageSet([(255 * colors(i)).to(torch.uint8)[:, None, None].expand(3, 80, 80) for i in range(40)])
    return lambda **options: PhotoCrops(images, 32, seed=0, **options)


@pytest.mark.parametrize("fixed", [0, 8])
@pytest.mark.parametrize("one_photo", [False, True])
def test_crops_come_in_groups_with_two_alike(make: Make, fixed: int, one_photo: bool):
    crops, _ = make(fixed=fixed, one_photo=one_photo).draw(random.Random(1), 8)
    assert crops.shape == (8, 3, 32, 32) and 0 <= crops.min() < crops.max() <= 1
    for group in crops.split(4):
        assert torch.equal(group[2], group[3])
        assert len(group.unique(dim=0)) == 3


@pytest.mark.parametrize("fixed", [0, 80])
def test_the_crops_of_a_group_come_from_one_photo_if_wanted(plain: Make, fixed: int):
    for one_photo in (False, True):
        crops, _ = plain(fixed=fixed, one_photo=one_photo).draw(random.Random(1), 4)
        assert (len(crops.mean((2, 3)).mul(255).round().unique(dim=0)) == 1) == one_photo


def test_a_fixed_crop_is_the_same_whenever_it_is_cut(make: Make):
    """What was seen in it is remembered by its number."""
    first, again = make(fixed=8), make(fixed=8)
    again.draw(random.Random(7), 4)
    crops, numbers = first.draw(random.Random(1), 8)
    same, same_numbers = again.draw(random.Random(1), 8)
    assert numbers == same_numbers and torch.equal(crops, same)
    seen = dict(zip(numbers, crops))
    for step in range(20):
        crops, numbers = first.draw(random.Random(step), 8)
        for number, crop in zip(numbers, crops):
            assert 0 <= number < 8 and torch.equal(seen.setdefault(number, crop), crop)
    assert len(seen) == 8


def test_crops_without_end_have_no_numbers(make: Make):
    crops = make()
    drawn = [crops.draw(random.Random(step), 4) for step in range(2)]
    assert drawn[0][1] is None and not torch.equal(drawn[0][0], drawn[1][0])
