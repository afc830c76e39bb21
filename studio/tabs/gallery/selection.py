"""Several paintings of the Gallery at once: compare, contact sheet, ZIP, delete."""

import zipfile
from pathlib import Path

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency
from PIL import Image

from studio.gallery.database import StoreError
from studio.gallery.models import Result
from studio.gallery.store import Store
from studio.painting.sheets import contact_sheet
from studio.settings import MAX_ZIP_BYTES
from studio.tabs.wiring import PRIVATE, TELLING, Updates
from studio.web.guard import session_of
from studio.web.messages import user_errors
from studio.web.served_files import ServedFiles

COMPARED = range(2, 5)  # paintings side by side
COMPARED_SIDE, SHEET_SIDE = 800, 360  # px


class Outcome:
    """Where sheets, clips and ZIP files appear. Its components are laid out by ``render``."""

    def __init__(self):
        self.image = gr.Image(
            type="filepath", show_label=False, visible=False, interactive=False, buttons=["fullscreen"],
            elem_id="outcome", render=False,
        )  # fmt: skip
        self.download = gr.DownloadButton("Download", visible=False, elem_id="take", render=False)

    @property
    def parts(self) -> list[Component]:
        """All components."""
        return [self.image, self.download]

    def render(self) -> None:
        """Lay the components out inside the current Blocks."""
        for part in self.parts:
            part.render()

    def show(self, path: Path, label: str, download: str = "Download") -> Updates:
        """A picture, and a button to download it."""
        return {
            self.image: gr.Image(str(path), visible=True, label=label),
            self.download: gr.DownloadButton(download, value=str(path), visible=True),
        }

    def hide(self) -> Updates:
        """Nothing."""
        return {self.image: gr.Image(visible=False), self.download: gr.DownloadButton(visible=False)}


class Selection:
    """The selection's part of the Gallery, inside the current Blocks, and its events."""

    def __init__(self, store: Store, files: ServedFiles, outcome: Outcome, deleted_ids: gr.State, undo: gr.Button):
        """deleted_ids, undo: what was deleted last, and the button that brings it back."""
        self._store, self._files, self._outcome = store, files, outcome
        self._deleted_ids, self._undo = deleted_ids, undo
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
        self.parts = [self._tray, self.picks, self._compare, self._sheet, self._zip, self._delete]

    def wire(self, owner_key: gr.BrowserState, several: gr.Checkbox, page_ids: gr.State) -> Dependency:
        """Wire the events; returns the deletion, after which the paintings want to be listed anew."""
        chosen, made = [owner_key, self.picks], self._outcome.parts
        several.change(lambda on: gr.Group(visible=on), several, self._group, queue=False, **TELLING)
        self._tray.select(self._take_out, chosen, self.parts, **TELLING)
        self._all.click(self.tray, [owner_key, page_ids], self.parts, **TELLING)
        self._none.click(self._clear, owner_key, self.parts, **TELLING)
        for button, make in (
            (self._compare, self._side_by_side),
            (self._sheet, self._contact_sheet),
            (self._zip, self._pack),
        ):
            button.click(make, chosen, made, show_progress_on=self._tray, **PRIVATE)
        return self._delete.click(self._remove, chosen, [self._deleted_ids, self._undo, *self.parts], **TELLING)

    def tray(self, owner_key: str, picks: list[str], request: gr.Request) -> Updates:
        """The selection as the page shows it, and what can be done with it."""
        with user_errors():
            results = [self._store.get(owner_key, id) for id in picks]
        thumbs = self._files.thumbnails([result.thumb for result in results], session_of(request))
        some = gr.Button(interactive=bool(picks))
        return {
            self._tray: gr.Gallery(thumbs, selected_index=None),
            self.picks: picks,
            self._compare: gr.Button(interactive=len(picks) in COMPARED),
            **dict.fromkeys((self._sheet, self._zip, self._delete), some),
        }

    def _take_out(self, owner_key: str, picks: list[str], event: gr.SelectData, request: gr.Request) -> Updates:
        return self.tray(owner_key, [id for i, id in enumerate(picks) if i != event.index], request)

    def _clear(self, owner_key: str, request: gr.Request) -> Updates:
        return self.tray(owner_key, [], request)

    def _side_by_side(self, owner_key: str, picks: list[str], request: gr.Request) -> Updates:
        columns = 3 if len(picks) == 3 else 2
        return self._sheet_of(owner_key, picks, COMPARED_SIDE, columns, "Side by side", session_of(request))

    def _contact_sheet(self, owner_key: str, picks: list[str], request: gr.Request) -> Updates:
        return self._sheet_of(owner_key, picks, SHEET_SIDE, 0, "Contact sheet", session_of(request))

    def _sheet_of(self, owner_key: str, picks: list[str], side: int, columns: int, label: str, session: str) -> Updates:
        pictures = []
        for result in self._results(owner_key, picks):
            with Image.open(result.painting) as painting:
                painting.thumbnail((side, side), Image.Resampling.LANCZOS)
                pictures.append((painting.convert("RGB"), f"{result.title}, {result.recipe.strength:g}"))
        path = self._files.add(label, contact_sheet(pictures, side, columns), "JPEG", session)
        return self._outcome.show(path, label)

    def _pack(self, owner_key: str, picks: list[str], request: gr.Request) -> Updates:
        """All selected paintings in one ZIP file."""
        results = self._results(owner_key, picks)
        with user_errors():
            path = self._files.new_path("paintings", "zip", session_of(request))
            write_zip(path, results)
        label = f"Download {len(results)} painting{'s' if len(results) > 1 else ''} (ZIP)"
        download = gr.DownloadButton(label, value=str(path), visible=True)
        return {self._outcome.image: gr.Image(visible=False), self._outcome.download: download}

    def _remove(self, owner_key: str, picks: list[str], request: gr.Request) -> Updates:
        self._results(owner_key, picks)
        self._store.delete(owner_key, picks)
        back = {self._deleted_ids: picks, self._undo: gr.Button(visible=True)}
        return back | self.tray(owner_key, [], request)

    def _results(self, owner_key: str, picks: list[str]) -> list[Result]:
        with user_errors():
            if not picks:
                raise StoreError("Select some paintings first.")
            return [self._store.get(owner_key, id) for id in picks]


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
