"""Recipes: a painting tells how it was made, and a file from elsewhere tells nothing that could do harm."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.gallery.recipe import SOFTWARE, Recipe, read_query, read_recipe, read_texts

FULL = Recipe(
    style="great_wave",
    title="The Great Wave",
    strength=0.0,
    seed=0,
    keep_colors=True,
    brush=1.5,
    blend="red_fuji",
    mix=0.25,
    size=640,
    finish=0.46153846153846156,
    photo="a" * 64,
    generator="b" * 64,
)


def png(path: Path, texts: dict[str, str]) -> Path:
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    Image.new("RGB", (20, 20)).save(path, pnginfo=info)
    return path


@pytest.mark.parametrize(
    "recipe",
    [FULL, Recipe(), Recipe(pack="c" * 64, blend_pack="d" * 64, title="Ännchens 波"), Recipe(picture="e" * 64)],
)
def test_a_png_gives_back_every_setting(recipe: Recipe, tmp_path: Path):
    path = tmp_path / "painting.png"
    Image.new("RGB", (20, 20)).save(path, pnginfo=recipe.chunks())
    assert read_recipe(path) == recipe


def test_any_viewer_of_metadata_shows_the_recipe(tmp_path: Path):
    path = tmp_path / "painting.png"
    Image.new("RGB", (20, 20)).save(path, pnginfo=FULL.chunks())
    texts = Image.open(path).text
    assert texts["Software"] == "Atelier"
    assert (texts["Style"], texts["Strength"], texts["Seed"], texts["Generator"]) == (
        "great_wave",
        "0.0",
        "0",
        "b" * 64,
    )


def test_a_link_gives_back_the_settings_and_holds_nothing_of_a_picture():
    query = FULL.query()
    assert read_query(query) == replace(FULL, title="", photo="", generator="")
    assert not set("".join(query.values())) & {"a" * 64}
    assert "photo" not in query and "generator" not in query


def test_a_recipe_from_before_there_was_a_finish_is_plain():
    texts = {label: text for label, text in FULL.texts().items() if label != "Finish"}
    assert read_texts(texts) == replace(FULL, finish=0.0)


def test_only_the_painting_of_the_same_settings_is_finished():
    planned = replace(FULL, finish=0.0, title="As it is called today", generator="d" * 64)
    assert FULL.finish_for(planned) == FULL.finish
    for change in ({"seed": 5}, {"style": "red_fuji"}, {"photo": "e" * 64}, {"mix": 0.5}):
        assert FULL.finish_for(replace(planned, **change)) == 0
    link = read_query(FULL.query())
    assert link.finish_for(replace(planned, photo="e" * 64)) == FULL.finish, "a link is for any photo"
    assert link.finish_for(replace(planned, strength=0.5)) == 0


def test_a_page_without_a_link_keeps_its_settings():
    assert read_query({"__theme": "dark"}) is None


HOSTILE = {
    "Strength": ["7", "-1", "nan", "inf", "1e999", "one", "", "1" * 100_000],
    "Seed": ["-1", "4294967296", "1.5", "9" * 5000, "0x10"],
    "Brush": ["0", "99", "nan"],
    "Mix": ["2", "-0.1"],
    "Size": ["0", "100000", "-5", "big"],
    "Finish": ["-0.1", "1.01", "nan", "inf", "True", "whole", "", "1" * 400],
    "Keep colors": ["1", "yes", "<b>"],
    "Style": ["../../etc/passwd", "<script>alert(1)</script>", "/etc/hostname", "A b", "x" * 61],
    "Blend": ["own:abc", "..", "great_wave\n"],
    "Title": ["x" * 201, "two\nlines", "nul\0l"],
    "Photo": ["short", "g" * 64, "A" * 64, "../" * 22],
    "Generator": ["b" * 63],
}


@pytest.mark.parametrize(("label", "text"), [(label, text) for label, texts in HOSTILE.items() for text in texts])
def test_an_impossible_value_makes_it_no_recipe(label: str, text: str):
    assert read_texts(FULL.texts()) == FULL
    assert read_texts(FULL.texts() | {label: text}) is None


@pytest.mark.parametrize("value", [3, b"x", ["great_wave"], {"a": 1}])
def test_values_of_other_types_are_no_recipe(value: object):
    assert read_texts({"Software": SOFTWARE, "Style": value}) is None


def test_a_value_that_is_missing_is_the_usual_one():
    assert read_texts({"Software": SOFTWARE, "Style": None}) == Recipe()


def test_hostile_files_are_no_recipe(tmp_path: Path):
    (tmp_path / "letter.png").write_text("Dear reader")
    assert read_recipe(tmp_path / "letter.png") is None
    assert read_recipe(tmp_path / "missing.png") is None
    assert read_recipe(png(tmp_path / "other.png", {"Software": "GIMP", "Style": "great_wave"})) is None
    info = PngInfo()
    info.add_text("Software", "Atelier")
    info.add_text("Style", "A" * 50_000_000, zip=True)  # 50 MB out of 50 kB
    Image.new("RGB", (20, 20)).save(tmp_path / "bomb.png", pnginfo=info)
    assert read_recipe(tmp_path / "bomb.png") is None
