"""One message at the foot of the page after a deletion: what was deleted, and a button that brings it back."""

from typing import Any

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component
from gradio.events import Dependency

from studio.tabs.wiring import QUIET, TELLING, Updates


class UndoBar:
    """The message, inside the current Blocks; nothing of it is seen until something was deleted."""

    def __init__(self, place: str):
        """place: begins the names of its elements."""
        self.deleted = gr.State(None)  # what can be brought back
        with gr.Row(visible=False, elem_id=f"{place}-deleted", elem_classes="snackbar") as self._bar:
            self._said = gr.Markdown()
            self._undo = gr.Button("Undo", size="sm", min_width=80, scale=0, elem_id=f"{place}-undo")
            close = gr.Button("✕", size="sm", min_width=44, scale=0, elem_id=f"{place}-undo-close")
        close.click(self.hide, None, self.parts, **QUIET)

    @property
    def parts(self) -> list[Component | BlockContext]:
        """All that ``offer`` and ``hide`` change."""
        return [self.deleted, self._bar, self._said]

    def offer(self, deleted: Any, said: str) -> Updates:
        """Say what was deleted."""
        return {self.deleted: deleted, self._bar: gr.Row(visible=True), self._said: said}

    def hide(self) -> Updates:
        """Nothing to bring back."""
        return {self.deleted: None, self._bar: gr.Row(visible=False)}

    def wire(self, restore: Any, inputs: list[Component], outputs: list[Component] | None = None) -> Dependency:
        """A click on Undo calls ``restore`` with the inputs and what was deleted; returns the event."""
        undoing = self._undo.click(restore, [*inputs, self.deleted], outputs, **TELLING)
        undoing.then(self.hide, None, self.parts, **QUIET)
        return undoing
