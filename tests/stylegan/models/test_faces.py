"""Nobody forgives a tile on a nose: eyes, noses and mouths are kept most, nothing outside of faces."""

import pytest

from stylegan.models.face_detector import Face
from stylegan.models.faces import SKIN, face_map


def face(x: float, y: float, side: float) -> Face:
    """Eyes above the centre, the nose on it, the corners of the mouth below."""
    across, down = 0.2 * side, 0.2 * side
    eyes = ((x - across, y - down), (x + across, y - down))
    return Face(x, y, side, (*eyes, (x, y), (x - across, y + down), (x + across, y + down)))


def test_no_faces_no_map():
    assert face_map([], 40, 60) is None


def test_the_map_is_one_on_eyes_less_on_cheeks_and_nothing_far_away():
    found = face_map([face(50, 60, 60), face(140, 60, 40)], 120, 200)
    assert found.shape == (1, 1, 120, 200)
    assert found.min() == 0 and found.max() == 1
    for x, y in ((38, 48), (62, 48), (50, 60), (132, 52), (140, 60)):
        assert found[0, 0, y, x] == 1
    assert found[0, 0, 40, 50] == pytest.approx(SKIN)  # the forehead
    assert found[0, 0, 60, 100] == found[0, 0, 0, 0] == 0


def test_a_map_of_a_smaller_photo_has_the_face_at_the_same_place():
    half = face_map([face(60, 40, 32)], 40, 60, scale=0.5)[0, 0]
    assert half[20, 30] == 1 and half[2, 2] == 0


def test_a_face_half_outside_of_the_photo_is_no_trouble():
    assert face_map([face(-5, 50, 40)], 40, 60).isfinite().all()
