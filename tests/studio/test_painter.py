"""Painting for a visitor: the recipe repeats the painting, and what is personal in a photo goes no further."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import IFDRational

from studio.library import StyleLibrary, new_owner
from studio.painter import Painter
from studio.recipe import Recipe, bare_photo, read_recipe
from studio.restore import Restorer
from studio.results import ResultFolder
from studio.store import Store
from stylegan import StylePack, StyleTransfer
from tests.conftest import synthetic_picture

SECRETS = (b"SecretCam", b"Anna Example", b"at home", b"2026:01:02", b"Exif", b"xmp", b"GPS", b"ICC_PROFILE", b"iCCP")


@pytest.fixture(scope="module")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture
def painter(transfer: StyleTransfer, tmp_path: Path) -> Painter:
    return Painter(transfer, ResultFolder(50), Store(tmp_path / "gallery"))


@pytest.fixture
def library(transfer: StyleTransfer, tmp_path: Path) -> StyleLibrary:
    return StyleLibrary(tmp_path / "styles", transfer)


@pytest.fixture
def restorer(painter: Painter, library: StyleLibrary) -> Restorer:
    return Restorer(painter.transfer, library, painter.results, painter.store)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "holiday.jpg"
    synthetic_picture(96, 64, seed=1, detail=5).save(path, quality=90)
    return str(path)


@pytest.fixture
def personal_photo(tmp_path: Path) -> str:
    """A phone's photo, lying on its side, with place, time, camera, author, comment and colour profile."""
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Artist], exif[Base.DateTime] = "SecretCam", "Anna Example", "2026:01:02 03:04:05"
    exif[Base.Orientation] = 6
    exif.get_ifd(IFD.GPSInfo).update({1: "N", 2: (IFDRational(47), IFDRational(22), IFDRational(9)), 29: "2026:01:02"})
    path = tmp_path / "phone.jpg"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = synthetic_picture(96, 64, seed=2, detail=5)
    picture.save(path, exif=exif, comment=b"at home", xmp=b"<x:xmpmeta>Anna Example</x:xmpmeta>", icc_profile=profile)
    assert all(secret in path.read_bytes() for secret in SECRETS[:4])
    return str(path)


def test_place_camera_and_names_never_reach_a_result_or_the_store(
    painter: Painter, personal_photo: str, tmp_path: Path
):
    for settings in ({}, {"strength": 0}, {"keep_colors": True}, {"size": 96}):
        painted = painter.paint(personal_photo, "great_wave", "great_wave", owner=new_owner(), **settings)
        assert painter.keep(new_owner(), painted) == ""
        picture = painter.paint(personal_photo, personal_photo, "picture")
        painter.keep(new_owner(), picture)
    folders = painted.path.parent.parent, tmp_path / "gallery"
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len([path for path in files if path.suffix == ".png"]) >= 10
    for path in files:
        assert not [secret for secret in SECRETS if secret in path.read_bytes()], path.name
        if path.suffix in (".png", ".webp"):
            image = Image.open(path)
            assert not image.getexif() and "icc_profile" not in image.info
    assert painted.photo.size == (64, 96), "the photo stands upright"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"strength": 0.35, "seed": 12, "brush": 1.7},
        {"keep_colors": True, "size": 150},
        {"blend": "the_scream", "mix": 0.3},
        {"strength": 0.0},
    ],
)
def test_the_recipe_repeats_the_painting_to_the_pixel(painter: Painter, restorer: Restorer, photo: str, settings: dict):
    first = painter.paint(photo, "red_fuji", "red_fuji", **settings)
    recipe = read_recipe(first.path)
    assert recipe == first.recipe
    found = restorer.find("", recipe, "")
    assert found.notes == [] and found.style == "red_fuji"
    again = painter.paint(
        photo,
        found.style,
        "again",
        strength=recipe.strength,
        keep_colors=recipe.keep_colors,
        brush=recipe.brush,
        seed=recipe.seed,
        blend=found.blend,
        mix=recipe.mix,
        size=recipe.size,
    )
    assert again.path != first.path
    assert np.array_equal(Image.open(again.path), Image.open(first.path))


def test_a_kept_painting_is_not_painted_again(painter: Painter, photo: str, monkeypatch: pytest.MonkeyPatch):
    owner = new_owner()
    first = painter.paint(photo, "red_fuji", "red_fuji", owner=owner)
    painter.keep(owner, first)
    monkeypatch.setattr(StyleTransfer, "stylize", lambda *_, **__: pytest.fail("painted again"))
    again = painter.paint(photo, "red_fuji", "red_fuji", owner=owner)
    assert again.path.read_bytes() == first.path.read_bytes()


def test_the_photo_comes_back_from_the_gallery(painter: Painter, restorer: Restorer, photo: str):
    owner = new_owner()
    painted = painter.paint(photo, "red_fuji", "red_fuji", owner=owner)
    painter.keep(owner, painted)
    found = restorer.find(owner, painted.recipe, "")
    assert np.array_equal(bare_photo(found.photo), bare_photo(photo))
    assert restorer.find(new_owner(), painted.recipe, "").photo is None


def test_a_style_picture_comes_back_or_is_asked_for(painter: Painter, restorer: Restorer, photo: str, tmp_path: Path):
    synthetic_picture(80, 80, seed=9, detail=30).save(tmp_path / "fabric.png")
    owner = new_owner()
    painted = painter.paint(photo, str(tmp_path / "fabric.png"), "fabric", owner=owner)
    painter.keep(owner, painted)
    found = restorer.find(owner, painted.recipe, "")
    assert np.array_equal(Image.open(found.picture), Image.open(tmp_path / "fabric.png"))
    other = restorer.find(new_owner(), painted.recipe, "")
    assert other.picture is None and "add it again" in " ".join(other.notes)


def test_an_own_style_is_found_under_its_new_name_or_missed(
    painter: Painter, restorer: Restorer, library: StyleLibrary, photo: str
):
    owner = new_owner()
    width = painter.transfer.checkpoint.generator.config.style_dim
    pack = StylePack("Sea <b>", painter.transfer.checkpoint.digest, torch.linspace(-1, 1, width))
    style = library.add(owner, pack)
    painted = painter.paint(photo, str(style.path), style.title, owner=owner)
    assert painted.recipe.title == "Sea <b>"
    library.rename(owner, style.key, "Ocean")
    assert restorer.find(owner, painted.recipe, "").style == style.key
    library.delete(owner, style.key)
    found = restorer.find(owner, painted.recipe, "")
    assert found.style is None and "not among your styles" in found.notes[0] and "<b>" not in found.notes[0]


def test_another_generator_and_unknown_styles_are_told(restorer: Restorer):
    notes = restorer.find("", Recipe(style="mona_lisa", title="Mona <i>Lisa", generator="f" * 64), "").notes
    assert "no style called Mona" in notes[0] and "<i>" not in notes[0]
    assert "Another version of the generator" in notes[1]


def test_without_a_key_a_painting_is_not_kept_and_that_is_said(painter: Painter, photo: str):
    painted = painter.paint(photo, "red_fuji", "red_fuji")
    assert "Not kept" in painter.keep("", painted)
