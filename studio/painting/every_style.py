"""One photo in every style that a visitor can choose: the built-in ones, then the visitor's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PIL import Image

from studio.operation.jobs import note_size
from studio.painting.request import RequestReader, read_settings
from studio.styles.library import StyleLibrary
from studio.web.visitor import Visitor
from stylegan import StyleTransfer


@dataclass(frozen=True)
class InOneStyle:
    """The photo in one of the styles."""

    key: str  # by which the style is chosen
    title: str
    artist: str  # with the year; empty for a style of the visitor's own
    painting: Image.Image


class EveryStyle:
    """Paints a photo in all of a visitor's styles, one after another."""

    def __init__(self, transfer: StyleTransfer, library: StyleLibrary):
        self._transfer, self._library = transfer, library
        self._reader = RequestReader(transfer, library)

    def keys(self, owner_key: str) -> list[str]:
        """By which the styles are chosen, in the order of their tiles."""
        own = self._library.styles(owner_key) if owner_key else []
        return [*self._transfer.checkpoint.styles, *(style.key for style in own)]

    def paint(self, visitor: Visitor, photo: Image.Image, values: Mapping[str, object]) -> Iterator[InOneStyle]:
        """The photo in one style after another. values: of the page's settings; the photo keeps its size.

        Raises:
            StyleError, SettingError: with a message for the user.
        """
        note_size(photo.size)
        settings = read_settings({name: value for name, value in values.items() if name != "size"})
        for key in self.keys(visitor.owner_key):
            source, info = self._reader.style(visitor, key), self._transfer.checkpoint.styles.get(key)
            artist = f"{info.artist}, {info.year}" if info else ""
            yield InOneStyle(key, source.title, artist, self._transfer.stylize(photo, source.style, settings))
