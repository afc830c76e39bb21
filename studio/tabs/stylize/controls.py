"""The controls of the Stylize tab: what a visitor sets before painting, filled in from a recipe on request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from studio.gallery.recipe import Recipe
from studio.gallery.restore import Restored
from studio.tabs.wiring import Updates
from studio.web.components import number, slider
from stylegan.builtin_styles import StyleInfo
from stylegan.settings import BRUSH_RANGE, MAX_SIDE

TYPED = "size"  # the control that counts when it is typed to its end: on the way there, it says something else


@dataclass(frozen=True)
class Controls:
    """All of them, by name."""

    photo: gr.Image
    tiles: gr.Gallery
    style: gr.Textbox  # hidden: what a click on a tile has chosen
    style_image: gr.Image  # in the place of the style
    blend: gr.Dropdown
    mix: gr.Slider
    settings: dict[str, Any]  # a control for each field of ``Settings``
    wanted: gr.State  # the recipe of a finished painting: with other settings, the painting is a plain one

    @property
    def values(self) -> dict[str, Component]:
        """What a painting is made of, for ``inputs_kwargs``; the names are those of ``RequestReader.from_page``."""
        named = {"photo": self.photo, "style": self.style, "style_image": self.style_image}
        return named | self.settings | {"blend": self.blend, "mix": self.mix}

    @property
    def everything(self) -> list[Component]:
        """What ``fill`` may change."""
        return [*self.values.values(), self.tiles, self.wanted]

    @property
    def changes(self) -> list[Callable]:
        """The events after which the page paints anew, beside those of the photo."""
        others = [self.style_image.input, self.blend.input, self.mix.change]
        return [*others, *(event for control in self.settings.values() for event in _changes(control))]

    @property
    def seen_small(self) -> list[Callable]:
        """The events after which the tiles look different: when a slider rests, not on its way."""
        settings = self.settings
        return [
            settings["strength"].release,
            settings["brush"].release,
            settings["between"].release,
            settings["keep_colors"].input,
            settings["seed"].change,
        ]

    def fill(self, recipe: Recipe, found: Restored) -> Updates:
        """Updates that put a recipe back, as far as it was found; without its photo, the visitor's own stays."""
        filled = {
            self.tiles: gr.Gallery(selected_index=found.tile),
            self.style_image: str(found.picture) if found.picture else None,
            self.blend: found.blend,
            self.mix: recipe.mix,
            self.wanted: recipe if recipe.finish else None,
        }
        filled |= {self.settings[name]: 0 if value is None else value for name, value in recipe.settings.items()}
        filled |= {self.style: found.style} if found.style else {}
        return filled | ({self.photo: str(found.photo)} if found.photo else {})


def adjustments(
    styles: Sequence[StyleInfo], strength: gr.Slider
) -> tuple[dict[str, Component], gr.Dropdown, gr.Slider]:
    """Lay out the fine adjustments: a control for each field of ``Settings``, the second style, and how much of it.

    strength: the one of them that is not folded away.
    """
    settings: dict[str, Component] = {
        "strength": strength,
        "keep_colors": gr.Checkbox(False, label="Keep the photo's colours"),
        "brush": slider(*BRUSH_RANGE, 1, step=0.1, label="Brush size"),
    }
    choices = [("None", ""), *((style.title, style.name) for style in styles)]
    blend = gr.Dropdown(choices, value="", label="Mix in a second style")
    mix = slider(0, 1, 0.5, step=0.05, label="How much of the second style")
    settings |= {
        "size": number(
            0,
            label=f"Longer side in pixels, up to {MAX_SIDE}",
            info="0 is the photo's own size",
            elem_id=TYPED,
        ),
        "seed": number(0, label="Version", info="0 is the first; another number composes the painting differently"),
        "between": slider(0, 1, 0, step=0.05, label="On the way to the next version", info="0 is this one, 1 the next"),
    }
    return settings, blend, mix


def _changes(control: Any) -> list[Callable]:
    """The events that tell of a change: of a box that a person ticks, of a text that is complete, else of any."""
    if isinstance(control, gr.Checkbox):
        return [control.input]
    if control.elem_id == TYPED:
        return [control.submit, control.blur]
    return [control.change]
