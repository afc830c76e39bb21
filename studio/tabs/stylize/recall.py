"""Settings that come back: from a painting that is dropped as a photo, from a link, from earlier in this visit."""

from dataclasses import replace
from pathlib import Path

import gradio as gr
from gradio.components import Component

from studio.gallery.recipe import bare_photo, read_query, read_recipe
from studio.gallery.restore import ADD_ITS_PHOTO, Restorer
from studio.painting.request import DEFAULT_STYLE
from studio.painting.wishes import Shown
from studio.tabs.stylize.controls import Controls
from studio.tabs.wiring import PRIVATE, QUIET, Updates
from studio.web.guard import check_files, may_open, session_of
from studio.web.messages import user_errors
from studio.web.served_files import ServedFiles
from studio.web.visitor import Visitor


class Recall:
    """What the page says of a painting that was dropped, inside the current Blocks, and its events."""

    def __init__(self, restorer: Restorer, files: ServedFiles):
        self._restorer, self._files = restorer, files
        with gr.Row(visible=False) as self._dropped:  # a painting of this app instead of a photo
            self._note = gr.Markdown(elem_id="note")
            self._over = gr.Button("Paint over this painting", size="sm", elem_id="over")
        self._given = gr.State("")  # the painting that was dropped as a photo
        self.linked = gr.State(0)  # counts up when the page's address names settings

    def wire(self, owner_key: gr.BrowserState, controls: Controls) -> None:
        """Follow the photo."""
        self._controls = controls
        recognised = [*controls.everything, self._dropped, self._note, self._given]
        controls.photo.change(self._recognise, [owner_key, controls.photo], recognised, **QUIET)
        self._over.click(self._paint_over, self._given, [controls.photo, self._dropped], **PRIVATE)

    @property
    def from_link(self) -> list[Component]:
        """What a link may change."""
        return [*self._controls.everything, self.linked]

    def read_link(self, request: gr.Request) -> Updates:
        """The settings that the page's address names, as a link from the Gallery does."""
        recipe = read_query(dict(request.query_params))
        if not recipe:
            return gr.skip()
        recipe = replace(recipe, style=recipe.style or DEFAULT_STYLE)
        return self._controls.fill(recipe, self._restorer.find(Visitor.of("", request), recipe)) | {self.linked: 1}

    def bring_back(self, owner_key: str, past: list[Shown], event: gr.SelectData, request: gr.Request) -> Updates:
        """Everything as it was when a painting of this visit was made."""
        shown, visitor = past[event.index], Visitor.of(owner_key, request)
        filled = self._controls.fill(shown.recipe, self._restorer.find(visitor, shown.recipe))
        there = shown.photo and may_open(shown.photo, visitor.session) and Path(shown.photo).exists()
        return filled | ({self._controls.photo: shown.photo} if there else {})

    def _recognise(self, owner_key: str, photo: str | None, request: gr.Request) -> Updates:
        """A photo that is a painting of this app gives its settings to the controls."""
        visitor = Visitor.of(owner_key, request)
        recipe = read_recipe(photo) if photo and may_open(photo, visitor.session) else None
        if not recipe:
            return gr.skip()
        found = self._restorer.find(visitor, recipe)
        where = "Its photo was in your Gallery." if found.photo else ADD_ITS_PHOTO
        note = " ".join(["The settings of this painting are back.", where, *found.notes])
        photo_or_none = {self._controls.photo: str(found.photo) if found.photo else None}
        about = {self._dropped: gr.Row(visible=True), self._note: note, self._given: photo}
        return self._controls.fill(recipe, found) | photo_or_none | about

    def _paint_over(self, given: str, request: gr.Request) -> Updates:
        """Take a painting of this app as a photo after all."""
        session = session_of(request)
        with user_errors():
            check_files(session, given)
            path = self._files.add(Path(given).stem, bare_photo(given), session=session, compress_level=1)
        return {self._controls.photo: str(path), self._dropped: gr.Row(visible=False)}
