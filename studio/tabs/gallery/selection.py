"""Several paintings of the Gallery at once: compare, present, contact sheet, ZIP, delete."""

import zipfile
from collections.abc import Iterator
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
from studio.tabs.present import Presentation, Scene
from studio.tabs.undo import UndoBar
from studio.tabs.wiring import PRIVATE, QUIET, TELLING, Updates
from studio.web.guard import session_of
from studio.web.messages import user_errors
from studio.web.served_files import ServedFiles
from studio.web.visitor import Visitor

COMPARED = range(2, 5)  # paintings side by side
SHEET_SIDE = 360  # px
NOTHING_CHOSEN = "Click paintings to choose them"
# Gradio's Gallery marks one picture; these are all that are chosen, whenever it lays its tiles out anew.
TICK = """(marks) => {
  const wall = document.querySelector('#paintings');
  const tick = () => wall.querySelectorAll('.thumbnail-lg').forEach((tile, number) => {
    if (window.atelierChosen.includes(number)) tile.dataset.picked = 'true'; else delete tile.dataset.picked;
  });
  window.atelierChosen = marks ?? [];
  if (!wall.dataset.watched) new MutationObserver(tick).observe(wall, {childList: true, subtree: true});
  wall.dataset.watched = 'true';
  tick();
}"""


class Outcome:
    """Where sheets and ZIP files appear. Its components are laid out by ``render``."""

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

    def show(self, path: Path, label: str) -> Updates:
        """A picture, and a button to download it."""
        return {
            self.image: gr.Image(str(path), visible=True, label=label),
            self.download: gr.DownloadButton("Download", value=str(path), visible=True),
        }

    def hide(self) -> Updates:
        """Nothing."""
        return {self.image: gr.Image(visible=False), self.download: gr.DownloadButton(visible=False)}


class Selection:
    """The bar at the foot of the page and the ticks on the chosen tiles, inside the current Blocks."""

    def __init__(
        self, store: Store, files: ServedFiles, outcome: Outcome, undo: UndoBar, presentation: Presentation
    ):  # fmt: skip
        self._store, self._files, self._outcome, self._undo = store, files, outcome, undo
        self._presentation = presentation
        with gr.Row(visible=False, elem_id="bar") as self._bar:
            self._count = gr.Markdown(NOTHING_CHOSEN, elem_id="chosen")
            options = {"size": "sm", "min_width": 84, "interactive": False}
            self._compare = gr.Button("Side by side", elem_id="compare-several", **options)
            self._present = gr.Button("Present", variant="primary", elem_id="present-several", **options)
            self._sheet = gr.Button("Contact sheet", elem_id="contact-sheet", **options)
            self._zip = gr.Button("ZIP file", elem_id="zip", **options)
            self._delete = gr.Button("Delete", elem_id="delete-several", variant="stop", **options)
            self._all = gr.Button("Choose all", size="sm", min_width=84, elem_id="select-all")
            self._none = gr.Button("Choose none", size="sm", min_width=84, elem_id="clear")
        self.picks = gr.State([])
        self._marks = gr.JSON(visible="hidden")  # numbers of the chosen tiles on this page
        some = [self._sheet, self._zip, self._delete, self._present]
        self.parts: list[Component] = [self.picks, self._count, self._compare, *some]
        self._some = some

    def wire(
        self, owner_key: gr.BrowserState, several: gr.Checkbox, page_ids: gr.State, tiles: gr.Gallery
    ) -> Dependency:  # fmt: skip
        """Wire the events; returns the deletion, after which the paintings want to be listed anew.

        tiles: on which the chosen ones, of page_ids, are ticked.
        """
        chosen, made = [owner_key, self.picks], self._outcome.parts
        switching = several.change(self._switch, several, [self._bar, *self.parts], **QUIET)
        self._all.click(self.choose, [owner_key, page_ids], self.parts, **TELLING)
        self._none.click(self._clear, None, self.parts, **QUIET)
        marking = {"fn": _marked, "inputs": [several, self.picks, page_ids], "outputs": self._marks, **QUIET}
        gr.on([self.picks.change, page_ids.change], **marking)
        switching.then(**marking)
        self._marks.change(None, self._marks, js=TICK, **PRIVATE)
        for button, make in ((self._sheet, self._contact_sheet), (self._zip, self._pack)):
            making = button.click(make, chosen, made, show_progress_on=tiles, **PRIVATE)
            making.then(None, js="() => document.getElementById('take').scrollIntoView({block: 'center'})", **PRIVATE)
        self._compare.click(self._side_by_side, chosen, self._presentation.scene, **TELLING)
        self._presentation.wire(self._present, self._show, chosen)
        return self._delete.click(self._remove, chosen, [*self._undo.parts, *self.parts], **TELLING)

    def choose(self, owner_key: str, picks: list[str]) -> Updates:
        """The chosen paintings, and what can be done with them."""
        count = len(self._results(owner_key, picks)) if picks else 0
        return {
            self.picks: picks,
            self._count: f"**{count} chosen**" if count else NOTHING_CHOSEN,
            self._compare: gr.Button(interactive=count in COMPARED),
            **dict.fromkeys(self._some, gr.Button(interactive=bool(count))),
        }

    def _switch(self, several: bool) -> Updates:
        """The bar comes, or goes and forgets what was chosen.

        As it comes nothing else changes: the first click may have been answered before this is.
        """
        return {self._bar: gr.Row(visible=several)} | ({} if several else self.choose("", []))

    def _clear(self) -> Updates:
        return self.choose("", [])

    def _side_by_side(self, owner_key: str, picks: list[str], request: gr.Request) -> Scene:
        results = self._results(owner_key, picks)
        return self._presentation.side_by_side(results[: COMPARED[-1]], Visitor.of(owner_key, request))

    def _show(self, owner_key: str, picks: list[str], request: gr.Request) -> Iterator[Scene]:
        yield from self._presentation.of_paintings(self._results(owner_key, picks), Visitor.of(owner_key, request))

    def _contact_sheet(self, owner_key: str, picks: list[str], request: gr.Request) -> Updates:
        pictures = []
        for result in self._results(owner_key, picks):
            with Image.open(result.painting) as painting:
                painting.thumbnail((SHEET_SIDE, SHEET_SIDE), Image.Resampling.LANCZOS)
                pictures.append((painting.convert("RGB"), result.title))
        sheet = contact_sheet(pictures, SHEET_SIDE)
        return self._outcome.show(self._files.add("Contact sheet", sheet, "JPEG", session_of(request)), "Contact sheet")

    def _pack(self, owner_key: str, picks: list[str], request: gr.Request) -> Updates:
        """All chosen paintings in one ZIP file."""
        results = self._results(owner_key, picks)
        with user_errors():
            path = self._files.new_path("paintings", "zip", session_of(request))
            write_zip(path, results)
        download = gr.DownloadButton(f"Download {paintings(len(results))} (ZIP)", value=str(path), visible=True)
        return {self._outcome.image: gr.Image(visible=False), self._outcome.download: download}

    def _remove(self, owner_key: str, picks: list[str]) -> Updates:
        self._results(owner_key, picks)
        self._store.delete(owner_key, picks)
        return self._undo.offer(picks, f"{paintings(len(picks))} deleted.") | self.choose("", [])

    def _results(self, owner_key: str, picks: list[str]) -> list[Result]:
        with user_errors():
            if not picks:
                raise StoreError("Choose some paintings first.")
            return [self._store.get(owner_key, id) for id in picks]


def paintings(count: int) -> str:
    """So many paintings, in words."""
    return "1 painting" if count == 1 else f"{count:,} paintings"


def _marked(several: bool, picks: list[str], page_ids: list[str]) -> list[int]:
    """The numbers of the chosen tiles."""
    return [number for number, id in enumerate(page_ids) if id in picks] if several else []


def write_zip(path: Path, results: list[Result]) -> None:
    """Write paintings into a ZIP file, each under a name of its own.

    Raises:
        StoreError: that would be too large.
    """
    if sum(result.painting.stat().st_size for result in results) > MAX_ZIP_BYTES:
        raise StoreError(f"That is more than {MAX_ZIP_BYTES // 1_000_000} MB. Choose fewer paintings.")
    used: set[str] = set()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:  # a PNG does not get any smaller
        for result in results:
            name, number = result.name, 1
            while name.lower() in used:
                number += 1
                name = f"{result.name}_{number}"
            used.add(name.lower())
            file.write(result.painting, f"{name}.png")
