"""From a recipe back to the controls of the Stylize tab."""

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from studio.gallery.recipe import Recipe
from studio.gallery.store import Store
from studio.styles.library import StyleLibrary
from studio.web.messages import escape_markdown
from studio.web.served_files import ServedFiles
from stylegan import StyleTransfer

ADD_ITS_PHOTO = "Now add the photo: with the one it was made from you get the same painting."


@dataclass(frozen=True)
class Restored:
    """What to put into the controls; a value is None where it is not there any more."""

    photo: Path | None
    style: str | None  # a built-in name or the key of an own style
    tile: int | None  # of the style on the wall
    picture: Path | None
    blend: str
    notes: list[str]  # what the visitor should know


class Restorer:
    """Finds again what a recipe was made of."""

    def __init__(self, transfer: StyleTransfer, library: StyleLibrary, results: ServedFiles, store: Store):
        self._transfer, self._library, self._results, self._store = transfer, library, results, store

    def find(self, owner: str, recipe: Recipe, session: str) -> Restored:
        """Photo, style and picture of a recipe, as far as this visitor has them."""
        notes = []
        builtin = list(self._transfer.checkpoint.styles)
        own = {style.digest: style.key for style in self._library.styles(owner)} if owner else {}
        keys = [*builtin, *own.values()]
        style = own.get(recipe.pack) if recipe.pack else recipe.style if recipe.style in builtin else None
        picture = self._copy(owner, recipe.picture, session)
        if not style and not picture:
            notes.append(self._missing(recipe))
        blend = own.get(recipe.blend_pack, "") or (recipe.blend if recipe.blend in builtin else "")
        if not blend and (recipe.blend or recipe.blend_pack):
            notes.append("The second style is not there any more.")
        if recipe.generator and recipe.generator != self._transfer.checkpoint.digest:
            notes.append("Another version of the generator painted it, so the result will differ.")
        photo = self._copy(owner, recipe.photo, session)
        tile = keys.index(style) if style and not picture else None
        return Restored(photo, style, tile, picture, blend, notes)

    def fill(self, recipe: Recipe, found: Restored, photo: object) -> tuple:
        """Updates of the controls, in the order of ``StylizeTab.controls``."""
        return (
            photo,
            gr.Gallery(selected_index=found.tile),
            found.style or gr.skip(),
            str(found.picture) if found.picture else None,
            recipe.strength,
            recipe.keep_colors,
            recipe.brush,
            recipe.seed,
            found.blend,
            recipe.mix,
            recipe.size or 0,
            recipe if recipe.finish else None,
        )

    def _copy(self, owner: str, digest: str, session: str) -> Path | None:
        source = self._store.source(owner, digest) if owner and digest else None
        if not source or not source[0].exists():
            return None
        path, name = source
        return self._results.copy(f"{name.partition('__')[0]}.png", path, session)

    @staticmethod
    def _missing(recipe: Recipe) -> str:
        if recipe.picture:
            return "Its style came from a picture that is not here: add it again as the style picture."
        if recipe.pack:
            return f"Its style, {escape_markdown(recipe.title)}, is not among your styles any more."
        if recipe.style:
            return f"This app has no style called {escape_markdown(recipe.title or recipe.style)}: pick another one."
        return (
            f"Its style, {escape_markdown(recipe.title)}, is its painter's own: choose another." if recipe.title else ""
        )
