"""Several paintings of the Gallery at once: compare, contact sheet, ZIP, delete."""

import zipfile
from pathlib import Path

import gradio as gr
from gradio.events import Dependency
from PIL import Image

from studio.gallery.database import StoreError
from studio.gallery.models import Result
from studio.gallery.store import Store
from studio.painting.sheets import contact_sheet
from studio.settings import MAX_ZIP_BYTES
from studio.web.guard import session_of
from studio.web.messages import user_errors
from studio.web.served_files import ServedFiles

COMPARED = range(2, 5)  # paintings side by side
COMPARED_SIDE, SHEET_SIDE = 800, 360  # px


class Selection:
    """Builds the selection's part of the Gallery and answers its events."""

    def __init__(self, store: Store, results: ServedFiles):
        self.store, self.results = store, results

    def build(self) -> None:
        """Lay out what is selected, and what can be done with it."""
        with gr.Group(visible=False) as self._group:
            self._tray = gr.Gallery(
                label="Selected", show_label=False, columns=8, object_fit="cover", height="auto",
                allow_preview=False, interactive=False, buttons=[], elem_id="tray",
            )  # fmt: skip
            with gr.Row():
                options = {"size": "sm", "min_width": 90, "interactive": False}
                self._compare = gr.Button("Side by side", elem_id="compare", **options)
                self._sheet = gr.Button("Contact sheet", elem_id="contact-sheet", **options)
                self._zip = gr.Button("ZIP file", elem_id="zip", **options)
                self._delete = gr.Button("Delete", elem_id="delete-several", variant="stop", **options)
            with gr.Row():
                self._all = gr.Button("Select all shown", size="sm", min_width=90, elem_id="select-all")
                self._none = gr.Button("Clear", size="sm", min_width=90, elem_id="clear")
        self.picks = gr.State([])
        self.tray_parts = [self._tray, self.picks, self._compare, self._sheet, self._zip, self._delete]

    def build_outcome(self) -> None:
        """Lay out where sheets and clips appear."""
        self.outcome = gr.Image(
            type="filepath",
            show_label=False,
            visible=False,
            interactive=False,
            buttons=["fullscreen"],
            elem_id="outcome",
        )
        self.take = gr.DownloadButton("Download", visible=False, elem_id="take")

    def wire(
        self,
        owner: gr.BrowserState,
        several: gr.Checkbox,
        shown: gr.State,
        gone: gr.State,
        undo: gr.Button,
    ) -> Dependency:
        """Wire the events; returns the deletion, after which the wall wants to be listed anew."""
        ui = {"show_progress": "hidden", "api_visibility": "private"}
        chosen, made = [owner, self.picks], [self.outcome, self.take]
        several.change(lambda on: gr.Group(visible=on), several, self._group, queue=False, **ui)
        self._tray.select(self._take_out, chosen, self.tray_parts, **ui)
        self._all.click(self.tray, [owner, shown], self.tray_parts, **ui)
        self._none.click(self._clear, owner, self.tray_parts, **ui)
        self._compare.click(self._side_by_side, chosen, made, api_visibility="private", show_progress_on=self._tray)
        self._sheet.click(self._contact_sheet, chosen, made, api_visibility="private", show_progress_on=self._tray)
        self._zip.click(self._pack, chosen, made, api_visibility="private", show_progress_on=self._tray)
        return self._delete.click(self._remove, chosen, [gone, undo, *self.tray_parts], **ui)

    def tray(self, owner: str, picks: list[str], request: gr.Request) -> tuple:
        """The selection as ``tray_parts`` show it."""
        with user_errors():
            results = [self.store.get(owner, id) for id in picks]
        thumbs = self.results.thumbnails([result.thumb for result in results], session_of(request))
        some = gr.Button(interactive=bool(picks))
        return (
            gr.Gallery(thumbs, selected_index=None),
            picks,
            gr.Button(interactive=len(picks) in COMPARED),
            some,
            some,
            some,
        )

    def _take_out(self, owner: str, picks: list[str], event: gr.SelectData, request: gr.Request) -> tuple:
        return self.tray(owner, [id for i, id in enumerate(picks) if i != event.index], request)

    def _clear(self, owner: str, request: gr.Request) -> tuple:
        return self.tray(owner, [], request)

    def _side_by_side(self, owner: str, picks: list[str], request: gr.Request) -> tuple:
        columns = 3 if len(picks) == 3 else 2
        return self._sheet_of(owner, picks, COMPARED_SIDE, columns, "Side by side", session_of(request))

    def _contact_sheet(self, owner: str, picks: list[str], request: gr.Request) -> tuple:
        return self._sheet_of(owner, picks, SHEET_SIDE, 0, "Contact sheet", session_of(request))

    def _sheet_of(self, owner: str, picks: list[str], side: int, columns: int, label: str, session: str) -> tuple:
        pictures = []
        for result in self._results(owner, picks):
            with Image.open(result.painting) as painting:
                painting.thumbnail((side, side), Image.Resampling.LANCZOS)
                pictures.append((painting.convert("RGB"), f"{result.title}, {result.recipe.strength:g}"))
        path = str(self.results.add(label, contact_sheet(pictures, side, columns), "JPEG", session))
        return gr.Image(path, visible=True, label=label), gr.DownloadButton("Download", value=path, visible=True)

    def _pack(self, owner: str, picks: list[str], request: gr.Request) -> tuple[gr.Image, gr.DownloadButton]:
        """All selected paintings in one ZIP file."""
        results = self._results(owner, picks)
        with user_errors():
            path = self.results.new_path("paintings", "zip", session_of(request))
            write_zip(path, results)
        label = f"Download {len(results)} painting{'s' if len(results) > 1 else ''} (ZIP)"
        return gr.Image(visible=False), gr.DownloadButton(label, value=str(path), visible=True)

    def _remove(self, owner: str, picks: list[str], request: gr.Request) -> tuple:
        self._results(owner, picks)
        self.store.delete(owner, picks)
        return picks, gr.Button(visible=True), *self.tray(owner, [], request)

    def _results(self, owner: str, picks: list[str]) -> list[Result]:
        with user_errors():
            if not picks:
                raise StoreError("Select some paintings first.")
            return [self.store.get(owner, id) for id in picks]


def write_zip(path: Path, results: list[Result]) -> None:
    """Write paintings into a ZIP file, each under a name of its own.

    Raises:
        StoreError: that would be too large.
    """
    if sum(result.painting.stat().st_size for result in results) > MAX_ZIP_BYTES:
        raise StoreError(f"That is more than {MAX_ZIP_BYTES // 1_000_000} MB. Select fewer paintings.")
    used: set[str] = set()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:  # a PNG does not get any smaller
        for result in results:
            name, number = result.name, 1
            while name.lower() in used:
                number += 1
                name = f"{result.name}_{number}"
            used.add(name.lower())
            file.write(result.painting, f"{name}.png")
