"""A photo by the camera, in a box of its own: the photo that is there stays until the new one is taken."""

from pathlib import Path

import gradio as gr

from studio.tabs.wiring import QUIET, TELLING, Updates
from studio.web.components import picture_input
from studio.web.guard import check_files, session_of
from studio.web.messages import user_errors
from studio.web.served_files import ServedFiles


class Camera:
    """The button that opens it, and its box, inside the current Blocks."""

    def __init__(self, files: ServedFiles):
        self._files = files
        self._open = gr.Button("Use the camera", size="sm", elem_id="open-camera")
        self._box = picture_input(label="Camera", sources=["webcam"], height=240, visible=False, elem_id="camera")
        self._close = gr.Button("Close the camera", size="sm", visible=False, elem_id="close-camera")

    def wire(self, photo: gr.Image) -> None:
        """What is taken becomes the photo."""
        parts = [self._open, self._box, self._close]
        self._open.click(lambda: self._seen(True), None, parts, **QUIET)
        self._close.click(lambda: self._seen(False), None, parts, **QUIET)
        self._box.input(self._taken, self._box, [*parts, photo], **TELLING)
        self._photo = photo

    def _seen(self, seen: bool) -> Updates:
        return {
            self._open: gr.Button(visible=not seen),
            self._box: gr.Image(value=None, visible=seen),
            self._close: gr.Button(visible=seen),
        }

    def _taken(self, picture: str | None, request: gr.Request) -> Updates:
        if not picture:
            return gr.skip()
        session = session_of(request)
        with user_errors():
            check_files(session, picture)
        return self._seen(False) | {self._photo: str(self._files.copy("camera.png", Path(picture), session))}
