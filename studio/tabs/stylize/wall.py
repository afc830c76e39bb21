"""The wall of styles: a tile for each, painted with the visitor's photo as soon as there is one."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from studio.painting.showcase import Opening
from studio.painting.small_views import PATIENCE, SmallViews, small
from studio.painting.wishes import Latest
from studio.styles.library import StyleLibrary
from studio.tabs.wiring import Updates
from studio.web.components import picture_wall
from studio.web.guard import may_open
from studio.web.visitor import Visitor
from stylegan import ImageError
from stylegan.builtin_styles import StyleInfo

AT_ONCE = 8  # tiles that change together
QUIET, LONGEST = 0.8, 3.0  # seconds to leave the tiles alone after a click, and in all
BLANK = "lightgray"  # a style of which there is no picture yet


class Wall:
    """Its component, inside the current Blocks, and what its tiles show."""

    def __init__(self, styles: list[StyleInfo], library: StyleLibrary, views: SmallViews, opening: Opening):
        self._styles, self._library, self._views, self._opening = styles, library, views, opening
        self._latest = Latest()
        self.tiles = picture_wall(
            value=[(str(path), title) for path, title in opening.tiles], label="Styles", show_label=False,
            container=False, columns=4, object_fit="cover", height="auto", allow_preview=False, interactive=False,
            buttons=[], selected_index=0, elem_id="wall",
        )  # fmt: skip
        self.own = gr.State([])  # keys of the visitor's own tiles, which follow the built-in ones

    def keys(self, own: list[str]) -> list[str]:
        """What each tile chooses: the built-in styles, then the visitor's own."""
        return [*(style.name for style in self._styles), *own]

    def lit(self, owner_key: str, style: str, picture: str | None) -> int | None:
        """The tile of a style; none where a picture gives the style."""
        keys = self.keys([own.key for own in self._library.styles(owner_key)] if owner_key else [])
        return keys.index(style) if style in keys and not picture else None

    def list_styles(
        self, request: gr.Request, owner_key: str, blend: gr.Dropdown, values: Mapping[str, Any]
    ) -> Updates:
        """The tiles with the visitor's own after the built-in ones, their keys, and all styles to mix in."""
        styles = self._library.styles(owner_key) if owner_key else []
        choices = [("None", ""), *((style.title, style.name) for style in self._styles)]
        own = [style.key for style in styles]
        lit = self.lit(owner_key, values["style"], values["style_image"])
        return {
            self.tiles: gr.Gallery(self._pictures(Visitor.of(owner_key, request), values), selected_index=lit),
            self.own: own,
            blend: gr.Dropdown([*choices, *((f"★ {style.title}", style.key) for style in styles)]),
        }

    def ask(self, page: str, number: int, values: Mapping[str, Any]) -> None:
        """From now on the page waits for tiles of this. number: as for ``Latest.ask``."""
        self._latest.ask(page, number, values)

    def repaint(
        self, request: gr.Request, owner_key: str, values: Mapping[str, Any], clicked_at: Callable[[], float | None]
    ) -> Iterator[Updates]:
        """The visitor's photo in every tile, some tiles at a time, until something else is asked for.

        clicked_at: when the page asked for a painting last; None: never.
        """
        visitor, page, photo = Visitor.of(owner_key, request), request.session_hash or "", values["photo"]

        def wanted() -> bool:
            return self._latest.wanted(page, values)

        if not photo or not may_open(photo, visitor.session):
            _wait_for_quiet(wanted, clicked_at)  # Gradio takes a photo away before it puts another in its place
            if wanted():
                yield {self.tiles: gr.Gallery(self._pictures(visitor, values))}
            return
        try:
            view = small(photo)
        except ImageError:  # the painting says what is wrong with it
            yield gr.skip()
            return
        own = [style.key for style in self._library.styles(owner_key)] if owner_key else []
        missing = [key for key in self.keys(own) if not self._views.known(visitor, key, values)]
        for start in range(0, len(missing), AT_ONCE):
            for key in missing[start : start + AT_ONCE]:
                self._views.paint(visitor, key, view, values, wanted)
            _wait_for_quiet(wanted, clicked_at)
            if not wanted():
                break
            yield {self.tiles: gr.Gallery(self._pictures(visitor, values))}
        if not missing:
            yield {self.tiles: gr.Gallery(self._pictures(visitor, values))}

    def _pictures(self, visitor: Visitor, values: Mapping[str, Any]) -> list[tuple[str | Image.Image, str]]:
        """Every tile as far as it is painted: the visitor's photo, else the example's or the style's own."""
        examples = [(style.name, str(path), title) for style, (path, title) in zip(self._styles, self._opening.tiles)]
        owned = self._library.styles(visitor.owner_key) if visitor.owner_key else []
        blank = Image.new("RGB", (64, 64), BLANK)
        tiles = [*examples, *((style.key, style.tile or blank, f"★ {style.title}") for style in owned)]
        known: dict[str, Path | None] = {}
        if values["photo"]:
            known = {key: self._views.known(visitor, key, values) for key, _, _ in tiles}
        return [(str(known[key]) if known.get(key) else picture, title) for key, picture, title in tiles]


def _wait_for_quiet(wanted: Callable[[], bool], clicked_at: Callable[[], float | None]) -> None:
    """Until the last click is some time ago: a tile that changes between two clicks loses the second."""
    end = time.monotonic() + LONGEST
    while wanted() and time.monotonic() < min(end, (clicked_at() or 0) + QUIET):
        time.sleep(PATIENCE)
