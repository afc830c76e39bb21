"""All styles at once: one photo in every style of the visitor's, each of which can be chosen with a click."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from PIL import Image

from studio.gallery.recipe import bare_photo
from studio.operation.jobs import job, note_error
from studio.operation.shares import dear
from studio.painting.every_style import EveryStyle
from studio.painting.painter import Painter
from studio.painting.sheets import contact_sheet
from studio.tabs.wiring import PAINTING, QUIET, TELLING, Updates
from studio.web.guard import check_files, session_of
from studio.web.messages import status_line, user_errors
from studio.web.visitor import Visitor
from stylegan import UserError
from stylegan.images import fitted

SIDE = 512  # px, of the photo as it is painted
CELL = 300  # px, on the sheet that is downloaded
COLUMNS = 5


class StyleSheet:
    """The sheet's part of the page, inside the current Blocks, and its events."""

    def __init__(self, painter: Painter, every: EveryStyle, example: Path):
        """example: the photo that is painted as long as there is no other."""
        self._painter, self._every, self._example = painter, every, example
        self._running: set[str | None] = set()  # pages that a sheet is painted for
        self._stopped: set[str | None] = set()
        self.keys = gr.State([])  # of the styles on the sheet, in their order
        with gr.Group(visible=False) as self.group:
            with gr.Row(elem_id="sheet-head"):  # above the pictures that come and go: Stop must not move
                self.status = gr.HTML(elem_id="sheet-status", padding=True)
                self._stop = gr.Button("Stop", variant="stop", size="sm", scale=0, min_width=100, elem_id="sheet-stop")
            self.pictures = gr.Gallery(
                label="Your photo in all styles", show_label=False, container=False, columns=4, object_fit="cover",
                height="auto", allow_preview=False, interactive=False, buttons=[], elem_id="sheet",
            )  # fmt: skip
            with gr.Row():
                self.save = gr.DownloadButton(
                    "Download the sheet", interactive=False, size="sm", elem_id="sheet-download"
                )
                self._close = gr.Button("Close", size="sm", elem_id="sheet-close")

    def wire(
        self, start: gr.Button, owner_key: gr.BrowserState, photo: gr.Image, settings: dict[str, Component]
    ) -> None:  # fmt: skip
        """A click on start paints the sheet of the photo, with the settings of the page."""
        parts = [self.group, self.status, self.pictures, self.save, self.keys, self._stop]
        asked: dict[str, Block] = {"photo": photo, **settings}
        start.click(self.paint, owner_key, parts, inputs_kwargs=asked, **TELLING, **PAINTING)
        self._stop.click(self.stop, None, None, **QUIET)
        self._close.click(self.stop, None, None, **QUIET)
        self._close.click(lambda: gr.Group(visible=False), None, self.group, **QUIET)

    @dear("all styles")
    @job("all styles")
    def paint(self, request: gr.Request, owner_key: str, *, photo: str | None, **settings: Any) -> Iterator[Updates]:
        """The sheet after each style; it can be stopped between two of them."""
        with user_errors():
            check_files(session_of(request), photo)
            image = fitted(bare_photo(photo or self._example), SIDE)
        self._running.add(request.session_hash)
        try:
            yield from self._paint(image, Visitor.of(owner_key, request), request.session_hash, settings)
        except UserError as error:  # said where the progress stood, which would else stay there
            note_error(error)
            yield {self.status: status_line(html.escape(str(error)))}
        finally:
            self._running.discard(request.session_hash)
            self._stopped.discard(request.session_hash)

    def _paint(
        self, image: Image.Image, visitor: Visitor, page: str | None, settings: dict[str, Any]
    ) -> Iterator[Updates]:  # fmt: skip
        keys = self._every.keys(visitor.owner_key)
        shown, cells = [], [(fitted(image, CELL), "Your photo")]
        yield {
            self.group: gr.Group(visible=True),
            self.status: status_line("Painting…", 0),
            self.pictures: gr.Gallery([], selected_index=None),
            self.keys: keys,
            self.save: gr.DownloadButton(value=None, interactive=False),
            self._stop: gr.Button(interactive=True),
        }
        for number, one in enumerate(self._every.paint(visitor, image, settings), start=1):
            path = self._painter.files.add("style", one.painting, "JPEG", visitor.session)
            shown.append((str(path), one.title))
            cells.append((fitted(one.painting, CELL), one.title))
            stopped = page in self._stopped
            said = "Stopped. Click one to see it large." if stopped else f"{number} of {len(keys)} styles"
            yield {
                self.status: status_line(said, None if stopped else number / len(keys)),
                self.pictures: list(shown),
            }
            if stopped:
                break
        else:
            yield {self.status: status_line(f"All {len(keys)} styles. Click one to see it large.")}
        sheet = self._painter.files.add("all_styles", contact_sheet(cells, CELL, COLUMNS), "JPEG", visitor.session)
        yield {
            self.save: gr.DownloadButton(value=str(sheet), interactive=True),
            self._stop: gr.Button(interactive=False),
        }

    def stop(self, request: gr.Request) -> None:
        """Stop; the sheet says so itself, because its last progress could come after a message from here."""
        self._stopped.update(self._running & {request.session_hash})
