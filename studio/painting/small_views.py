"""A photo in every style, small: what a click on each tile would give."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextvars import Context
from pathlib import Path
from typing import Any

from PIL import Image

from studio.gallery.recipe import bare_photo
from studio.painting.painter import Painter
from studio.painting.request import RequestReader
from studio.web.served_files import OPTIONS, clean_stem
from studio.web.visitor import Visitor
from stylegan import UserError
from stylegan.formats.safe_write import replacing
from stylegan.images import fitted

SIDE = 208  # px, long side
KEPT = 200  # photos with their settings; the oldest go first
PATIENCE = 0.05  # seconds between two looks whether a painting is on its way
SAME = ("strength", "keep_colors", "brush", "seed", "between")  # settings that a small view shares with the painting


class SmallViews:
    """Paints them one by one, while nobody waits for a painting."""

    def __init__(self, painter: Painter, requests: RequestReader):
        self._painter, self._requests = painter, requests
        self._folders: OrderedDict[tuple, Path] = OrderedDict()  # by what all small views in it are made of

    def known(self, visitor: Visitor, key: str, values: Mapping[str, Any]) -> Path | None:
        """One that is there already. key: of its style. values: of the controls."""
        folder = self._folders.get(_made_of(visitor, values))
        path = folder and folder / _file(key)
        return path if path and path.exists() else None

    def paint(
        self, visitor: Visitor, key: str, photo: Image.Image, values: Mapping[str, Any], wanted: Callable[[], bool]
    ) -> Path | None:
        """One more; None where nobody wants it any more, or where its style cannot be used.

        photo: as ``small`` gives it.
        """
        while self._painter.busy and wanted():
            time.sleep(PATIENCE)
        if not wanted():
            return None
        settings = {name: values[name] for name in SAME if values[name] is not None}
        try:
            style = self._requests.style(visitor, key).style
            # Without the visitor's request: on a Space with lent GPUs nobody's time is spent on tiles.
            painting = Context().run(self._painter.transfer.stylize, photo, style, **settings)
        except UserError:
            return None
        path = self._folder(visitor, values) / _file(key)
        with replacing(path, durable=False) as partial:
            painting.save(partial, "WEBP", **OPTIONS["WEBP"])
        return path

    def _folder(self, visitor: Visitor, values: Mapping[str, Any]) -> Path:
        name = _made_of(visitor, values)
        if name not in self._folders or not self._folders[name].exists():
            self._folders[name] = self._painter.files.new_path("tile", "webp", visitor.session).parent
            while len(self._folders) > KEPT:
                self._folders.popitem(last=False)
        return self._folders[name]


def small(photo: str | Path) -> Image.Image:
    """A photo as it is painted for a tile.

    Raises:
        ImageError: it cannot be read.
    """
    return fitted(bare_photo(photo), SIDE)


def _made_of(visitor: Visitor, values: Mapping[str, Any]) -> tuple:
    return visitor, values["photo"], *(values[name] for name in SAME)


def _file(key: str) -> str:
    return f"{clean_stem(key)}.webp"
