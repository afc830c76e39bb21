"""The Gallery tab: every painting of this browser, found again, compared, shared."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency
from PIL import Image

from studio.gallery.models import ORDERS, Filter, Result
from studio.gallery.recipe import Recipe
from studio.gallery.restore import Restorer
from studio.painting.painter import Painter
from studio.painting.showcase import Showcase, showcase_gallery
from studio.painting.views import PAINTING_SEEN, before_after, how_far, version
from studio.settings import GALLERY_PAGE
from studio.tabs.downloads import Downloads
from studio.tabs.gallery.selection import Outcome, Selection, paintings
from studio.tabs.present import Presentation, Scene
from studio.tabs.public_wall import WallButtons, WallList
from studio.tabs.stylize.tab import StylizeTab
from studio.tabs.undo import UndoBar
from studio.tabs.wiring import PAINTING, PRIVATE, QUIET, TELLING, Updates, scroll_to
from studio.wall.wall import PublicWall
from studio.web.guard import session_of
from studio.web.messages import escape_markdown, user_errors
from studio.web.visitor import Visitor

ALL = "All styles"
DATES = {"Any time": None, "Last 24 hours": 1, "Last 7 days": 7, "Last 30 days": 30}  # days
EMPTY = "Nothing here yet. Every painting that you make in this browser is kept here, for you alone."
HINT = "Click a painting to see it large."
NOWHERE = "This browser stores nothing for this page, so paintings cannot be kept."
SELECT = "Click paintings to choose them. What can be done with them stands at the foot of the page."
COPY_LINK = """(query) => {
  const link = location.origin + location.pathname + (query ? '?' + query : '');
  if (navigator.clipboard) navigator.clipboard.writeText(link).catch(() => {});
  return link;
}"""


class GalleryTab:
    """The tab's components, inside the current Blocks, and its events."""

    def __init__(
        self,
        painter: Painter,
        restorer: Restorer,
        showcase: Showcase,
        stylize: StylizeTab,
        public: PublicWall | None,
        owner_key: gr.BrowserState,
        tab: gr.Tab,
        tabs: gr.Tabs,
        presentation: Presentation,
    ):
        """owner_key: the visitor's key. tab: this one. tabs: where to go for the Stylize tab."""
        self._presentation = presentation
        self._store, self._files = painter.store, painter.files
        self._restorer, self._showcase, self._stylize, self._tabs = restorer, showcase, stylize, tabs
        self._page, self._page_ids, self._current_id = gr.State(0), gr.State([]), gr.State("")
        self._outcome, self._undo = Outcome(), UndoBar("gallery")
        with gr.Accordion("Painted by Atelier: click one to try its look on your photo", open=True) as self._examples:
            examples = showcase_gallery()
        self._public = WallList(public) if public else None
        with gr.Row(elem_id="filters"):
            self._title = gr.Dropdown([ALL], value=ALL, label="Style", min_width=140, elem_id="filter-style")
            date = gr.Dropdown(list(DATES), value="Any time", label="Painted", min_width=140, elem_id="filter-date")
            order = gr.Dropdown(list(ORDERS), value="Newest first", label="Order", min_width=140, elem_id="order")
            favourites = gr.Checkbox(False, label="Favourites only", min_width=140, elem_id="filter-favourites")
        with gr.Row():
            with gr.Column(scale=5, min_width=320):
                with gr.Row():
                    self._count = gr.Markdown(EMPTY, elem_id="count")
                    several = gr.Checkbox(
                        False, label="Choose several", container=False, min_width=140, scale=0, elem_id="several"
                    )
                    present = gr.Button("Present", size="sm", min_width=90, scale=0, elem_id="present-page")
                self._paintings = gr.Gallery(
                    label="Your paintings", show_label=False, columns=4, object_fit="cover", height="auto",
                    allow_preview=False, interactive=False, buttons=[], elem_id="paintings",
                )  # fmt: skip
                with gr.Row():
                    self._newer = gr.Button("‹ Back", size="sm", interactive=False, min_width=80, elem_id="newer")
                    self._older = gr.Button("More ›", size="sm", interactive=False, min_width=80, elem_id="older")
                self._selection = Selection(self._store, self._files, self._outcome, self._undo, presentation)
            with gr.Column(scale=6, min_width=320, elem_id="view"):
                self._hint = gr.Markdown(HINT, elem_id="hint")
                with gr.Column(visible=False) as self._view:
                    self._slider = gr.ImageSlider(
                        label="Before and after", type="filepath", interactive=False, buttons=["fullscreen"],
                        max_height=560, slider_position=PAINTING_SEEN, elem_id="large",
                    )  # fmt: skip
                    self._facts = gr.Markdown(elem_id="facts")
                    with gr.Row(equal_height=True):
                        self._download = gr.DownloadButton("Download", variant="primary", elem_id="download-painting")
                        again = gr.Button("Use these settings again", elem_id="again")
                        other = gr.Button("Paint in another style", elem_id="other-style")
                    with gr.Row():
                        self._favour = gr.Button("☆ Favourite", size="sm", min_width=100, elem_id="favour")
                        link = gr.Button("Copy link", size="sm", min_width=100, elem_id="link")
                        delete = gr.Button("Delete", size="sm", min_width=100, variant="stop", elem_id="delete")
                    Downloads(painter, owner_key, self._current_id, "painting")
                    buttons = WallButtons(public) if public else None
                    self._address = gr.Textbox(
                        label="Link to these settings", visible=False, buttons=["copy"], interactive=False,
                        elem_id="address",
                    )  # fmt: skip
                self._outcome.render()
        filters = {"title": self._title, "date": date, "order": order, "favourites": favourites}
        self._listed = [
            self._paintings, self._page_ids, self._count, self._page, self._newer, self._older, self._title,
        ]  # fmt: skip
        asked = {"inputs": owner_key, "inputs_kwargs": {**filters, "page": self._page}}
        listing = {"fn": self._list, **asked, "outputs": self._listed, **QUIET}
        self._wire_list(owner_key, tab, filters, asked)
        deletions = (
            self._wire_selection(owner_key, several),
            self._wire_painting(owner_key, again, other, link, delete),
        )
        undoing = self._undo.wire(self._store.restore, [owner_key])
        presentation.wire(present, self._present_page, [owner_key, self._page_ids])
        favouring = self._favour.click(self._toggle_favourite, [owner_key, self._current_id], self._favour, **TELLING)
        for change in (*deletions, undoing, favouring):
            change.then(**listing)
        self._wire_tries(tab, examples)
        if buttons and self._public:
            buttons.wire(owner_key, self._current_id, self._public, *deletions)

    # Wiring.

    def _wire_list(self, owner_key: gr.BrowserState, tab: gr.Tab, filters: dict, asked: dict) -> None:
        """The list follows the visitor, the filters and what is painted. asked: what a page of it depends on."""
        first = [*self._listed, self._examples]
        gr.on([tab.select, owner_key.change], self._first, outputs=first, **asked, **QUIET)
        visible = gr.State(False)  # whether this is the tab that the visitor looks at
        self._tabs.select(_is_gallery, None, visible, **QUIET)
        arrived = {**asked["inputs_kwargs"], "visible": visible}
        self._stylize.stage.slider.change(self._arrived, owner_key, self._listed, inputs_kwargs=arrived, **QUIET)
        from_the_top = {**filters, "page": gr.State(0)}
        gr.on(
            [control.input for control in filters.values()], self._list, owner_key, self._listed,
            inputs_kwargs=from_the_top, trigger_mode="always_last", **QUIET,
        )  # fmt: skip
        self._newer.click(self._back, outputs=self._listed, **asked, **QUIET)
        self._older.click(self._on, outputs=self._listed, **asked, **QUIET)

    def _wire_selection(self, owner_key: gr.BrowserState, several: gr.Checkbox) -> Dependency:
        """A click on a painting selects it or shows it; returns the deletion of several."""
        shown = [
            *(self._view, self._hint, self._slider, self._facts, self._download, self._favour, self._address),
            *(self._current_id, *self._outcome.parts),
        ]
        chosen = [owner_key, self._page_ids, several, self._selection.picks]
        picking = self._paintings.select(
            self._pick, chosen, [*shown, *self._selection.parts, self._paintings], trigger_mode="multiple", **TELLING
        )
        picking.then(None, several, js=f"(several) => several || ({scroll_to('view')['js']})()", **PRIVATE)
        several.change(self._switch, several, [self._view, self._hint, *self._outcome.parts], **QUIET)
        return self._selection.wire(owner_key, several, self._page_ids, self._paintings)

    def _wire_painting(
        self, owner_key: gr.BrowserState, again: gr.Button, other: gr.Button, link: gr.Button,
        delete: gr.Button,
    ) -> Dependency:  # fmt: skip
        """What can be done with the painting in the large view; returns its deletion."""
        chosen = [owner_key, self._current_id]
        query = gr.Textbox(visible=False)
        linking = link.click(self._link, chosen, query, **TELLING)
        linking = linking.then(lambda: gr.Textbox(visible=True), None, self._address, **QUIET)
        linking.then(None, query, self._address, js=COPY_LINK, **PRIVATE)
        again.click(self._again, chosen, self._target, **TELLING)
        other.click(self._other, chosen, self._target, **TELLING)
        gone = [*self._undo.parts, self._view, self._hint, self._current_id]
        return delete.click(self._delete, chosen, gone, **TELLING)

    def _wire_tries(self, tab: gr.Tab, examples: gr.Gallery) -> None:
        """A click on an example or on a public painting paints the visitor's photo in the same way."""
        tab.select(self._show_examples, None, examples, **TELLING, **PAINTING)
        tries = [examples.select(self._try_example, None, self._target, **TELLING)]
        if self._public:
            tries.append(self._public.paintings.select(self._try_public, self._public.names, self._target, **TELLING))
        for trying in tries:
            self._stylize.paint_after(trying.then).then(**scroll_to("result"))

    @property
    def _target(self) -> list[Block]:
        """What is filled when settings go to the Stylize tab."""
        return [self._tabs, *self._stylize.controls.everything]

    # The list.

    def _first(self, request: gr.Request, owner_key: str, **asked: Any) -> Updates:
        """The paintings as the tab opens; the examples are open for those who have painted nothing."""
        listed = self._list(request, owner_key, **asked)
        return listed | {self._examples: gr.Accordion(open=not listed[self._page_ids])}

    def _list(
        self, request: gr.Request, owner_key: str, *, title: str, date: str, order: str, favourites: bool, page: int
    ) -> Updates:
        """One page of the visitor's paintings."""
        off = gr.Button(interactive=False)
        if not owner_key:
            nothing = {self._paintings: [], self._page_ids: [], self._page: 0}
            return nothing | {self._count: NOWHERE, self._newer: off, self._older: off}
        days = DATES[date]
        since = time.time() - days * 86400 if days else 0.0
        titles = self._store.titles(owner_key)
        title = title if title in titles else ALL  # its last painting may have been deleted
        wanted = Filter("" if title == ALL else title, favourites, since, order)
        total = self._store.count(owner_key, wanted)
        page = max(0, min(page, (total - 1) // GALLERY_PAGE))
        results = self._store.page(owner_key, wanted, GALLERY_PAGE, page * GALLERY_PAGE)
        thumbs = self._files.thumbnails([result.thumb for result in results], session_of(request))
        return {
            self._paintings: gr.Gallery([*zip(thumbs, map(_caption, results))], selected_index=None),
            self._page_ids: [r.id for r in results],
            self._count: _count(total, page, len(results), bool(titles)),
            self._page: page,
            self._newer: gr.Button(interactive=page > 0),
            self._older: gr.Button(interactive=(page + 1) * GALLERY_PAGE < total),
            self._title: gr.Dropdown([ALL, *titles], value=title),
        }

    def _arrived(self, request: gr.Request, owner_key: str, *, visible: bool, **asked: Any) -> Updates:
        """A painting was finished: the list shows it at once if the visitor has gone there to wait for it."""
        return self._list(request, owner_key, **asked) if visible else gr.skip()

    def _back(self, request: gr.Request, owner_key: str, *, page: int, **filters: Any) -> Updates:
        return self._list(request, owner_key, page=page - 1, **filters)

    def _on(self, request: gr.Request, owner_key: str, *, page: int, **filters: Any) -> Updates:
        return self._list(request, owner_key, page=page + 1, **filters)

    def _show_examples(self) -> Iterator[list]:
        yield from self._showcase.pictures()

    def _switch(self, several: bool) -> Updates:
        """Clicks on paintings now select, or open again."""
        hint = SELECT if several else HINT
        return {
            self._view: gr.Column(visible=False),
            self._hint: gr.Markdown(hint, visible=True),
        } | self._outcome.hide()

    # One painting.

    def _pick(
        self, owner_key: str, page_ids: list[str], several: bool, picks: list[str], event: gr.SelectData,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """A painting was clicked: see it large, or put it into the selection or out of it."""
        id = page_ids[event.index] if event.index < len(page_ids) else ""
        if several:
            chosen = self._selection.choose(owner_key, _toggled(picks, id))
            return chosen | {self._paintings: gr.Gallery(selected_index=None)}  # the ticks say which
        with user_errors():
            return self._enlarge(self._store.get(owner_key, id), session_of(request))

    def _enlarge(self, result: Result, session: str) -> Updates:
        """The large view of a painting."""
        with Image.open(result.painting) as painting, Image.open(result.photo) as photo:
            pair = before_after(self._files, photo, painting, session)
        return self._outcome.hide() | {
            self._view: gr.Column(visible=True),
            self._hint: gr.Markdown(visible=False),
            self._slider: pair,
            self._facts: _facts(result),
            self._download: str(self._files.copy(f"{result.name}.png", result.painting, session)),
            self._favour: gr.Button(_star(result.favourite)),
            self._address: gr.Textbox(visible=False),
            self._current_id: result.id,
        }

    def _toggle_favourite(self, owner_key: str, id: str) -> gr.Button:
        with user_errors():
            favourite = not self._store.get(owner_key, id).favourite
        self._store.set_favourite(owner_key, id, favourite)
        return gr.Button(_star(favourite))

    def _link(self, owner_key: str, id: str) -> str:
        with user_errors():
            recipe = self._store.get(owner_key, id).recipe
        if not recipe.style:
            gr.Info("The style is yours alone; the link holds the other settings.")
        return urlencode(recipe.query())

    def _again(self, owner_key: str, id: str, request: gr.Request) -> Updates:
        """Fill the Stylize tab with all that a painting was made of."""
        with user_errors():
            recipe = self._store.get(owner_key, id).recipe
        return self._fill(Visitor.of(owner_key, request), recipe)

    def _other(self, owner_key: str, id: str, request: gr.Request) -> Updates:
        """Take the photo of a painting to the Stylize tab, with the usual settings."""
        with user_errors():
            recipe = self._store.get(owner_key, id).recipe
        gr.Info("Here is your photo: now click a style.")
        usual = Recipe(
            style=recipe.style, title=recipe.title, pack=recipe.pack, picture=recipe.picture, photo=recipe.photo
        )
        return self._fill(Visitor.of(owner_key, request), usual)

    def _fill(self, visitor: Visitor, recipe: Recipe) -> Updates:
        """Go to the Stylize tab with the settings of a recipe."""
        found = self._restorer.find(visitor, recipe)
        for note in filter(None, found.notes):
            gr.Warning(note)
        return {self._tabs: gr.Tabs(selected="stylize")} | self._stylize.controls.fill(recipe, found)

    def _try_example(self, event: gr.SelectData, request: gr.Request) -> Updates:
        """Load the settings of the clicked example, for whatever photo the visitor has."""
        _, recipe = self._showcase.entries[event.index]
        return self._fill(Visitor.of("", request), recipe)

    def _try_public(self, names: list[str], event: gr.SelectData, request: gr.Request) -> Updates:
        """Load the settings of the clicked public painting, for whatever photo the visitor has."""
        assert self._public  # else there is nothing to click
        return self._fill(Visitor.of("", request), self._public.recipe(names, event))

    def _delete(self, owner_key: str, id: str) -> Updates:
        with user_errors():
            self._store.get(owner_key, id)
        self._store.delete(owner_key, [id])
        return self._undo.offer([id], "1 painting deleted.") | {
            self._view: gr.Column(visible=False),
            self._hint: gr.Markdown(HINT, visible=True),
            self._current_id: "",
        }

    def _present_page(self, owner_key: str, page_ids: list[str], request: gr.Request) -> Iterator[Scene]:
        """The paintings of this page of the list."""
        with user_errors():
            results = [self._store.get(owner_key, id) for id in page_ids]
        yield from self._presentation.of_paintings(results, Visitor.of(owner_key, request))


def _is_gallery(event: gr.SelectData) -> bool:
    return event.value == "Gallery"


def _toggled(picks: list[str], id: str) -> list[str]:
    return [pick for pick in picks if pick != id] if id in picks else [*picks, id]


def _star(favourite: bool) -> str:
    return "★ Favourite" if favourite else "☆ Favourite"


def _caption(result: Result) -> str:
    return f"★ {result.title}" if result.favourite else result.title


def _count(total: int, page: int, here: int, any_at_all: bool) -> str:
    if not total:
        return "No painting matches. Change the filters above." if any_at_all else EMPTY
    if total == here:
        return paintings(total)
    first = page * GALLERY_PAGE + 1
    return f"{first:,} to {first + here - 1:,} of {total:,} paintings"


def _facts(result: Result) -> str:
    recipe = result.recipe
    facts = [
        f"**{escape_markdown(result.title)}**",
        f"strength {recipe.strength:g}",
        version(recipe),
        how_far(recipe.finish),
        f"{result.width} × {result.height} pixels",
        time.strftime("%d %B %Y, %H:%M", time.localtime(result.created)),
    ]
    return " · ".join(filter(None, facts))
