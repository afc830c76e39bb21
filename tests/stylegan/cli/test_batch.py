"""Every photo of a batch gets a file of its own."""

from pathlib import Path

import pytest

from stylegan.cli.batch import plan
from stylegan.cli.common import Mistake


def names(*photos: str, styles: tuple[str, ...] = ("great_wave",)) -> list[str]:
    return [target.name for _, target in plan([Path(photo) for photo in photos], styles, Path("paintings"))]


def test_photos_of_one_name_are_told_apart():
    assert names("a.jpg", "a.png", "x/a.png", "A.jpg") == [
        "a__great_wave.png", "a.png__great_wave.png", "a.png_2__great_wave.png", "A.jpg__great_wave.png",
    ]  # fmt: skip


def test_every_style_of_a_blend_and_its_weight_are_in_the_name():
    assert names("a.jpg", styles=("red_fuji", "my/fabric.png=0.3")) == ["a__red_fuji+fabric-0.3.png"]


@pytest.mark.parametrize("stem", ["x" * 244, "\N{GRINNING FACE}" * 60])
def test_a_name_as_long_as_the_disk_allows_is_cut_before_anything_is_painted(stem: str):
    made = names(f"{stem}.jpg", f"{stem}.png")
    assert len(set(made)) == 2 and all(len(name.encode()) <= 205 and name.endswith(".png") for name in made)


def test_a_folder_may_have_a_dot_and_a_picture_may_not_be_a_gif():
    assert plan([Path("a.jpg")], ["x"], Path("Holiday 2026.08"))[0][1] == Path("Holiday 2026.08/a__x.png")
    with pytest.raises(Mistake, match="can be written as"):
        plan([Path("a.jpg")], ["x"], Path("painting.gif"))
