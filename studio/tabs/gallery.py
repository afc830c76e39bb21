"""The Gallery tab: every painting of this browser, found again, compared, shared."""

import time
from collections.abc import Iterator
from urllib.parse import urlencode

import gradio as gr
from PIL import Image

from studio.gallery.models import ORDERS, Filter, Result
from studio.gallery.recipe import Recipe
from studio.gallery.restore import Restorer
from studio.gallery.store import Store
from studio.painting.finishing import how_far
from studio.painting.painter import Painter
from studio.painting.sheets import write_clip
from studio.painting.showcase import Showcase, showcase_gallery
from studio.settings import GALLERY_PAGE, PAGE_SIDE, TORCH_LANE
from studio.tabs.gallery_selection import Selection
from studio.tabs.public_wall import WallPanel
from studio.tabs.stylize import SHOW_RESULT, StylizeTab
from studio.wall.wall import PublicWall
from studio.web.guard import session_of
from studio.web.messages import escape_markdown, user_errors

ALL = "All styles"
DATES = {"Any time": None, "Last 24 hours": 1, "Last 7 days": 7, "Last 30 days": 30}  # days
EMPTY = "Nothing here yet. Every painting that you make in this browser is kept here, for you alone."
HINT = "Click a painting to see it large."
NOWHERE = "This browser stores nothing for this page, so paintings cannot be kept."
SHOW_VIEW = "() => document.getElementById('view').scrollIntoView({behavior: 'smooth', block: 'nearest'})"
COPY_LINK = """(query) => {
  const link = location.origin + location.pathname + (query ? '?' + query : '');
  if (navigator.clipboard) navigator.clipboard.writeText(link).catch(() => {});
  return link;
}"""


class GalleryTab:
    """Builds the tab and answers its events."""

    def __init__(
        self,
        painter: Painter,
        restorer: Restorer,
        showcase: Showcase,
        stylize: StylizeTab,
        public: PublicWall | None = None,
    ):
        self.store: Store = painter.store
        self.results, self.restorer, self.showcase, self.stylize = painter.results, restorer, showcase, stylize
        self._selection = Selection(self.store, self.results)
        self._public = WallPanel(public) if public else None

    def build(self, owner: gr.BrowserState, tab: gr.Tab, tabs: gr.Tabs) -> None:
        """Lay out the components inside the tab and wire them.

        owner: the visitor's key. tabs: where to go for the Stylize tab.
        """
        top, page, shown, chosen, gone = gr.State(0), gr.State(0), gr.State([]), gr.State(""), gr.State([])
        here = gr.State(False)  # whether this is the tab that the visitor looks at
        with gr.Accordion("Painted by Atelier: click one to try its look on your photo", open=True) as shelf:
            looks = showcase_gallery()
        if self._public:
            self._public.build_wall()
        with gr.Row(elem_id="filters"):
            title = gr.Dropdown([ALL], value=ALL, label="Style", min_width=140, elem_id="filter-style")
            date = gr.Dropdown(list(DATES), value="Any time", label="Painted", min_width=140, elem_id="filter-date")
            order = gr.Dropdown(list(ORDERS), value="Newest first", label="Order", min_width=140, elem_id="order")
            favourites = gr.Checkbox(False, label="Favourites only", min_width=140, elem_id="filter-favourites")
        with gr.Row():
            with gr.Column(scale=5, min_width=320):
                with gr.Row():
                    count = gr.Markdown(EMPTY, elem_id="count")
                    several = gr.Checkbox(
                        False, label="Select several", container=False, min_width=140, scale=0, elem_id="several"
                    )
                wall = gr.Gallery(
                    label="Your paintings", show_label=False, columns=4, object_fit="cover", height="auto",
                    allow_preview=False, interactive=False, buttons=[], elem_id="paintings",
                )  # fmt: skip
                with gr.Row():
                    newer = gr.Button("‹ Back", size="sm", interactive=False, min_width=80, elem_id="newer")
                    older = gr.Button("More ›", size="sm", interactive=False, min_width=80, elem_id="older")
                    undo = gr.Button("Undo delete", size="sm", visible=False, min_width=80, elem_id="undo")
                selection = self._selection
                selection.build()
            with gr.Column(scale=6, min_width=320, elem_id="view"):
                hint = gr.Markdown(HINT, elem_id="hint")
                with gr.Column(visible=False) as view:
                    slider = gr.ImageSlider(
                        label="Before and after", type="filepath", interactive=False, buttons=["fullscreen"],
                        max_height=560, elem_id="large",
                    )  # fmt: skip
                    facts = gr.Markdown(elem_id="facts")
                    with gr.Row(equal_height=True):
                        download = gr.DownloadButton("Download", variant="primary", elem_id="download-painting")
                        again = gr.Button("Use these settings again", elem_id="again")
                        other = gr.Button("Paint in another style", elem_id="other-style")
                    with gr.Row():
                        favour = gr.Button("☆ Favourite", size="sm", min_width=100, elem_id="favour")
                        clip = gr.Button("Before → after clip", size="sm", min_width=100, elem_id="clip")
                        link = gr.Button("Copy link", size="sm", min_width=100, elem_id="link")
                        delete = gr.Button("Delete", size="sm", min_width=100, variant="stop", elem_id="delete")
                    if self._public:
                        self._public.build_buttons()
                    address = gr.Textbox(
                        label="Link to these settings", visible=False, buttons=["copy"], interactive=False,
                        elem_id="address",
                    )  # fmt: skip
                selection.build_outcome()
        query = gr.Textbox(visible=False)

        quiet = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        told_errors = {"show_progress": "hidden", "api_visibility": "private"}  # shown for queued events alone
        filters = [owner, title, date, order, favourites, page]
        listed = [wall, shown, count, page, newer, older, title]
        viewed = [view, hint, slider, facts, download, favour, address, chosen, selection.outcome, selection.take]
        goto = [tabs, *self.stylize.controls]
        gr.on([tab.select, owner.change], self._first, filters, [*listed, shelf], **quiet)
        tabs.select(_is_gallery, None, here, **quiet)
        self.stylize.slider.change(self._arrived, [here, *filters], listed, **quiet)
        tab.select(
            self._show_looks, None, looks, show_progress="hidden", api_visibility="private",
            concurrency_id=TORCH_LANE, concurrency_limit=1,
        )  # fmt: skip
        gr.on(
            [title.input, date.input, order.input, favourites.input], self._list, [*filters[:-1], top], listed,
            trigger_mode="always_last", **quiet,
        )  # fmt: skip
        newer.click(self._back, filters, listed, **quiet)
        older.click(self._on, filters, listed, **quiet)
        wall.select(
            self._pick, [owner, shown, several, selection.picks], [*viewed, *selection.tray_parts], **told_errors
        ).then(None, several, js=f"(several) => several || ({SHOW_VIEW})()", api_visibility="private")
        favour.click(self._favour, [owner, chosen], favour, **told_errors).then(self._list, filters, listed, **quiet)
        clip.click(self._clip, [owner, chosen], [selection.outcome, selection.take], api_visibility="private")
        link.click(self._link, [owner, chosen], query, **told_errors).then(
            lambda: gr.Textbox(visible=True), None, address, **quiet
        ).then(None, query, address, js=COPY_LINK, api_visibility="private")
        again.click(self._again, [owner, chosen], goto, **told_errors)
        other.click(self._other, [owner, chosen], goto, **told_errors)
        tries = [looks.select(self._try_look, None, goto, **told_errors)]
        deleting = delete.click(self._delete, [owner, chosen], [gone, undo, view, hint, chosen], **told_errors)
        deleting.then(self._list, filters, listed, **quiet)
        undo.click(self._undo, [owner, gone], [gone, undo, hint], **told_errors).then(
            self._list, filters, listed, **quiet
        )
        several.change(self._switch, several, [view, hint, selection.outcome, selection.take], **quiet)
        deleting_several = selection.wire(owner, several, shown, gone, undo)
        deleting_several.then(self._list, filters, listed, **quiet)
        if self._public:
            self._public.wire(owner, chosen, deleting, deleting_several)
            tries.append(self._public.looks.select(self._try_public, self._public.names, goto, **told_errors))
        for trying in tries:
            trying.then(**self.stylize.paint).then(None, js=SHOW_RESULT, api_visibility="private")

    # The wall.

    def _first(
        self, owner: str, title: str, date: str, order: str, favourites: bool, page: int, request: gr.Request
    ) -> tuple:
        """The wall as the tab opens; the showcase is open for those who have painted nothing."""
        listed = self._list(owner, title, date, order, favourites, page, request)
        return *listed, gr.Accordion(open=not listed[1])

    def _list(
        self, owner: str, title: str, date: str, order: str, favourites: bool, page: int, request: gr.Request
    ) -> tuple:
        """One page of the visitor's paintings."""
        if not owner:
            return [], [], NOWHERE, 0, gr.Button(interactive=False), gr.Button(interactive=False), gr.skip()
        days = DATES[date]
        since = time.time() - days * 86400 if days else 0.0
        titles = self.store.titles(owner)
        title = title if title in titles else ALL  # its last painting may have been deleted
        wanted = Filter("" if title == ALL else title, favourites, since, order)
        total = self.store.count(owner, wanted)
        page = max(0, min(page, (total - 1) // GALLERY_PAGE))
        results = self.store.page(owner, wanted, GALLERY_PAGE, page * GALLERY_PAGE)
        thumbs = self.results.thumbnails([result.thumb for result in results], session_of(request))
        return (
            gr.Gallery([*zip(thumbs, map(_caption, results))], selected_index=None),
            [r.id for r in results],
            _count(total, page, len(results), bool(titles)),
            page,
            gr.Button(interactive=page > 0),
            gr.Button(interactive=(page + 1) * GALLERY_PAGE < total),
            gr.Dropdown([ALL, *titles], value=title),
        )

    def _arrived(self, here, owner, title, date, order, favourites, page, request: gr.Request) -> tuple:
        """A painting was finished: the wall shows it at once if the visitor has gone there to wait for it."""
        return self._list(owner, title, date, order, favourites, page, request) if here else gr.skip()

    def _back(self, owner, title, date, order, favourites, page, request: gr.Request) -> tuple:
        return self._list(owner, title, date, order, favourites, page - 1, request)

    def _on(self, owner, title, date, order, favourites, page, request: gr.Request) -> tuple:
        return self._list(owner, title, date, order, favourites, page + 1, request)

    def _show_looks(self) -> Iterator[list]:
        yield from self.showcase.pictures()

    def _switch(self, several: bool) -> tuple:
        """Clicks on the wall now select, or open again."""
        hint = (
            "Click paintings to select them. What is selected stands below the wall; a click there takes it out."
            if several
            else HINT
        )
        return (
            gr.Column(visible=False),
            gr.Markdown(hint, visible=True),
            gr.Image(visible=False),
            gr.Button(visible=False),
        )

    # One painting.

    def _pick(
        self, owner: str, shown: list[str], several: bool, picks: list[str], event: gr.SelectData, request: gr.Request
    ) -> tuple:
        """A painting on the wall was clicked: see it large, or put it into the selection or out of it."""
        id = shown[event.index] if event.index < len(shown) else ""
        if several:
            return *[gr.skip()] * 10, *self._selection.tray(owner, _toggled(picks, id), request)
        with user_errors():
            return *self._view(self.store.get(owner, id), session_of(request)), *[gr.skip()] * 6

    def _view(self, result: Result, session: str) -> tuple:
        """The large view of a painting."""
        with Image.open(result.painting) as painting, Image.open(result.photo) as photo:
            k = min(1, PAGE_SIDE / max(painting.size))
            size = round(k * painting.width), round(k * painting.height)
            after = self.results.add("view", painting.resize(size), "JPEG", session)
            before = self.results.add("before", photo.resize(size), "JPEG", session)
        return (
            gr.Column(visible=True),
            gr.Markdown(visible=False),
            (str(before), str(after)),
            _facts(result),
            str(self.results.copy(f"{result.name}.png", result.painting, session)),
            gr.Button(_star(result.favourite)),
            gr.Textbox(visible=False),
            result.id,
            gr.Image(visible=False),
            gr.DownloadButton(visible=False),
        )

    def _favour(self, owner: str, id: str) -> gr.Button:
        with user_errors():
            favourite = not self.store.get(owner, id).favourite
        self.store.favour(owner, id, favourite)
        return gr.Button(_star(favourite))

    def _clip(self, owner: str, id: str, request: gr.Request) -> tuple[gr.Image, gr.DownloadButton]:
        with user_errors():
            result = self.store.get(owner, id)
        path = self.results.new_path(f"{result.name}_clip", "webp", session_of(request))
        with Image.open(result.photo) as photo, Image.open(result.painting) as painting:
            write_clip(path, photo.convert("RGB"), painting)
        return (
            gr.Image(str(path), visible=True, label="Before → after clip"),
            gr.DownloadButton("Download the clip", value=str(path), visible=True),
        )

    def _link(self, owner: str, id: str) -> str:
        with user_errors():
            recipe = self.store.get(owner, id).recipe
        if not recipe.style:
            gr.Info("The style is yours alone; the link holds the other settings.")
        return urlencode(recipe.query())

    def _again(self, owner: str, id: str, request: gr.Request) -> tuple:
        """Fill the Stylize tab with all that a painting was made of."""
        with user_errors():
            recipe = self.store.get(owner, id).recipe
        return self._goto(owner, recipe, request)

    def _other(self, owner: str, id: str, request: gr.Request) -> tuple:
        """Take the photo of a painting to the Stylize tab, with the usual settings."""
        with user_errors():
            recipe = self.store.get(owner, id).recipe
        gr.Info("Here is your photo: now click a style.")
        usual = Recipe(recipe.style, recipe.title, pack=recipe.pack, picture=recipe.picture, photo=recipe.photo)
        return self._goto(owner, usual, request)

    def _goto(self, owner: str, recipe: Recipe, request: gr.Request) -> tuple:
        found = self.restorer.find(owner, recipe, session_of(request))
        for note in filter(None, found.notes):
            gr.Warning(note)
        photo = str(found.photo) if found.photo else gr.skip()
        return gr.Tabs(selected="stylize"), *self.restorer.fill(recipe, found, photo)

    def _try_look(self, event: gr.SelectData, request: gr.Request) -> tuple:
        """A picture of the showcase was clicked: its settings, and whatever photo the visitor has."""
        _, recipe = self.showcase.looks[event.index]
        return self._goto("", recipe, request)

    def _try_public(self, names: list[str], event: gr.SelectData, request: gr.Request) -> tuple:
        """A painting on the public wall was clicked: likewise."""
        return self._goto("", self._public.recipe(names, event), request)

    def _delete(self, owner: str, id: str) -> tuple:
        with user_errors():
            self.store.get(owner, id)
        self.store.delete(owner, [id])
        return [id], gr.Button(visible=True), gr.Column(visible=False), gr.Markdown("Deleted.", visible=True), ""

    def _undo(self, owner: str, gone: list[str]) -> tuple[list, gr.Button, str]:
        self.store.restore(owner, gone)
        return [], gr.Button(visible=False), HINT


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
        return f"{total} painting{'s' if total > 1 else ''}"
    first = page * GALLERY_PAGE + 1
    return f"{first:,} to {first + here - 1:,} of {total:,} paintings"


def _facts(result: Result) -> str:
    recipe = result.recipe
    facts = [
        f"**{escape_markdown(result.title)}**",
        f"strength {recipe.strength:g}",
        f"take {recipe.seed}",
        how_far(recipe.finish),
        f"{result.width} × {result.height} pixels",
        time.strftime("%d %B %Y, %H:%M", time.localtime(result.created)),
    ]
    return " · ".join(filter(None, facts))
