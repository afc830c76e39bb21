"""What a visitor asks to have painted: read and checked in one place, and then the same for all who need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image

from studio.gallery.recipe import Recipe, bare_photo, pixel_digest
from studio.styles.library import OWN_PREFIX, StyleLibrary
from studio.web.guard import check_files
from studio.web.messages import ADD_PHOTO
from studio.web.served_files import clean_stem
from studio.web.visitor import Visitor
from stylegan import ImageError, Settings, StyleError, StyleTransfer
from stylegan.formats.style_pack import SUFFIX

DEFAULT_STYLE = "great_wave"  # of a program that names none
OWN_PICTURE = "Your own picture"  # what a style is called that came from a picture


@dataclass(frozen=True)
class StyleSource:
    """A style, looked up once."""

    title: str  # what people call it
    stem: str  # what a painting's file says of it
    caption: str  # what the page says of it
    style: str | Path | Image.Image  # what ``StyleTransfer`` paints with
    name: str = ""  # of a built-in style
    pack: str = ""  # digest of a style pack
    picture: Image.Image | None = None  # that gives the style


@dataclass(frozen=True)
class PaintRequest:
    """A painting to be made, and all that it is made of."""

    photo: Image.Image
    stem: str  # of the photo's file
    style: StyleSource
    generator: str  # digest of its file
    second: StyleSource | None = None
    mix: float = 0.5  # how much of the second style
    settings: Settings = field(default_factory=Settings)
    visitor: Visitor = field(default_factory=Visitor)

    @property
    def name(self) -> str:
        """Of the painting's file, without the ending."""
        return clean_stem(f"{self.stem}__{self.style.stem}")

    @property
    def styles(self) -> str | Path | Image.Image | list[tuple]:
        """What ``StyleTransfer`` paints with."""
        if not self.second:
            return self.style.style
        return [(self.style.style, 1 - self.mix), (self.second.style, self.mix)]

    @cached_property
    def recipe(self) -> Recipe:
        """Of the plain painting."""
        second: dict[str, Any] = {}
        if self.second:
            second = {"blend": self.second.name, "blend_pack": self.second.pack, "mix": self.mix}
        return Recipe(
            style=self.style.name,
            title=self.style.title,
            pack=self.style.pack,
            picture=pixel_digest(self.style.picture) if self.style.picture else "",
            photo=pixel_digest(self.photo),
            generator=self.generator,
            **second,
            **self.settings.settings,
        )


class RequestReader:
    """Turns what controls and programs say into requests.

    Every method raises ImageError, StyleError or SettingError, with a message for the user, where something cannot be
    used: a file of another visitor, a style that is not there, a number out of its range.
    """

    def __init__(self, transfer: StyleTransfer, library: StyleLibrary):
        self._transfer, self._library = transfer, library

    def from_page(
        self, visitor: Visitor, *, photo: str | None, style: str, style_image: str | None = None,
        blend: str | None = "", mix: float = 0.5, **settings: Any,
    ) -> PaintRequest:  # fmt: skip
        """What the controls of the page ask for.

        style, blend: a built-in name or the key of an own style. style_image: a picture in the place of the style.
        """
        check_files(visitor.session, photo, style_image)
        source = self.picture(style_image) if style_image else self.style(visitor, style)
        second = self.style(visitor, blend) if blend else None
        return self.read(visitor, photo, source, second, mix, settings)

    def from_program(
        self, session: str, *, photo: str | None, style: str | None, style_image: str | None = None,
        blend: str | None = "", mix: float = 0.5, pack: str | None = None, **settings: Any,
    ) -> PaintRequest:  # fmt: skip
        """What a caller of /stylize asks for, whose painting is kept for nobody.

        session: whose files may be used. pack: the file of a style pack in the place of the style.
        """
        style = style or DEFAULT_STYLE
        built_in = {name: self.built_in(name) for name in filter(None, (style, blend))}
        if pack and not pack.endswith(SUFFIX):
            raise StyleError(f"The name of a style pack ends in {SUFFIX}.")
        check_files(session, photo, style_image, pack)
        source = self.pack(pack) if pack else self.picture(style_image) if style_image else built_in[style]
        return self.read(Visitor(), photo, source, built_in.get(blend or ""), mix, settings)

    def read(
        self,
        visitor: Visitor,
        photo: str | None,
        style: StyleSource,
        second: StyleSource | None = None,
        mix: float = 0.5,
        settings: Mapping[str, object] | None = None,
    ) -> PaintRequest:
        """A request for files and styles that this visitor may use."""
        if not photo:
            raise ImageError(ADD_PHOTO)
        return PaintRequest(
            photo=bare_photo(photo),
            stem=Path(photo).stem,
            style=style,
            generator=self._transfer.checkpoint.digest,
            second=second if second and second.style != style.style else None,
            mix=float(mix),
            settings=read_settings(settings or {}),
            visitor=visitor,
        )

    def style(self, visitor: Visitor, key: str) -> StyleSource:
        """A built-in style, or one of the visitor's own."""
        if not key.startswith(OWN_PREFIX):
            return self.built_in(key)
        own = self._library.find(visitor.owner_key, key)
        return StyleSource(own.title, own.title, f"your style {own.title}", own.path, pack=own.digest)

    def built_in(self, name: str) -> StyleSource:
        """A built-in style. Any other text is refused: it must never reach the file system as a path."""
        known = self._transfer.checkpoint.styles
        if name not in known:
            raise StyleError(f"There is no style called {name}. Known: {', '.join(known)}.")
        info = known[name]
        caption = f"the style of {info.title}, {info.artist}, {info.year}"
        return StyleSource(info.title, name, caption, name, name=name)

    def picture(self, path: str) -> StyleSource:
        """The style of a picture."""
        picture = bare_photo(path)
        return StyleSource(OWN_PICTURE, Path(path).stem, "the style of your own picture", picture, picture=picture)

    def pack(self, path: str | Path) -> StyleSource:
        """The style of a style pack's file."""
        pack = self._transfer.load_pack(path)
        stem = Path(path).name.removesuffix(SUFFIX)
        return StyleSource(pack.name, stem, f"the style {pack.name}", Path(path), pack=pack.digest)


def read_settings(values: Mapping[str, Any]) -> Settings:
    """Settings from controls: one that is empty, and 0 where the usual is nothing, mean the usual."""
    usual = Settings()
    said = {name: value for name, value in values.items() if value or getattr(usual, name) is not None}
    return Settings(**{name: value for name, value in said.items() if value is not None})
