"""What the page says of a painting follows what is in it."""

import time

import pytest
from PIL import Image

from stylegan import StyleTransfer
from stylegan.evaluation.glance import glance
from stylegan.images import fitted, load_image
from stylegan.sample_photos import sample_photos
from tests.support.pictures import synthetic_picture


@pytest.fixture(scope="module")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained(device="cpu")


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return fitted(load_image(sample_photos()[0]), 256)


def test_bolder_paintings_keep_less_of_the_photo_and_take_more_of_the_style(
    transfer: StyleTransfer, photo: Image.Image
):
    taken = []
    for style in ("great_wave", "collioure", "pen_drawing"):
        seen = [glance(transfer, photo, transfer.stylize(photo, style, strength=s), style) for s in (0, 0.3, 1)]
        assert (seen[0].photo, seen[0].style) == (pytest.approx(1, abs=0.01), pytest.approx(0, abs=0.01))
        assert seen[1].photo > seen[2].photo + 0.1 and min(seen[1].style, seen[2].style) > 0.1
        taken.append([each.style for each in seen])
    weak, bold = (sum(each[number] for each in taken) / len(taken) for number in (1, 2))
    assert bold > weak + 0.1  # a single pair may come no nearer to its style beyond a strength


def test_a_painting_of_another_photo_keeps_nothing(transfer: StyleTransfer, photo: Image.Image):
    other = fitted(synthetic_picture(*photo.size, seed=3, detail=9), max(photo.size)).resize(photo.size)
    kept = glance(transfer, photo, transfer.stylize(photo, "great_wave"), "great_wave").photo
    assert glance(transfer, photo, other, "great_wave").photo < 0.3 < kept


@pytest.mark.parametrize("size", [(16, 16), (600, 16), (2000, 1500)])
def test_any_size_and_a_blend_can_be_looked_at_in_a_moment(transfer: StyleTransfer, size: tuple[int, int]):
    picture, blend = synthetic_picture(*size, seed=1, detail=9), [("great_wave", 0.5), ("red_fuji", 0.5)]
    start = time.process_time()
    seen = glance(transfer, picture, picture, blend)
    assert (seen.photo, seen.style) == (1, 0)
    assert time.process_time() - start < 3  # s of a processor that may be slow; 0.3 s as a rule
