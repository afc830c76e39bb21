"""Faces must be found, also dark, turned and small ones; and nothing that is none may crash the search."""

import time

import numpy as np
import pytest
import skimage.data
from PIL import Image

from stylegan.models.face_detector import find_faces

ASTRONAUT = Image.fromarray(skimage.data.astronaut())  # 512 px; where its eyes, nose and mouth are, read off by eye
FEATURES = ((204, 100), (247, 103), (225, 129), (203, 140), (246, 141))


def test_the_face_of_a_portrait_and_its_features_are_found():
    (face,) = find_faces(ASTRONAUT)
    assert abs(face.x - 225) < 12 and abs(face.y - 122) < 15 and 100 < face.side < 170
    for (x, y), (u, v) in zip(face.points, FEATURES, strict=True):
        assert max(abs(x - u), abs(y - v)) < 6


@pytest.mark.parametrize("change", ["large", "small", "dark", "mirrored", "turned"])
def test_a_face_is_found_in_any_size_and_light(change: str):
    photo = ASTRONAUT
    scale = {"large": 3.0, "small": 0.25}.get(change, 1.0)
    photo = photo.resize((int(512 * scale),) * 2, Image.Resampling.LANCZOS)
    if change == "dark":
        photo = photo.point(lambda value: value // 4)
    if change == "mirrored":
        photo = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if change == "turned":
        photo = photo.rotate(15, center=(225, 120))
    (face,) = find_faces(photo)
    x = 511 - 225 if change == "mirrored" else 225
    assert abs(face.x - scale * x) < 20 * scale and abs(face.y - scale * 122) < 20 * scale


def test_every_face_of_a_group_is_found():
    group = Image.fromarray(np.tile(np.array(ASTRONAUT.crop((100, 0, 356, 256))), (1, 3, 1)))
    assert sorted(round(face.x / 256 - 0.5) for face in find_faces(group)) == [0, 1, 2]


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_there_is_no_face_in_a_flat_picture(shade: int):
    assert find_faces(Image.new("RGB", (300, 200), (shade,) * 3)) == []


@pytest.mark.parametrize("name", ["coffee", "rocket", "camera"])
def test_things_are_no_faces(name: str):
    photo = Image.fromarray(getattr(skimage.data, name)()).convert("RGB")
    assert len(find_faces(photo)) == (name == "camera")  # a man beside his camera


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (16, 160), (23, 24), (24, 25), (25, 2000), (3000, 16)])
def test_tiny_and_long_pictures_are_searched_without_a_crash(size: tuple[int, int]):
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert find_faces(Image.fromarray(noise)) == []


def test_a_crowd_takes_no_longer_than_a_few_portraits():
    head = ASTRONAUT.crop((160, 60, 290, 190)).resize((64, 64))
    crowd = Image.fromarray(np.tile(np.array(head), (15, 15, 1)))
    began = time.perf_counter()
    for _ in range(3):
        find_faces(ASTRONAUT)
    few = time.perf_counter() - began
    began = time.perf_counter()
    assert len(find_faces(crowd)) > 150
    assert time.perf_counter() - began < 10 * few


def test_the_search_gives_the_same_faces_each_time():
    assert find_faces(ASTRONAUT) == find_faces(ASTRONAUT)
