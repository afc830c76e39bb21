"""Paintings over the whole screen: what the page's theatre (``studio/web/theatre.py``) gets to show, and when."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
from PIL import Image

from studio.gallery.models import Filter, Result
from studio.gallery.recipe import bare_photo
from studio.operation.jobs import job, note_error
from studio.operation.shares import dear
from studio.painting.every_style import EveryStyle
from studio.painting.painter import Painter
from studio.painting.views import before_after, version
from studio.tabs.wiring import PRIVATE, QUIET, TELLING
from studio.web.guard import check_files
from studio.web.visitor import Visitor
from stylegan import UserError
from stylegan.images import fitted

SIDE = 1024  # px, of the photo as it is painted for a presentation
FAVOURITES, FAVOURITE_SIDE = 12, 640  # on the last wall; px
OPEN = "() => window.atelierTheatre.open()"  # in the click itself: browsers allow the whole screen nowhere else
SHOW = "(scene) => window.atelierTheatre.show(scene)"
NOTHING = "There is nothing to present yet. Paint something first."
Scene = dict[str, Any]


class Presentation:
    """One for each page, inside the current Blocks."""

    def __init__(self, painter: Painter, every: EveryStyle):
        self._painter, self.every = painter, every
        self.scene = gr.JSON(visible="hidden")
        self.scene.change(None, self.scene, None, js=SHOW, **PRIVATE)
        self._closed = gr.Button(visible="hidden", elem_id="theatre-closed")

    def wire(self, start: gr.Button, scenes: Callable, inputs: list, **options: Any) -> None:
        """A click on start opens the presentation; scenes: yields what to show, again and again, until it is left."""
        start.click(None, js=OPEN, **PRIVATE)
        filling = start.click(scenes, inputs, self.scene, **TELLING, **options)
        self._closed.click(None, cancels=[filling], **QUIET)

    @dear("present")
    @job("present")
    def in_all_styles(self, request: gr.Request, owner_key: str, *, photo: str, **settings: Any) -> Iterator[Scene]:
        """The photo in one style after another, then the visitor's favourites."""
        visitor = Visitor.of(owner_key, request)
        try:
            check_files(visitor.session, photo)
            image = bare_photo(photo)
            image = fitted(image, SIDE) if max(image.size) > SIDE else image
            before = self._file("photo", image, visitor.session)
            slides = []
            for one in self.every.paint(visitor, image, settings):
                painting = self._file("painting", one.painting, visitor.session)
                slides.append({"photo": before, "painting": painting, "title": one.title, "artist": one.artist})
                yield _scene(slides, more=True)
            yield _scene([*slides, *self._favourites(visitor)])
        except UserError as error:
            note_error(error)
            yield {"said": str(error), "at": time.time()}

    def of_paintings(self, results: Sequence[Result], visitor: Visitor) -> Iterator[Scene]:
        """Kept paintings, then the visitor's favourites."""
        if not results:
            yield {"said": NOTHING, "at": time.time()}
            return
        slides = []
        for result in results:
            with Image.open(result.painting) as painting, Image.open(result.photo) as photo:
                before, after = before_after(self._painter.files, photo.convert("RGB"), painting, visitor.session)
            info = self._painter.transfer.checkpoint.styles.get(result.recipe.style)
            artist = f"{info.artist}, {info.year}" if info else ""
            slides.append({"photo": before, "painting": after, "title": result.title, "artist": artist})
            yield _scene(slides, more=True)
        yield _scene([*slides, *self._favourites(visitor)])

    def side_by_side(self, results: Sequence[Result], visitor: Visitor) -> Scene:
        """Kept paintings next to one another, with zoom in step."""
        pictures = []
        for result in results:
            with Image.open(result.photo) as photo, Image.open(result.painting) as painting:
                _, path = before_after(self._painter.files, photo.convert("RGB"), painting, visitor.session)
            how = f"{result.title}, strength {result.recipe.strength:g}, {version(result.recipe)}"
            pictures.append({"painting": path, "title": how})
        return {"compare": pictures, "at": time.time()}

    def _favourites(self, visitor: Visitor) -> list[dict[str, Any]]:
        """The last slide, if there are any: all favourites on one wall."""
        found = (
            self._painter.store.page(visitor.owner_key, Filter(favourites=True), FAVOURITES)
            if visitor.owner_key
            else []
        )
        paths = []
        for result in found:
            with Image.open(result.painting) as painting:
                view = fitted(painting.convert("RGB"), FAVOURITE_SIDE)
                paths.append(self._file("favourite", view, visitor.session))
        return [{"wall": paths, "title": "Favourites", "artist": ""}] if paths else []

    def _file(self, name: str, image: Image.Image, session: str) -> str:
        return str(self._painter.files.add(name, image, "JPEG", session))


def _scene(slides: list[dict[str, Any]], more: bool = False) -> Scene:
    """What is there so far. more: whether there is more to come."""
    return {"slides": list(slides), "more": more}
