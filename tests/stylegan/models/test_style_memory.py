"""A style memory is all that is known of a style: it must come back from a file, and no file may fool the painter."""

import pytest
import torch
from torch import Tensor

from stylegan.formats.checkpoint import SHIPPED
from stylegan.formats.style_pack import SUFFIX
from stylegan.models.generator import Generator
from stylegan.models.style_memory import LEVELS, MAX_ROWS, SPREAD_FLOOR, StyleMemory, blend, pack_memory, unpack_memory
from tests.support.pictures import picture

ROWS, KEYS, SHARES = "level 0 rows", "level 0 keys", "level 0 shares"


def tensors_of(memory: StyleMemory) -> dict[str, Tensor]:
    """Every tensor of a memory by name."""
    found = {name: value for name, value in vars(memory).items() if name != "levels"}
    for i, level in enumerate(memory.levels):
        found |= {f"level {i} {name}": value for name, value in vars(level).items()}
    return found


def test_a_memory_comes_back_from_a_pack_as_it_was(memory: StyleMemory):
    back = unpack_memory(pack_memory(memory))
    for name, tensor in tensors_of(memory).items():
        found = tensors_of(back)[name]
        assert found.shape == tensor.shape, name
        if name.endswith("rows"):
            spread = tensors_of(memory)[name.replace("rows", "spread")]
            assert ((found - tensor) / spread).abs().mean() < 0.03, name
        else:
            torch.testing.assert_close(found, tensor, rtol=2e-3, atol=6e-3, msg=name)


def test_a_memory_from_a_pack_can_be_packed_again_without_loss(memory: StyleMemory):
    """Renaming a style must not wear it out."""
    once = unpack_memory(pack_memory(memory))
    twice = unpack_memory(pack_memory(once))
    for name, tensor in tensors_of(once).items():
        torch.testing.assert_close(tensors_of(twice)[name], tensor, rtol=2e-3, atol=2e-2, msg=name)


def test_keys_have_unit_length_and_shares_add_up(memory: StyleMemory):
    for level in (*memory.levels, *unpack_memory(pack_memory(memory)).levels):
        torch.testing.assert_close(level.keys.norm(dim=1), torch.ones(len(level.keys)))
        assert level.shares.sum().item() == pytest.approx(1, abs=1e-3)
        assert len(level.rows) == len(level.keys) == len(level.shares) <= MAX_ROWS


def test_reading_a_picture_twice_gives_the_same_memory(small: Generator):
    first, second = (small.remember([picture(320, 256, seed=2)], max_rows=100) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(tensors_of(first).values(), tensors_of(second).values()))


@pytest.mark.parametrize("count", [1, 2, 20])
def test_several_pictures_have_even_shares(small: Generator, count: int):
    """One large picture among twenty must not drown the others."""
    pictures = [picture(64 * (1 + i % 3), 64, seed=i) for i in range(count)]
    memory = small.remember(pictures)
    for i, level in enumerate(memory.levels):
        assert level.shares.sum().item() == pytest.approx(1, abs=1e-4)
        cells = [min(MAX_ROWS // count, p.shape[2] * p.shape[3] >> 4 + 2 * i) for p in pictures]
        assert len(level.rows) == sum(cells)
        for part in level.shares.split(cells):
            assert part.sum().item() == pytest.approx(1 / count, abs=1e-4)


def test_twenty_pictures_still_fit_a_pack(small: Generator):
    memory = small.remember([picture(192, 192, seed=i) for i in range(20)])
    assert max(len(level.rows) for level in memory.levels) <= MAX_ROWS
    assert sum(t.numel() * t.element_size() for t in pack_memory(memory).values()) < 1_900_000


def test_two_identical_pictures_are_the_style_of_one(small: Generator):
    once, twice = small.remember([picture(128, 128, seed=2)]), small.remember([picture(128, 128, seed=2)] * 2)
    torch.testing.assert_close(once.color_mean, twice.color_mean, atol=0.02, rtol=0)
    for a, b in zip(once.levels, twice.levels):
        torch.testing.assert_close(a.mean, b.mean, atol=1e-4, rtol=1e-4)
        assert len(b.rows) == 2 * len(a.rows)


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_a_picture_of_one_colour_has_a_finite_memory(small: Generator, shade: float):
    memory = small.remember([torch.full((1, 3, 128, 128), shade)])
    assert all(tensor.isfinite().all() for tensor in tensors_of(memory).values())
    assert all((level.spread >= SPREAD_FLOOR).all() for level in memory.levels)
    unpack_memory(pack_memory(memory))


def test_a_blend_of_one_style_is_that_style(memory: StyleMemory, other_memory: StyleMemory):
    assert blend([(1.0, memory), (0.0, other_memory)]) is memory


def test_a_blend_holds_the_rows_of_both_in_their_shares(memory: StyleMemory, other_memory: StyleMemory):
    for mixed, a, b in zip(blend([(0.3, memory), (0.7, other_memory)]).levels, memory.levels, other_memory.levels):
        known = {tuple(row) for row in a.rows.tolist()}
        own = torch.tensor([tuple(row) in known for row in mixed.rows.tolist()])
        assert own.float().mean().item() == pytest.approx(0.3, abs=0.03)
        assert mixed.shares[own].sum().item() == pytest.approx(0.3, abs=1e-4)
        assert {tuple(row) for row in mixed.rows[~own].tolist()} <= {tuple(row) for row in b.rows.tolist()}
        assert len(mixed.rows) <= MAX_ROWS


# Hostile packs.


def changed(memory: StyleMemory, name: str, value: Tensor | None) -> dict[str, Tensor]:
    tensors = pack_memory(memory) | ({} if value is None else {name: value})
    if value is None:
        del tensors[name]
    return tensors


def like(memory: StyleMemory, name: str) -> Tensor:
    return pack_memory(memory)[name].clone()


HOSTILE = {
    "rows of floats": (ROWS, lambda t: t.float()),
    "rows of words": (ROWS, lambda t: t.to(torch.int16)),
    "keys without a sign": (KEYS, lambda t: t.abs().to(torch.uint8)),
    "shares in half precision": (SHARES, lambda t: t.half()),
    "mean in single precision": ("level 2 mean", lambda t: t.float()),
    "rows of another width": (ROWS, lambda t: t[:, :-1]),
    "rows of three dimensions": (ROWS, lambda t: t[:, :, None]),
    "rows without a shape": (ROWS, lambda t: t[0, 0]),
    "keys of another width": (KEYS, lambda t: t[:, :95]),
    "fewer keys than rows": (KEYS, lambda t: t[:-1]),
    "fewer shares than rows": (SHARES, lambda t: t[:-1] / t[:-1].sum()),
    "no rows": (ROWS, lambda t: t[:0]),
    "too many rows": (ROWS, lambda t: t[:1].expand(MAX_ROWS + 1, -1)),
    "NaN among the shares": (SHARES, lambda t: torch.full_like(t, torch.nan)),
    "a share below zero": (SHARES, lambda t: torch.cat([-t[:1], t[1:]])),
    "a share of nothing": (SHARES, lambda t: torch.cat([0 * t[:1], t[1:]])),
    "shares that add up to two": (SHARES, lambda t: 2 * t),
    "NaN in the mean": ("level 3 mean", lambda t: torch.full_like(t, torch.nan)),
    "infinite luma": ("luma", lambda t: torch.full_like(t, torch.inf)),
    "huge contrast": ("contrast", lambda t: torch.full_like(t, 2000)),
    "spread of nothing": ("level 1 spread", lambda t: 0 * t),
    "spread below zero": ("level 1 spread", lambda t: -t),
    "luma of another length": ("luma", lambda t: t[:-1]),
    "covariance of another shape": ("color_covariance", lambda t: t[:2, :2]),
    "rows missing": (ROWS, None),
    "colours missing": ("color_mean", None),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_not_as_we_write_it_is_refused(memory: StyleMemory, case: str):
    """Else it would crash the painter, or paint black, for whoever was sent the pack."""
    name, spoil = HOSTILE[case]
    with pytest.raises((ValueError, KeyError, TypeError)):
        unpack_memory(changed(memory, name, spoil and spoil(like(memory, name))))


def test_what_is_unknown_is_left_to_the_reader_of_the_pack(memory: StyleMemory):
    tensors = pack_memory(memory) | {"payload": torch.zeros(1)}
    unpack_memory(tensors)
    assert tensors.keys() == {"payload"}


def test_a_memory_moves_to_a_device_whole(memory: StyleMemory):
    moved = memory.to(torch.device("meta"))
    assert {tensor.device.type for tensor in tensors_of(moved).values()} == {"meta"}
    shapes = [{name: tensor.shape for name, tensor in tensors_of(each).items()} for each in (moved, memory)]
    assert shapes[0] == shapes[1] and len(moved.levels) == LEVELS


def test_the_packs_of_built_in_styles_are_small():
    """All of them are downloaded before the app paints."""
    sizes = {path.name: path.stat().st_size for path in (SHIPPED / "styles").glob(f"*{SUFFIX}")}
    assert sizes and max(sizes.values()) <= 1_700_000, sizes
