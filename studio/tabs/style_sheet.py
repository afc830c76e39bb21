"""All styles at once: one photo in every built-in style, as a contact sheet."""

from collections.abc import Iterator

import gradio as gr
from PIL import Image

from studio.gallery.recipe import bare_photo
from studio.painting.painter import Painter
from studio.painting.sheets import contact_sheet, fitted
from studio.settings import TORCH_LANE
from studio.web.guard import check_files, session_of
from studio.web.messages import ADD_PHOTO, status_line, user_errors

SIDE = 512  # px, of the photo as it is painted
CELL = 300  # px, on the sheet
COLUMNS = 5
BLANK = "#e7e0d8"  # where a style is still to come


class StyleSheet:
    """Builds the sheet's part of the page and answers its events."""

    def __init__(self, painter: Painter):
        self.painter = painter
        self._running: set[str] = set()  # pages that a sheet is painted for
        self._stopped: set[str] = set()

    def build(self, start: gr.Button, photo: gr.Image) -> None:
        """Lay out the sheet inside the current Blocks; it is painted at a click on start."""
        with gr.Group(visible=False) as group:
            with gr.Row(elem_id="sheet-head"):  # above the pictures that come and go: Stop must not move
                status = gr.HTML(elem_id="sheet-status", padding=True)
                stop = gr.Button("Stop", variant="stop", size="sm", scale=0, min_width=100, elem_id="sheet-stop")
            sheet = gr.Image(
                label="Your photo in all styles", show_label=False, type="filepath", interactive=False,
                buttons=["fullscreen"], elem_id="sheet",
            )  # fmt: skip
            with gr.Row():
                save = gr.DownloadButton("Download the sheet", interactive=False, size="sm", elem_id="sheet-download")
                close = gr.Button("Close", size="sm", elem_id="sheet-close")
        quiet = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        start.click(
            self.paint, photo, [group, status, sheet, save], show_progress="hidden", api_visibility="private",
            concurrency_id=TORCH_LANE, concurrency_limit=1,
        )  # fmt: skip
        stop.click(self._stop, None, None, **quiet)
        close.click(self._stop, None, None, **quiet)
        close.click(lambda: gr.Group(visible=False), None, group, **quiet)

    def paint(self, photo: str | None, request: gr.Request) -> Iterator[tuple]:
        """The sheet after each style; it can be stopped between two of them."""
        if not photo:
            raise gr.Error(ADD_PHOTO, print_exception=False)
        with user_errors():
            check_files(session_of(request), photo)
            image = fitted(bare_photo(photo), SIDE)
        self._running.add(request.session_hash)
        try:
            yield from self._paint(image, request)
        finally:
            self._running.discard(request.session_hash)
            self._stopped.discard(request.session_hash)

    def _paint(self, image: Image.Image, request: gr.Request) -> Iterator[tuple]:
        styles, session = self.painter.transfer.styles, session_of(request)
        pictures = [(fitted(image, CELL), "Your photo")]
        yield (
            gr.Group(visible=True),
            status_line("Painting…", 0),
            None,
            gr.DownloadButton(value=None, interactive=False),
        )
        for number, style in enumerate(styles, start=1):
            pictures.append((fitted(self.painter.transfer.stylize(image, style.name), CELL), style.title))
            blank = [(Image.new("RGB", pictures[0][0].size, BLANK), other.title) for other in styles[number:]]
            whole = contact_sheet([*pictures, *blank], CELL, COLUMNS)
            path = str(self.painter.results.add("all_styles", whole, "JPEG", session))
            if request.session_hash in self._stopped:
                yield gr.skip(), status_line("Stopped."), path, gr.skip()
                return
            if number < len(styles):
                yield gr.skip(), status_line(f"{number} of {len(styles)} styles", number / len(styles)), path, gr.skip()
        yield gr.skip(), status_line(f"All {number} styles"), path, gr.DownloadButton(value=path, interactive=True)

    def _stop(self, request: gr.Request) -> None:
        """The sheet itself says that it has stopped: said from here, its last progress could come later."""
        self._stopped.update(self._running & {request.session_hash})
