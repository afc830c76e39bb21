"""Painting for a visitor: the recipe repeats the painting, and what is personal in a photo goes no further."""

import errno
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import IFDRational

from studio.gallery.recipe import Recipe, bare_photo, pixel_digest, read_recipe
from studio.gallery.restore import Restorer
from studio.gallery.store import Store
from studio.painting.painter import Painter
from studio.painting.request import PaintRequest, RequestReader
from studio.styles.library import StyleLibrary, new_owner_key
from studio.web.served_files import ServedFiles
from studio.web.visitor import Visitor
from stylegan import StyleTransfer, UserError
from tests.support.gallery import uploaded
from tests.support.pictures import synthetic_picture

SECRETS = (b"SecretCam", b"Anna Example", b"at home", b"2026:01:02", b"Exif", b"xmp", b"GPS", b"ICC_PROFILE", b"iCCP")


@pytest.fixture(scope="module")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture
def painter(transfer: StyleTransfer, tmp_path: Path) -> Painter:
    return Painter(transfer, ServedFiles(50), Store(tmp_path / "gallery"))


@pytest.fixture
def library(transfer: StyleTransfer, tmp_path: Path) -> StyleLibrary:
    return StyleLibrary(tmp_path / "styles", transfer)


@pytest.fixture
def restorer(painter: Painter, library: StyleLibrary) -> Restorer:
    return Restorer(painter.transfer, library, painter.files, painter.store)


@pytest.fixture
def ask(transfer: StyleTransfer, library: StyleLibrary) -> Callable[..., PaintRequest]:
    """Asks for a photo in a style as the page does."""
    reader = RequestReader(transfer, library)

    def ask(photo: str, style: str = "starry_night", owner: str = "", **values: object) -> PaintRequest:
        return reader.from_page(Visitor(owner), photo=photo, style=style, **values)

    return ask


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "holiday.jpg"
    synthetic_picture(96, 64, seed=1, detail=5).save(path, quality=90)
    return uploaded(path)


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
    return uploaded(path)


def test_place_camera_and_names_never_reach_a_result_or_the_store(
    painter: Painter, ask: Callable, personal_photo: str, tmp_path: Path
):
    for settings in ({}, {"strength": 0}, {"keep_colors": True}, {"size": 96}):
        painted = painter.paint(ask(personal_photo, "great_wave", new_owner_key(), **settings))
        assert painter.add_to_gallery(painted)[1] == ""
        picture = painter.paint(ask(personal_photo, owner=new_owner_key(), style_image=personal_photo))
        assert painter.add_to_gallery(picture)[1] == ""
    folders = painted.path.parent.parent, tmp_path / "gallery"
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len([path for path in files if path.suffix == ".png"]) >= 10
    for path in files:
        assert not [secret for secret in SECRETS if secret in path.read_bytes()], path.name
        if path.suffix in (".png", ".webp"):
            image = Image.open(path)
            assert not image.getexif() and "icc_profile" not in image.info
    assert painted.request.photo.size == (64, 96), "the photo stands upright"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"strength": 0.35, "seed": 12, "brush": 1.7},
        {"keep_colors": True, "size": 150},
        {"blend": "great_wave", "mix": 0.3},
        {"strength": 0.0},
        {"finish": 1.0, "seed": 2},
        {"finish": 6 / 26, "blend": "great_wave"},
    ],
)
def test_the_recipe_repeats_the_painting_to_the_pixel(
    painter: Painter, ask: Callable, restorer: Restorer, photo: str, settings: dict
):
    finish = settings.get("finish", 0.0)
    first = painter.paint(ask(photo, **{name: value for name, value in settings.items() if name != "finish"}), finish)
    recipe = read_recipe(first.path)
    assert recipe == first.recipe
    found = restorer.find(Visitor(), recipe)
    assert found.notes == [] and found.style == "starry_night"
    again = painter.paint(ask(photo, found.style, blend=found.blend, mix=recipe.mix, **recipe.settings), recipe.finish)
    assert again.path != first.path
    assert np.array_equal(Image.open(again.path), Image.open(first.path))


def test_a_kept_painting_is_not_painted_again(
    painter: Painter, ask: Callable, photo: str, monkeypatch: pytest.MonkeyPatch
):
    asked = ask(photo, owner=new_owner_key())
    first = painter.paint(asked)
    painter.add_to_gallery(first)
    monkeypatch.setattr(StyleTransfer, "stylize", lambda *_, **__: pytest.fail("painted again"))
    assert painter.paint(asked).path.read_bytes() == first.path.read_bytes()


def test_the_photo_comes_back_from_the_gallery(painter: Painter, ask: Callable, restorer: Restorer, photo: str):
    owner = new_owner_key()
    painted = painter.paint(ask(photo, owner=owner))
    painter.add_to_gallery(painted)
    found = restorer.find(Visitor(owner), painted.recipe)
    assert np.array_equal(bare_photo(found.photo), bare_photo(photo))
    assert restorer.find(Visitor(new_owner_key()), painted.recipe).photo is None


def test_a_style_picture_comes_back_or_is_asked_for(
    painter: Painter, ask: Callable, restorer: Restorer, photo: str, tmp_path: Path
):
    synthetic_picture(80, 80, seed=9, detail=30).save(tmp_path / "fabric.png")
    owner = new_owner_key()
    painted = painter.paint(ask(photo, owner=owner, style_image=uploaded(tmp_path / "fabric.png")))
    assert painted.path.name == "holiday__fabric.png" and painted.recipe.style == ""
    painter.add_to_gallery(painted)
    found = restorer.find(Visitor(owner), painted.recipe)
    assert np.array_equal(Image.open(found.picture), Image.open(tmp_path / "fabric.png"))
    other = restorer.find(Visitor(new_owner_key()), painted.recipe)
    assert other.picture is None and "add it again" in " ".join(other.notes)


def test_a_picture_can_be_mixed_with_a_second_style(painter: Painter, ask: Callable, photo: str, tmp_path: Path):
    synthetic_picture(80, 80, seed=9, detail=30).save(tmp_path / "fabric.png")
    picture, mixed = (
        painter.paint(ask(photo, style_image=uploaded(tmp_path / "fabric.png"), blend=blend))
        for blend in ("", "red_fuji")
    )
    assert mixed.recipe.blend == "red_fuji" and mixed.recipe.picture == picture.recipe.picture
    assert not np.array_equal(Image.open(mixed.path), Image.open(picture.path))


def test_an_own_style_is_found_under_its_new_name_or_missed(
    painter: Painter, ask: Callable, restorer: Restorer, library: StyleLibrary, photo: str
):
    owner = new_owner_key()
    style = library.add(owner, painter.transfer.checkpoint.packs["great_wave"].renamed("Sea <b>"))
    painted = painter.paint(ask(photo, style.key, owner))
    assert painted.recipe.title == "Sea <b>"
    library.rename(owner, style.key, "Ocean")
    assert restorer.find(Visitor(owner), painted.recipe).style == style.key
    library.delete(owner, style.key)
    found = restorer.find(Visitor(owner), painted.recipe)
    assert found.style is None and "not among your styles" in found.notes[0] and "<b>" not in found.notes[0]


def test_another_generator_and_unknown_styles_are_told(restorer: Restorer):
    notes = restorer.find(Visitor(), Recipe(style="mona_lisa", title="Mona <i>Lisa", generator="f" * 64)).notes
    assert "no style called Mona" in notes[0] and "<i>" not in notes[0]
    assert "Another version of the generator" in notes[1]


def test_without_a_key_a_painting_is_not_kept_and_that_is_said(painter: Painter, ask: Callable, photo: str):
    assert "Not kept" in painter.add_to_gallery(painter.paint(ask(photo)))[1]


def test_a_painting_of_an_earlier_version_stays_and_tells_what_has_changed(
    painter: Painter, restorer: Restorer, tmp_path: Path
):
    photo, owner = synthetic_picture(48, 32, 1, 4), new_owner_key()
    recipe = Recipe("old_style", "Old <i>Style", seed=4, photo=pixel_digest(photo), generator="f" * 64)
    synthetic_picture(48, 32, 2, 4).save(tmp_path / "painting.png")
    kept, _ = painter.store.add(owner, tmp_path / "painting.png", photo, recipe, "photo__old")
    texts = {label: text for label, text in recipe.texts().items() if label != "Finish"}
    painter.store.close()
    with closing(sqlite3.connect(tmp_path / "gallery" / "gallery.sqlite")) as db:
        db.execute("UPDATE result SET recipe = ?", [json.dumps(texts)])
        db.commit()
    again = Store(tmp_path / "gallery").get(owner, kept.id)
    assert again.recipe == recipe and again.painting.read_bytes() == (tmp_path / "painting.png").read_bytes()
    found = restorer.find(Visitor(), again.recipe)
    assert found.style is None and "no style called Old" in found.notes[0] and "<i>" not in found.notes[0]
    assert "Another version of the generator painted it" in found.notes[1]


def test_a_finished_painting_is_finished_again_when_its_settings_are_back(painter: Painter, ask: Callable, photo: str):
    asked = ask(photo)
    first = painter.paint(asked, 1.0)
    again = painter.paint(asked, read_recipe(first.path).finish_for(asked.recipe))
    assert np.array_equal(Image.open(again.path), Image.open(first.path))


def test_a_disk_that_is_full_is_told_and_costs_nothing_that_is_kept(
    painter: Painter, ask: Callable, photo: str, monkeypatch: pytest.MonkeyPatch
):
    owner = new_owner_key()
    painter.add_to_gallery(painter.paint(ask(photo, owner=owner)))

    def full(*given: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(UserError, match="disk of this app is full"):
        painter.paint(ask(photo, "red_fuji", owner))
    assert painter.store.count(owner) == 1
