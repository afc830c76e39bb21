"""Light and drawing: the subject is known again in a painting, and the rest stays as it was painted."""

import pytest
import skimage.data
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.color import QUANTILES, by_rank, luma
from stylegan.models.drawing import light_of, match_tone, restore_drawing
from tests.support.pictures import picture

EVEN = torch.linspace(0.1, 0.9, QUANTILES)


@pytest.fixture(scope="module")
def photo() -> Tensor:
    pixels = torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1)[None].float() / 255
    return F.avg_pool2d(pixels, 2)


def test_light_has_the_styles_distribution_and_keeps_the_order(photo: Tensor):
    """What is lighter in the photo must not become darker in the painting."""
    light = light_of(photo, EVEN)
    assert (light.wanted - by_rank(luma(photo), EVEN)).abs().mean() < 0.01
    ordered = light.wanted.flatten()[light.photo.flatten().argsort()]
    assert (ordered.diff() >= -1e-6).all()


def test_a_white_ground_stays_light():
    """Else products on white, drawings and scans come out on grey."""
    page = torch.ones(1, 3, 128, 128)
    page[:, :, 40:60, 40:60] = 0.2
    assert light_of(page, EVEN).wanted[0, 0, 0, 0] > 0.45


def test_tone_moves_the_light_of_areas_towards_the_photo(photo: Tensor):
    """Matching forgets light and shade: without it faces drown in dark styles."""
    painting, light = picture(256, 256, seed=4, detail=40), light_of(photo, EVEN)

    def apart(image: Tensor) -> float:
        return F.avg_pool2d(luma(image) - light.wanted, 16).abs().mean().item()

    steps = [apart(match_tone(painting, light, amount)) for amount in (0, 0.25, 0.5, 1)]
    assert steps == sorted(steps, reverse=True) and steps[2] < 0.65 * steps[0]


def test_tone_leaves_strokes_alone(photo: Tensor):
    painting = 0.3 + 0.4 * picture(256, 256, seed=4, detail=120)
    toned = match_tone(painting, light_of(photo, torch.linspace(0.3, 0.7, QUANTILES)), 0.5)
    fine = [image - F.avg_pool2d(image, 3, 1, 1, count_include_pad=False) for image in (painting, toned)]
    assert (fine[0] - fine[1]).abs().mean() < 0.1 * fine[0].abs().mean()


def eyes_on_a_face() -> Tensor:
    face = torch.full((1, 3, 128, 128), 0.7)
    for left in (40, 80):
        face[:, :, 56:64, left : left + 8] = 0.1
    return face


def test_lost_eyes_are_drawn_again():
    """A style of pale flat areas has nothing like an eye; a face without eyes is what viewers never forgive."""
    face = eyes_on_a_face()
    blank = torch.full_like(face, 0.6)
    drawn = restore_drawing(blank, light_of(face, EVEN), 4, 1.0, None)
    contrast = drawn[0, 0, 60, 20] - drawn[0, 0, 56:64, 40:48].mean()
    assert contrast > 0.15
    assert (drawn - blank)[:, :, 100:, :].abs().max() < 0.02


def test_what_is_there_already_is_not_drawn_twice():
    """Else contours come out as hard as in a photocopy."""
    face = eyes_on_a_face()
    light = light_of(face, EVEN)
    painted = light.wanted.expand(1, 3, 128, 128)
    assert (restore_drawing(painted, light, 4, 1.0, None) - painted).abs().max() < 0.01


def test_weak_texture_comes_back_in_faces_alone():
    """Grain and foliage of the photo would turn a painting into a filter; a face needs its soft shades."""
    generator = torch.Generator().manual_seed(0)
    photo = eyes_on_a_face() + 0.02 * torch.randn(1, 1, 128, 128, generator=generator)
    blank, light = torch.full((1, 3, 128, 128), 0.5), light_of(photo.clamp(0, 1), EVEN)
    faces = torch.zeros(1, 1, 128, 128)
    faces[:, :, 90:, :] = 1
    change = (restore_drawing(blank, light, 4, 1.0, faces) - blank).abs().mean((0, 1))
    assert change[100:, :].mean() > 5 * change[:30, :].mean()
