"""How a painting was made, written into its PNG file: enough to paint it again, nothing about who made it.

Each setting is a PNG text chunk of its own, so that any viewer of metadata shows it. A file from elsewhere is hostile
until proven otherwise: a recipe counts only if every value in it is one that the app could have written.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stylegan import Settings
from stylegan.images import load_image

SOFTWARE = "Atelier"
MAX_TITLE = 200  # characters
LINK_FIELDS = ("style", *(field.name for field in fields(Settings)), "blend", "mix", "finish")  # in a link
_ORDER = (  # of the texts, by which the store finds a painting again; what is new comes after them
    *("style", "title", "strength", "seed", "keep_colors", "brush", "blend", "mix", "size", "finish"),
    *("pack", "blend_pack", "picture", "photo", "generator"),
)
_NAME = re.compile(r"[a-z0-9_]{1,60}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Recipe(Settings):
    """How one painting was made: its settings, and what it was made of. Digests are SHA-256 in hex.

    Raises:
        SettingError: a setting out of its range.
    """

    style: str = ""  # name of a built-in style; none where a pack or a picture gave the style
    title: str = ""  # what people call the style
    blend: str = ""  # name of a built-in second style
    mix: float = 0.5
    finish: float = 0.0  # share of the finishing that was done: 0 none, 1 all
    pack: str = ""  # digest of the visitor's own style
    blend_pack: str = ""  # digest of the visitor's own second style
    picture: str = ""  # digest of the picture that gave the style
    photo: str = ""  # digest of the photo's pixels
    generator: str = ""  # digest of the generator's file

    def texts(self) -> dict[str, str]:
        """The recipe as texts by name, without what it does not have."""
        values = asdict(self)
        given = {name: values[name] for name in _ORDERED if values[name] is not None and values[name] != ""}
        return {"Software": SOFTWARE} | {_label(name): str(value) for name, value in given.items()}

    def chunks(self) -> PngInfo:
        """The texts for Pillow to write into a PNG file."""
        info = PngInfo()
        for label, text in self.texts().items():
            info.add_text(label, text)  # anything beyond Latin-1 becomes UTF-8
        return info

    def public(self) -> "Recipe":
        """The recipe without a trace of photos, pictures and styles that are a visitor's own; the title stays."""
        return replace(self, photo="", picture="", pack="", blend_pack="")

    def query(self) -> dict[str, str]:
        """What a link to these settings says: never a picture or anything of a visitor's own."""
        usual = Recipe()
        values = {name: getattr(self, name) for name in LINK_FIELDS if getattr(self, name) != getattr(usual, name)}
        return {name: str(value) for name, value in values.items()}

    def finish_for(self, planned: "Recipe") -> float:
        """How far to finish a painting that is planned: as far as this one, where it has the same settings.

        Where this recipe names no photo, as in a link, it is for any.
        """
        other = {"title": self.title, "generator": self.generator, "finish": self.finish}
        if not self.photo:
            other["photo"] = ""
        return self.finish if replace(planned, **other) == self else 0.0


def read_texts(texts: Mapping[Any, object]) -> Recipe | None:
    """The recipe in a PNG file's texts, or None where there is none that the app could have written."""
    if texts.get("Software") != SOFTWARE:
        return None
    return _parse({field.name: texts.get(_label(field.name)) for field in fields(Recipe)})


def read_recipe(path: str | Path) -> Recipe | None:
    """The recipe in a PNG file, or None. Reads no pixels."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return read_texts(image.info)
    except Exception:  # whatever is wrong with the file, the loader of photos says it better
        return None


def read_query(query: Mapping[str, object]) -> Recipe | None:
    """The settings in a link, or None where there are none or something in it is impossible."""
    return (
        _parse({name: query.get(name) for name in LINK_FIELDS}) if any(name in query for name in LINK_FIELDS) else None
    )


def pixel_digest(image: Image.Image) -> str:
    """What tells one RGB picture from another: size and pixels, nothing else."""
    return hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()


def bare_photo(source: str | Path | Image.Image) -> Image.Image:
    """An upright RGB picture with its pixels alone: no place, camera, date or comment goes any further.

    Raises:
        ImageError: as ``load_image``.
    """
    image = load_image(source)
    return Image.frombytes("RGB", image.size, image.tobytes())


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _parse(texts: Mapping[str, Any]) -> Recipe | None:
    """A recipe of texts by field; anything odd makes it none at all."""
    given = {name: text for name, text in texts.items() if text is not None}
    if not all(isinstance(text, str) and len(text) <= MAX_TITLE for text in given.values()):
        return None
    try:
        recipe = Recipe(**{name: _READERS[name](text) for name, text in given.items()})
    except (ValueError, KeyError):
        return None
    return recipe if _possible(recipe) else None


def _possible(recipe: Recipe) -> bool:
    """Whether the app can have written what a recipe was made of."""
    digests = recipe.pack, recipe.blend_pack, recipe.picture, recipe.photo, recipe.generator
    return (
        all(not name or _NAME.fullmatch(name) for name in (recipe.style, recipe.blend))
        and all(not digest or _DIGEST.fullmatch(digest) for digest in digests)
        and recipe.title.isprintable()
        and 0 <= recipe.mix <= 1
        and 0 <= recipe.finish <= 1
    )


def _flag(text: str) -> bool:
    return {"True": True, "False": False}[text]


_READERS: dict[str, Callable[[str], Any]] = {field.name: str for field in fields(Recipe)}
_READERS |= {"mix": float, "finish": float}
_READERS |= {field.name: field.metadata["kind"] for field in fields(Settings)}
_READERS |= {name: _flag for name, kind in _READERS.items() if kind is bool}
_ORDERED = [*_ORDER, *(field.name for field in fields(Recipe) if field.name not in _ORDER)]
