"""From settings to a painted file that carries its recipe, kept in the visitor's gallery."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from studio.gallery.database import StoreError
from studio.gallery.recipe import Recipe, bare_photo, pixel_digest
from studio.gallery.store import Store
from studio.web.served_files import ServedFiles, clean_stem
from stylegan import SUFFIX, StyleTransfer
from stylegan.pipeline import FinishProgress

OWN_PICTURE = "Your own picture"  # what a style is called that came from a picture


@dataclass(frozen=True)
class Plan:
    """A painting to be made, and all that it is made of."""

    name: str  # of its file, without the ending
    recipe: Recipe  # of the plain painting
    photo: Image.Image
    picture: Image.Image | None  # that gave the style
    styles: str | dict[str, float]  # what to paint with
    settings: dict[str, object]


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

    def __init__(self, transfer: StyleTransfer, results: ServedFiles, store: Store):
        self.transfer, self.results, self.store = transfer, results, store

    def plan(
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
    ) -> Plan:
        """Read all that a painting is made of.

        Args:
            photo: an image file.
            style: a built-in name, the path of a style pack, or that of a picture.
            name: what the file says of the style.
            blend: a second style, a built-in name or the path of a pack.
            mix: how much of the second style.

        Raises:
            ImageError, StyleError: with a message for the user.
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
        return Plan(name, recipe, image, picture, {style: 1 - mix, blend: mix} if blend else style, settings)

    def paint(
        self,
        photo: str,
        style: str,
        name: str,
        *,
        finish: float = 0.0,
        owner: str = "",
        session: str = "",
        **settings: object,
    ) -> Painted:
        """Paint a photo; settings, photo, style and name are those of ``plan``, the rest those of ``carry_out``.

        Raises:
            ImageError, StyleError, SettingError: with a message for the user.
        """
        return self.carry_out(self.plan(photo, style, name, **settings), finish, owner, session)

    def carry_out(self, plan: Plan, finish: float = 0.0, owner: str = "", session: str = "") -> Painted:
        """Paint what is planned.

        finish: share of the finishing to do. owner: the visitor's key, or nothing. session: the browser that may open
        the file, or nothing.

        Raises:
            StyleError, SettingError: with a message for the user.
        """
        known = self.kept(plan, finish, owner, session)
        return known or self.write(plan, self._painting(plan, finish), finish, session)

    def kept(self, plan: Plan, finish: float, owner: str, session: str) -> Painted | None:
        """The painting as it is in the visitor's gallery already, if it is."""
        recipe = replace(plan.recipe, finish=finish)
        known = self.store.same(owner, recipe) if owner else None
        if not known:
            return None
        path = self.results.copy(f"{plan.name}.png", known.painting, session)
        return Painted(path, plan.name, recipe, plan.photo, plan.picture)

    def write(self, plan: Plan, painting: Image.Image, finish: float, session: str) -> Painted:
        """Write a painting into a file that carries its recipe."""
        recipe = replace(plan.recipe, finish=finish)
        path = self.results.add(plan.name, painting, session=session, pnginfo=recipe.chunks())
        return Painted(path, plan.name, recipe, plan.photo, plan.picture)

    def finish_steps(self, plan: Plan) -> Iterator[FinishProgress]:
        """What is planned, from the plain painting to the finished one."""
        return self.transfer.finish_steps(plan.photo, plan.styles, **plan.settings)

    def _painting(self, plan: Plan, finish: float) -> Image.Image:
        if not finish:
            return self.transfer.stylize(plan.photo, plan.styles, **plan.settings)
        with closing(self.finish_steps(plan)) as steps:
            return next(step.painting for step in steps if step.done >= finish)

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
        return {"pack": pack.digest, "title": pack.name}

    def _second(self, blend: str, mix: float) -> dict[str, str | float]:
        if not blend:
            return {}
        if blend in self.transfer.checkpoint.styles:
            return {"blend": blend, "mix": float(mix)}
        return {"blend_pack": self.transfer.load_pack(blend).digest, "mix": float(mix)}
