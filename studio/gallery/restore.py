"""From a recipe back to the controls of the Stylize tab."""

from dataclasses import dataclass
from pathlib import Path

from studio.gallery.recipe import Recipe
from studio.gallery.store import Store
from studio.styles.library import StyleLibrary
from studio.web.messages import escape_markdown
from studio.web.served_files import ServedFiles
from studio.web.visitor import Visitor
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

    def __init__(self, transfer: StyleTransfer, library: StyleLibrary, files: ServedFiles, store: Store):
        self._transfer, self._library, self._files, self._store = transfer, library, files, store

    def find(self, visitor: Visitor, recipe: Recipe) -> Restored:
        """Photo, style and picture of a recipe, as far as this visitor has them."""
        notes = []
        builtin = list(self._transfer.checkpoint.styles)
        own = (
            {style.digest: style.key for style in self._library.styles(visitor.owner_key)} if visitor.owner_key else {}
        )
        keys = [*builtin, *own.values()]
        style = own.get(recipe.pack) if recipe.pack else recipe.style if recipe.style in builtin else None
        picture = self._copy(visitor, recipe.picture)
        if not style and not picture:
            notes.append(self._missing(recipe))
        blend = own.get(recipe.blend_pack, "") or (recipe.blend if recipe.blend in builtin else "")
        if not blend and (recipe.blend or recipe.blend_pack):
            notes.append("The second style is not there any more.")
        if recipe.generator and recipe.generator != self._transfer.checkpoint.digest:
            notes.append("Another version of the generator painted it, so the result will differ.")
        photo = self._copy(visitor, recipe.photo)
        tile = keys.index(style) if style and not picture else None
        return Restored(photo, style, tile, picture, blend, notes)

    def _copy(self, visitor: Visitor, digest: str) -> Path | None:
        source = self._store.source(visitor.owner_key, digest) if visitor.owner_key and digest else None
        if not source or not source[0].exists():
            return None
        path, name = source
        return self._files.copy(f"{name.partition('__')[0]}.png", path, visitor.session)

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
