"""The match decides what is painted where: it must never collapse, never waver, and keep to what was asked for."""

import pytest
import skimage.data
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from stylegan import StyleTransfer
from stylegan.images import to_tensor
from stylegan.models import match as module
from stylegan.models.generator import BALANCE
from stylegan.models.key_encoder import COORDINATES, KEY_DIM
from stylegan.models.match import TEMPERATURE, handicaps, match
from stylegan.models.style_memory import MemoryLevel, blend

HEIGHT, WIDTH = 24, 40


def level_of(keys: Tensor, shares: Tensor | None = None) -> MemoryLevel:
    """A level with these keys; its rows are their numbers."""
    count = len(keys)
    shares = torch.full((count,), 1 / count) if shares is None else shares
    rows = torch.arange(count).float()[:, None].expand(count, 168)
    zeros, ones = torch.zeros(168), torch.ones(168)
    return MemoryLevel(rows, F.normalize(keys, dim=1), zeros, ones, zeros[:COORDINATES], ones[:COORDINATES], shares)


def random_unit(count: int, seed: int) -> Tensor:
    return F.normalize(torch.randn(count, KEY_DIM, generator=torch.Generator().manual_seed(seed)), dim=1)


@pytest.fixture(scope="module")
def level() -> MemoryLevel:
    return level_of(random_unit(50, 0))


@pytest.fixture(scope="module")
def queries() -> Tensor:
    return random_unit(HEIGHT * WIDTH, 1)


@pytest.fixture(scope="module")
def sky() -> tuple[Tensor, MemoryLevel]:
    """Places that hardly differ, and a style with one row that is more typical of them than the other thirty."""
    typical = random_unit(1, 2)
    places = F.normalize(typical + 0.02 * random_unit(HEIGHT * WIDTH, 3) * KEY_DIM**0.5, dim=1)
    return places, level_of(torch.cat([typical, typical + 0.5 * random_unit(30, 4)]))


def test_without_balance_and_noise_each_place_gets_the_most_similar_row(queries: Tensor, level: MemoryLevel):
    chosen = match(queries, level, HEIGHT, WIDTH, seed=0, balance=0)
    assert torch.equal(chosen, (queries @ level.keys.T).argmax(1))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 97), (4, 40), (31, 3)])
@pytest.mark.parametrize("seed", [0, 5])
def test_any_shape_of_canvas_finds_a_row_for_every_place(level: MemoryLevel, height: int, width: int, seed: int):
    """A panorama ten times as wide as high, too."""
    chosen = match(random_unit(height * width, 6), level, height, width, seed, BALANCE)
    assert chosen.shape == (height * width,) and chosen.min() >= 0 and chosen.max() < len(level.keys)


@pytest.mark.parametrize("seed", [0, 5])
def test_a_memory_of_one_row_paints_it_everywhere(queries: Tensor, seed: int):
    assert not match(queries, level_of(random_unit(1, 0)), HEIGHT, WIDTH, seed, BALANCE).any()


@pytest.mark.parametrize("seed", [0, 5])
def test_the_search_in_parts_finds_what_the_whole_finds(
    queries: Tensor, level: MemoryLevel, seed: int, monkeypatch: pytest.MonkeyPatch
):
    """Else a seam would run through large paintings, which are searched in parts to save memory."""
    whole = match(queries, level, HEIGHT, WIDTH, seed, BALANCE)
    monkeypatch.setattr(module, "CHUNK", 71)
    assert torch.equal(match(queries, level, HEIGHT, WIDTH, seed, BALANCE), whole)


def test_the_same_seed_finds_the_same(queries: Tensor, level: MemoryLevel):
    takes = [match(queries, level, HEIGHT, WIDTH, seed, BALANCE) for seed in (0, 0, 3, 3, 4)]
    assert torch.equal(takes[0], takes[1]) and torch.equal(takes[2], takes[3])
    assert all((a != b).float().mean() > 0.02 for a, b in [(takes[0], takes[2]), (takes[2], takes[4])])


def test_without_balance_a_flat_sky_collapses_to_one_row(sky: tuple[Tensor, MemoryLevel]):
    """The fault that balance is there for: without this, the test below would show nothing."""
    places, level = sky
    assert match(places, level, HEIGHT, WIDTH, 0, balance=0).unique().numel() == 1


def test_with_balance_a_flat_sky_is_painted_with_much_of_what_the_style_has(sky: tuple[Tensor, MemoryLevel]):
    places, level = sky
    used = match(places, level, HEIGHT, WIDTH, 0, BALANCE).bincount(minlength=31) / len(places)
    assert (used > 0).sum() >= 20 and used.max() < 0.25


def test_balance_brings_usage_near_the_shares(sky: tuple[Tensor, MemoryLevel]):
    places, level = sky
    shares = torch.linspace(1, 4, 31)
    level = level_of(level.keys, shares / shares.sum())
    usage = ((places @ level.keys.T + handicaps(places, level, BALANCE)) / TEMPERATURE).softmax(1).mean(0)
    before = ((places @ level.keys.T) / TEMPERATURE).softmax(1).mean(0)
    assert (usage - level.shares).abs().sum() < 0.1 * (before - level.shares).abs().sum()


@pytest.mark.parametrize("count", [1, 127, 128, 129, 300])
def test_every_row_can_be_found_whatever_their_number(count: int):
    """Rows are searched in whole groups; what fills the last one up must never be painted."""
    keys = random_unit(count, 9)
    level = level_of(torch.cat([keys, -keys[:1]]))
    chosen = match(torch.cat([keys, -keys]), level, 2, count, seed=0, balance=0)
    assert torch.equal(chosen[:count], torch.arange(count)) and chosen[count] == count
    assert chosen.max() <= count


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_blend_is_painted_in_the_shares_asked_for(shipped_transfer: StyleTransfer, share: float):
    """Else the slider would say one thing and the painting another. On two photos: each fits one style better."""
    generator = shipped_transfer.checkpoint.generator
    wave, night = (shipped_transfer.style_memory(name) for name in ("great_wave", "starry_night"))
    memory = blend([(share, wave), (1 - share, night)])
    mixed = memory.levels[0]
    own = {tuple(row) for row in wave.levels[0].rows.tolist()}
    used = []
    for photo in (skimage.data.astronaut(), skimage.data.coffee()):
        guide = generator.guide(to_tensor(Image.fromarray(photo).resize((256, 256))), memory)
        used += [tuple(row) in own for row in mixed.rows[generator.find(guide, mixed).flatten()].tolist()]
    assert sum(used) / len(used) == pytest.approx(share, abs=0.1)
