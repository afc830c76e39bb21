"""The controls of the Stylize tab: one for each setting, and a recipe fills them all."""

from dataclasses import fields
from pathlib import Path

import gradio as gr
import pytest

from studio.gallery.recipe import Recipe
from studio.gallery.restore import Restored
from studio.tabs.stylize.controls import Controls, adjustments
from stylegan import Settings
from stylegan.builtin_styles import BUILTIN_STYLES

NOTHING = Restored(photo=None, style=None, tile=None, picture=None, blend="", notes=[])


@pytest.fixture
def controls() -> Controls:
    with gr.Blocks():
        settings, blend, mix = adjustments(BUILTIN_STYLES, gr.Slider(0, 1, 1))
        photo, tiles, style, picture = gr.Image(), gr.Gallery(), gr.Textbox(), gr.Image()
        return Controls(photo, tiles, style, picture, blend, mix, settings, gr.State(None))


def test_every_setting_has_a_control_that_begins_as_usual(controls: Controls):
    assert controls.settings.keys() == {field.name for field in fields(Settings)}
    assert {name: control.value or None for name, control in controls.settings.items()} == {
        name: value or None for name, value in Settings().settings.items()
    }


def test_a_recipe_fills_every_setting(controls: Controls):
    recipe = Recipe(strength=0.5, seed=3, between=0.25, keep_colors=True, brush=2, size=640, mix=0.25, finish=1)
    filled = controls.fill(recipe, NOTHING)
    assert {name: filled[control] for name, control in controls.settings.items()} == recipe.settings
    assert (filled[controls.mix], filled[controls.wanted]) == (0.25, recipe)
    assert filled.keys() <= set(controls.everything)


def test_a_plain_recipe_wants_no_finish_and_no_size(controls: Controls):
    filled = controls.fill(Recipe(), NOTHING)
    assert filled[controls.wanted] is None and filled[controls.settings["size"]] == 0


def test_what_was_not_found_leaves_photo_and_style_as_they_are(controls: Controls):
    assert not {controls.photo, controls.style} & controls.fill(Recipe(), NOTHING).keys()
    found = Restored(Path("photo.png"), "red_fuji", 6, None, "great_wave", [])
    filled = controls.fill(Recipe(), found)
    assert (filled[controls.photo], filled[controls.style]) == ("photo.png", "red_fuji")
    assert filled[controls.blend] == "great_wave"
