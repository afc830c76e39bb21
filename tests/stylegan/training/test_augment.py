"""Augmentation stands between a few pictures and a discriminator that has learnt them by heart."""

import pytest
import torch
from torch import Tensor

from stylegan.training.augment import AUGMENT_PARAMS, HOLE, SHIFT, augment

SIDE = 64
STILL = (0.5,) * AUGMENT_PARAMS  # no other colour, no shift; the hole in the middle


def images(n: int = 4, side: int = SIDE) -> Tensor:
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(0))


def randoms(n: int = 4, seed: int = 1) -> Tensor:
    return torch.rand(n, AUGMENT_PARAMS, generator=torch.Generator().manual_seed(seed))


def changed(x: Tensor, **numbers: float) -> Tensor:
    """x with every random number in the middle, except for those given as r0 … r5."""
    row = [numbers.get(f"r{i}", value) for i, value in enumerate(STILL)]
    return augment(x, torch.tensor([row]).expand(len(x), -1))


def outside(side: int = SIDE) -> Tensor:
    """Where the hole in the middle is not."""
    there = torch.ones(side, side, dtype=torch.bool)
    edge = round((1 - HOLE) / 2 * side)
    there[edge : side - edge, edge : side - edge] = False
    return there


@pytest.mark.parametrize("size", [(64, 64), (160, 160), (48, 80)])
def test_shape_and_type_stay(size: tuple[int, int]):
    x = torch.rand(3, 3, *size)
    found = augment(x, randoms(3))
    assert found.shape == x.shape
    assert found.dtype == x.dtype


def test_the_same_randoms_give_the_same_change():
    """Else a resumed training would not be the unbroken one."""
    assert torch.equal(augment(images(), randoms()), augment(images(), randoms()))


def test_an_image_is_changed_by_its_own_randoms_alone():
    """Real and painted images go through in one batch or apart: both must be changed in the same way."""
    real, painted = images(), images().flip(3)
    together = augment(torch.cat([real, painted]), torch.cat([randoms(), randoms()]))
    assert torch.equal(together, torch.cat([augment(real, randoms()), augment(painted, randoms())]))
    one = images(1).expand(4, -1, -1, -1)
    assert len(augment(one, randoms()).flatten(1).unique(dim=0)) == 4
    assert torch.equal(augment(one[:2], randoms()[[2, 2]])[0], augment(one, randoms())[2])


def test_randoms_in_the_middle_change_nothing_but_the_hole():
    x = images()
    torch.testing.assert_close(changed(x)[..., outside()], x[..., outside()])


@pytest.mark.parametrize("index", range(AUGMENT_PARAMS))
def test_every_random_number_is_used(index: int):
    """One left out is a kind of change the discriminator never sees, and nobody would notice."""
    x = images()
    assert not torch.equal(changed(x, **{f"r{index}": 0.0}), changed(x, **{f"r{index}": 1.0}))


@pytest.mark.parametrize(("number", "shift"), [(0.0, -0.2), (0.75, 0.1), (1.0, 0.2)])
def test_brightness_changes_by_a_fifth_at_most(number: float, shift: float):
    x = images()
    found = (changed(x, r0=number) - x)[..., outside()]
    torch.testing.assert_close(found, torch.full_like(found, shift))


@pytest.mark.parametrize(("number", "factor"), [(0.0, 0.5), (1.0, 1.5)])
def test_saturation_changes_and_brightness_stays(number: float, factor: float):
    x = images()
    found, there = changed(x, r1=number), outside()
    torch.testing.assert_close(found.mean(1)[:, there], x.mean(1)[:, there])
    torch.testing.assert_close(found.std(1)[:, there], factor * x.std(1)[:, there])


@pytest.mark.parametrize(("number", "factor"), [(0.0, 0.75), (1.0, 1.25)])
def test_contrast_changes_around_the_mean(number: float, factor: float):
    x = images()
    mean = x.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(
        changed(x, r2=number)[..., outside()], (mean + factor * (x - mean))[..., outside()], atol=1e-5, rtol=0
    )


@pytest.mark.parametrize(("number", "pixels"), [(0.0, SIDE * SHIFT), (0.5, 0), (1.0, -SIDE * SHIFT)])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_picture_moves_by_an_eighth_at_most(axis: int, number: float, pixels: float):
    """By whole pixels, so that strokes stay sharp; further would be a picture of its border."""
    ramp = torch.arange(SIDE).float().expand(1, 3, SIDE, SIDE) / SIDE
    ramp = ramp.transpose(2, 3) if axis == 0 else ramp
    found = changed(ramp, **{f"r{3 + axis}": number})
    line = found[0, 0, :, 20] if axis == 0 else found[0, 0, 20]  # none of these randoms puts the hole on it
    expected = (torch.arange(SIDE) - pixels).clamp(0, SIDE - 1) / SIDE
    torch.testing.assert_close(line, expected, atol=1e-5, rtol=0)


def test_a_square_of_a_quarter_of_the_side_is_blanked():
    for seed in range(20):
        found = augment(torch.zeros(4, 3, SIDE, SIDE), torch.cat([torch.zeros(4, 3), randoms(4, seed)[:, 3:]], 1))
        hole = found == 0.5
        assert hole.sum((2, 3)).tolist() == [[(SIDE * HOLE) ** 2] * 3] * 4
        for image in hole[:, 0]:
            rows, columns = image.nonzero().T
            assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == SIDE * HOLE


def test_hole_and_shift_are_drawn_apart():
    """Tied to the shift, a hole would tell the discriminator where the picture was before."""
    x, drawn = torch.zeros(500, 3, SIDE, SIDE), randoms(500)
    drawn[:, :3] = 0
    ramp = torch.arange(SIDE).float() / SIDE
    corners = [(hole.nonzero()[0] / SIDE).tolist() for hole in augment(x, drawn)[:, 0] == 0.5]
    tops, lefts = torch.tensor(corners).T
    down = augment(ramp[:, None].expand(500, 3, SIDE, SIDE), drawn)[:, 0].median(2).values.mean(1)
    across = augment(ramp.expand(500, 3, SIDE, SIDE), drawn)[:, 0].median(1).values.mean(1)
    for corner in (tops, lefts):
        for shift in (down, across):
            assert abs(torch.corrcoef(torch.stack([corner, shift]))[0, 1]) < 0.2


def test_the_gradient_reaches_every_pixel_that_is_seen():
    """It teaches the generator through these changes; where it is cut off, the generator learns nothing."""
    x = images(1).requires_grad_()
    changed(x).sum().backward()
    assert (x.grad[..., outside()] > 0.5).all()
    for seed in range(5):
        x = images().requires_grad_()
        augment(x, randoms(4, seed)).pow(2).sum().backward()
        assert x.grad.isfinite().all()
        assert (x.grad.flatten(1).abs().sum(1) > 0).all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_ends_of_the_range_are_safe(value: float):
    """torch.rand gives 0 now and then; an index beyond the border would end an hour's training."""
    found = augment(images(), torch.full((4, AUGMENT_PARAMS), value))
    assert found.shape == (4, 3, SIDE, SIDE)
    assert found.isfinite().all()
