"""From settings to a painted file that carries its recipe, kept in the visitor's gallery."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from studio.database import StoreError
from studio.recipe import Recipe, bare_photo, pack_digest, pixel_digest
from studio.results import ResultFolder, clean_stem
from studio.store import Store
from stylegan import SUFFIX, StyleTransfer

OWN_PICTURE = "Your own picture"  # what a style is called that came from a picture


@dataclass(frozen=True)
class Painted:
    """A painting of this moment."""

    path: Path  # a PNG file
    name: str  # of the file, without the ending
    recipe: Recipe
    photo: Image.Image
    picture: Image.Image | None  # that gave the style


class Painter:
    """Paints for a visitor; what the visitor's gallery has already is not painted again."""

    def __init__(self, transfer: StyleTransfer, results: ResultFolder, store: Store):
        self.transfer, self.results, self.store = transfer, results, store

    def paint(
        self,
        photo: str,
        style: str,
        name: str,
        *,
        strength: float = 1.0,
        keep_colors: bool = False,
        brush: float = 1.0,
        seed: int = 0,
        blend: str = "",
        mix: float = 0.5,
        size: int | None = None,
        owner: str = "",
        visit: str = "",
    ) -> Painted:
        """Paint a photo.

        Args:
            photo: an image file.
            style: a built-in name, the path of a style pack, or that of a picture.
            name: what the file says of the style.
            blend: a second style, a built-in name or the path of a pack.
            mix: how much of the second style.
            owner: the visitor's key, or nothing.
            visit: the browser that may open the file, or nothing.

        Raises:
            ImageError, StyleError, SettingError: with a message for the user.
        """
        image = bare_photo(photo)
        picture = bare_photo(style) if self._is_picture(style) else None
        blend = "" if blend == style else blend
        settings = {
            "strength": float(strength),
            "keep_colors": bool(keep_colors),
            "brush": float(brush),
            "seed": int(seed or 0),
            "size": int(size) if size else None,
        }
        recipe = Recipe(
            **self._origin(style, picture),
            **self._second(blend, mix),
            **settings,
            photo=pixel_digest(image),
            generator=self.transfer.checkpoint.digest,
        )
        name = clean_stem(f"{Path(photo).stem}__{name}")
        known = self.store.same(owner, recipe) if owner else None
        if known:
            path = self.results.copy(f"{name}.png", known.painting, visit)
        else:
            styles = {style: 1 - mix, blend: mix} if blend else style
            painting = self.transfer.stylize(image, styles, **settings)
            path = self.results.add(name, painting, visit=visit, pnginfo=recipe.chunks())
        return Painted(path, name, recipe, image, picture)

    def keep(self, owner: str, painted: Painted) -> str:
        """Keep a painting in the visitor's gallery; returns what the visitor should know, often nothing."""
        if not owner:
            return "Not kept in the Gallery: this browser stores nothing for this page."
        try:
            _, gone = self.store.add(owner, painted.path, painted.photo, painted.recipe, painted.name, painted.picture)
        except StoreError as error:
            return f"Not kept in the Gallery: {error}"
        if not gone:
            return ""
        return f"The Gallery was full: your oldest {'painting' if gone == 1 else f'{gone} paintings'} made room."

    def _is_picture(self, style: str) -> bool:
        return style not in self.transfer.checkpoint.styles and not style.endswith(SUFFIX)

    def _origin(self, style: str, picture: Image.Image | None) -> dict[str, str]:
        if picture:
            return {"picture": pixel_digest(picture), "title": OWN_PICTURE}
        if style in self.transfer.checkpoint.styles:
            return {"style": style, "title": self.transfer.checkpoint.styles[style].title}
        pack = self.transfer.load_pack(style)
        return {"pack": pack_digest(pack), "title": pack.name}

    def _second(self, blend: str, mix: float) -> dict[str, str | float]:
        if not blend:
            return {}
        if blend in self.transfer.checkpoint.styles:
            return {"blend": blend, "mix": float(mix)}
        return {"blend_pack": pack_digest(self.transfer.load_pack(blend)), "mix": float(mix)}
