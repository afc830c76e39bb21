"""All styles at once: one photo in every built-in style, as a contact sheet."""

import html
from collections.abc import Iterator

import gradio as gr
from PIL import Image

from studio.gallery.recipe import bare_photo
from studio.painting.painter import Painter
from studio.painting.sheets import contact_sheet
from studio.tabs.wiring import PAINTING, QUIET, TELLING, Updates
from studio.web.guard import check_files, session_of
from studio.web.messages import ADD_PHOTO, status_line, user_errors
from stylegan import ImageError, UserError
from stylegan.images import fitted

SIDE = 512  # px, of the photo as it is painted
CELL = 300  # px, on the sheet
COLUMNS = 5
BLANK = "#e7e0d8"  # where a style is still to come


class StyleSheet:
    """The sheet's part of the page, inside the current Blocks, and its events."""

    def __init__(self, painter: Painter, start: gr.Button, photo: gr.Image):
        """A click on start paints the sheet of the photo."""
        self._painter = painter
        self._running: set[str | None] = set()  # pages that a sheet is painted for
        self._stopped: set[str | None] = set()
        with gr.Group(visible=False) as self.group:
            with gr.Row(elem_id="sheet-head"):  # above the pictures that come and go: Stop must not move
                self.status = gr.HTML(elem_id="sheet-status", padding=True)
                stop = gr.Button("Stop", variant="stop", size="sm", scale=0, min_width=100, elem_id="sheet-stop")
            self.sheet = gr.Image(
                label="Your photo in all styles", show_label=False, type="filepath", interactive=False,
                buttons=["fullscreen"], elem_id="sheet",
            )  # fmt: skip
            with gr.Row():
                self.save = gr.DownloadButton(
                    "Download the sheet", interactive=False, size="sm", elem_id="sheet-download"
                )
                close = gr.Button("Close", size="sm", elem_id="sheet-close")
        parts = [self.group, self.status, self.sheet, self.save]
        start.click(self.paint, photo, parts, **TELLING, **PAINTING)
        stop.click(self.stop, None, None, **QUIET)
        close.click(self.stop, None, None, **QUIET)
        close.click(lambda: gr.Group(visible=False), None, self.group, **QUIET)

    def paint(self, photo: str | None, request: gr.Request) -> Iterator[Updates]:
        """The sheet after each style; it can be stopped between two of them."""
        with user_errors():
            if not photo:
                raise ImageError(ADD_PHOTO)
            check_files(session_of(request), photo)
            image = fitted(bare_photo(photo), SIDE)
        self._running.add(request.session_hash)
        try:
            yield from self._paint(image, request)
        except UserError as error:  # said where the progress stood, which would else stay there
            yield {self.status: status_line(html.escape(str(error)))}
        finally:
            self._running.discard(request.session_hash)
            self._stopped.discard(request.session_hash)

    def _paint(self, image: Image.Image, request: gr.Request) -> Iterator[Updates]:
        styles, session = self._painter.transfer.styles, session_of(request)
        pictures = [(fitted(image, CELL), "Your photo")]
        yield {
            self.group: gr.Group(visible=True),
            self.status: status_line("Painting…", 0),
            self.sheet: None,
            self.save: gr.DownloadButton(value=None, interactive=False),
        }
        for number, style in enumerate(styles, start=1):
            pictures.append((fitted(self._painter.transfer.stylize(image, style.name), CELL), style.title))
            blank = [(Image.new("RGB", pictures[0][0].size, BLANK), other.title) for other in styles[number:]]
            whole = contact_sheet([*pictures, *blank], CELL, COLUMNS)
            path = str(self._painter.files.add("all_styles", whole, "JPEG", session))
            if request.session_hash in self._stopped:
                yield {self.status: status_line("Stopped."), self.sheet: path}
                return
            if number < len(styles):
                said = status_line(f"{number} of {len(styles)} styles", number / len(styles))
                yield {self.status: said, self.sheet: path}
        yield {
            self.status: status_line(f"All {number} styles"),
            self.sheet: path,
            self.save: gr.DownloadButton(value=path, interactive=True),
        }

    def stop(self, request: gr.Request) -> None:
        """Stop; the sheet says so itself, because its last progress could come after a message from here."""
        self._stopped.update(self._running & {request.session_hash})
