"""Nobody forgives a tile on a nose: faces must be found, and nothing that is none may crash the search."""

import numpy as np
import pytest
import skimage.data

from stylegan.models.faces import face_map, find_faces


def test_the_face_of_a_portrait_is_found():
    faces = find_faces(skimage.data.astronaut())  # 512 px, the face around 225, 115
    assert len(faces) >= 1
    x, y, side = max(faces, key=lambda face: face[2])
    assert 180 < x < 270 and 70 < y < 165 and 60 < side < 220


def test_a_face_is_found_at_any_size_of_the_photo():
    photo = skimage.data.astronaut()
    large = np.kron(photo, np.ones((3, 3, 1), np.uint8))
    x, y, _ = max(find_faces(large), key=lambda face: face[2])
    assert 540 < x < 810 and 210 < y < 495


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_there_is_no_face_in_a_flat_picture(shade: int):
    assert find_faces(np.full((200, 300, 3), shade, np.uint8)) == []


@pytest.mark.parametrize("size", [(16, 16), (16, 160), (23, 24), (24, 25), (25, 2000), (300, 30)])
def test_tiny_and_long_pictures_are_searched_without_a_crash(size: tuple[int, int]):
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert isinstance(find_faces(noise), list)


def test_the_search_gives_the_same_faces_each_time():
    assert find_faces(skimage.data.astronaut()) == find_faces(skimage.data.astronaut())


def test_no_faces_no_map():
    assert face_map([], 40, 60) is None


def test_the_map_is_one_on_a_face_and_nothing_far_from_it():
    found = face_map([(30, 20, 16), (70, 20, 10)], 40, 100)
    assert found.shape == (1, 1, 40, 100)
    assert found.min() == 0 and found.max() == 1
    assert found[0, 0, 20, 30] == found[0, 0, 20, 70] == 1
    assert found[0, 0, 20, 50] == found[0, 0, 0, 0] == 0


def test_a_map_of_a_smaller_photo_has_the_face_at_the_same_place():
    half = face_map([(60, 40, 32)], 40, 60, scale=0.5)[0, 0]
    assert half[20, 30] == 1 and half[2, 2] == 0


def test_a_face_half_outside_of_the_photo_is_no_trouble():
    assert face_map([(-5, 50, 40)], 40, 60).isfinite().all()
