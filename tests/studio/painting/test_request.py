"""What a visitor asks for is read once: guarded, looked up, checked."""

import shutil
from pathlib import Path

import pytest

from studio.painting.request import RequestReader
from studio.styles.library import StyleLibrary, new_owner_key
from studio.web.guard import folder_name, open_by_name
from studio.web.visitor import Visitor
from stylegan import ImageError, SettingError, Settings, StyleError, StyleTransfer
from stylegan.formats.style_pack import SUFFIX, save_pack
from tests.support.gallery import uploaded
from tests.support.pictures import synthetic_picture


@pytest.fixture(scope="module")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture
def library(transfer: StyleTransfer, tmp_path: Path) -> StyleLibrary:
    return StyleLibrary(tmp_path / "styles", transfer)


@pytest.fixture
def reader(transfer: StyleTransfer, library: StyleLibrary) -> RequestReader:
    return RequestReader(transfer, library)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    synthetic_picture(60, 40, 1, 4).save(tmp_path / "holiday.png")
    return uploaded(tmp_path / "holiday.png")


def test_a_photo_and_a_style_are_enough(reader: RequestReader, photo: str):
    asked = reader.from_page(Visitor(), photo=photo, style="great_wave")
    assert asked.name == "holiday__great_wave" and asked.styles == "great_wave"
    assert asked.settings == Settings() and asked.recipe.title == "The Great Wave"


def test_controls_that_are_empty_mean_the_usual(reader: RequestReader, photo: str):
    values = {"seed": None, "size": 0, "strength": 0, "keep_colors": False, "brush": 2}
    asked = reader.from_page(Visitor(), photo=photo, style="great_wave", blend=None, **values)
    assert asked.settings == Settings(strength=0, brush=2)


@pytest.mark.parametrize("values", [{"strength": 2}, {"brush": 0}, {"size": 5000}, {"seed": -1}])
def test_a_setting_out_of_its_range_is_refused(reader: RequestReader, photo: str, values: dict):
    with pytest.raises(SettingError, match="must be between"):
        reader.from_page(Visitor(), photo=photo, style="great_wave", **values)


def test_two_styles_in_their_shares_and_one_twice_is_one(reader: RequestReader, photo: str):
    asked = reader.from_page(Visitor(), photo=photo, style="great_wave", blend="red_fuji", mix=0.25)
    assert asked.styles == [("great_wave", 0.75), ("red_fuji", 0.25)]
    assert (asked.recipe.blend, asked.recipe.mix) == ("red_fuji", 0.25)
    assert reader.from_page(Visitor(), photo=photo, style="great_wave", blend="great_wave").styles == "great_wave"


@pytest.mark.parametrize("values", [{"style": "/etc/passwd"}, {"style": "x"}, {"style": "red_fuji", "blend": "x"}])
def test_a_text_that_is_no_style_is_never_a_path(reader: RequestReader, photo: str, values: dict):
    with pytest.raises(StyleError, match="There is no style called"):
        reader.from_program("", photo=photo, **values)
    with pytest.raises(StyleError, match="There is no style called"):
        reader.from_page(Visitor(), photo=photo, **values)


def test_files_of_another_visitor_are_refused(reader: RequestReader, photo: str, tmp_path: Path):
    open_by_name(tmp_path)
    mine = tmp_path / folder_name("my session")
    mine.mkdir()
    private = str(shutil.copy(photo, mine / "private.png"))
    own = Visitor(new_owner_key(), "my session")
    assert reader.from_page(own, photo=private, style="great_wave").stem == "private"
    for inputs in ({"photo": private}, {"photo": photo, "style_image": private}, {"photo": __file__}):
        with pytest.raises(ImageError, match="not there any more"):
            reader.from_page(Visitor(new_owner_key(), "another"), style="great_wave", **inputs)
        with pytest.raises(ImageError, match="not there any more"):
            reader.from_program("", style="great_wave", **inputs)


def test_an_own_style_is_its_owners_alone(reader: RequestReader, library: StyleLibrary, transfer, photo: str):
    owner = new_owner_key()
    pack = transfer.checkpoint.packs["great_wave"]
    key = library.add(owner, pack.renamed("Sea")).key
    asked = reader.from_page(Visitor(owner), photo=photo, style=key)
    assert asked.recipe.pack == pack.digest and asked.recipe.style == "" and asked.name == "holiday__Sea"
    with pytest.raises(StyleError, match="not there any more"):
        reader.from_page(Visitor(new_owner_key()), photo=photo, style=key)
    with pytest.raises(StyleError, match="There is no style called"):
        reader.from_program("", photo=photo, style=key)


def test_a_program_paints_with_a_style_pack(reader: RequestReader, transfer, photo: str, tmp_path: Path):
    save_pack(tmp_path / f"sea{SUFFIX}", transfer.checkpoint.packs["great_wave"].renamed("Sea"))
    asked = reader.from_program("", photo=photo, style="red_fuji", pack=uploaded(tmp_path / f"sea{SUFFIX}"))
    assert asked.recipe.title == "Sea" and asked.name == "holiday__sea" and asked.visitor == Visitor()
    with pytest.raises(StyleError, match="The name of a style pack ends in"):
        reader.from_program("", photo=photo, style="red_fuji", pack=photo)


def test_a_program_that_names_no_style_gets_the_usual_one(reader: RequestReader, photo: str):
    assert reader.from_program("", photo=photo, style=None, blend=None).styles == "great_wave"


def test_without_a_photo_one_is_asked_for(reader: RequestReader):
    with pytest.raises(ImageError, match="Add a photo first"):
        reader.from_page(Visitor(), photo=None, style="great_wave")
