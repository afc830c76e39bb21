"""The Stylize tab: a photo, a wall of styles, a painting."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from gradio.events import Dependency

from studio.gallery.recipe import Recipe, read_recipe
from studio.gallery.restore import Restorer
from studio.operation.jobs import job, note_error
from studio.operation.shares import dear
from studio.painting.finishing import Finishing, Frame
from studio.painting.painter import Painted, Painter
from studio.painting.request import PaintRequest, RequestReader
from studio.painting.showcase import Opening
from studio.painting.small_views import SmallViews
from studio.painting.wishes import Latest, Numbers, Shown
from studio.styles.library import StyleLibrary
from studio.tabs.downloads import Downloads
from studio.tabs.present import Presentation, Scene
from studio.tabs.stylize.alike import Alike
from studio.tabs.stylize.camera import Camera
from studio.tabs.stylize.controls import Controls, adjustments
from studio.tabs.stylize.program import Program
from studio.tabs.stylize.recall import Recall
from studio.tabs.stylize.stage import Stage
from studio.tabs.stylize.style_map import StyleMap
from studio.tabs.stylize.style_sheet import StyleSheet
from studio.tabs.stylize.takes import Takes
from studio.tabs.stylize.wall import Wall
from studio.tabs.wiring import CHOOSING, NUMBERED, PAINTING, PAINTING_LANE, PRIVATE, QUIET, TELLING, Updates, scroll_to
from studio.web.caller import Caller, waiting_in
from studio.web.components import picture_input
from studio.web.guard import check_files, may_open, session_of
from studio.web.messages import user_errors
from studio.web.visitor import Visitor
from stylegan import StyleError, UserError
from stylegan.interrupt import Interrupted, pause, while_wanted

T = TypeVar("T")
FINISHING = "Finishing…"
CHOOSE_PHOTO = "() => document.querySelector('#photo input[type=file]').click()"
TILES: dict[str, Any] = {"concurrency_id": "tiles", "concurrency_limit": 1}  # a lane beside that of the paintings


class StylizeTab:
    """The tab's components, inside the current Blocks, and its events."""

    def __init__(
        self,
        painter: Painter,
        library: StyleLibrary,
        restorer: Restorer,
        finishing: Finishing,
        opening: Opening,
        owner_key: gr.BrowserState,
        changed: gr.Number,
        presentation: Presentation,
    ):
        """owner_key: the visitor's key. changed: counts up when the visitor's styles have changed."""
        self._painter, self._library, self._finishing, self._opening = painter, library, finishing, opening
        self._presentation = presentation
        self._styles, self._requests = painter.transfer.styles, RequestReader(painter.transfer, library)
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=5, min_width=320, elem_id="choices"):
                photo = picture_input(
                    label="Your photo", sources=["upload", "clipboard"], height=240, elem_id="photo",
                    placeholder="Drop, paste or choose a photo",
                )  # fmt: skip
                with gr.Row(elem_id="photo-buttons"):
                    change = gr.Button("Change photo", size="sm", elem_id="change-photo")
                    camera = Camera(painter.files)
                change.click(None, js=CHOOSE_PHOTO, **PRIVATE)
                camera.wire(photo)
                self.recall = Recall(restorer, painter.files)
                tries = gr.Dataset(
                    components=[gr.Image(visible=False)], samples=[[str(small)] for small, _ in opening.tries],
                    label="Or try one of these", type="index", elem_id="tries",
                )  # fmt: skip
                tries.click(self._try, tries, photo, **TELLING)
                gr.Markdown("## Pick a style: one click paints", elem_id="pick")
                self._wall = Wall(self._styles, library, SmallViews(painter, self._requests), opening)
                with gr.Accordion("Or use your own picture as the style", open=False, elem_id="own-picture"):
                    style_image = picture_input(
                        label="A painting, a fabric, a drawing", sources=["upload", "clipboard"], height=230,
                        elem_id="style-image",
                    )  # fmt: skip
                    add = gr.Button("Add this picture as a style", interactive=False, elem_id="add-style")
                    self._alike = Alike(painter.transfer, library)
                self._map = StyleMap(painter.transfer, library, opening)
            with gr.Column(scale=6, min_width=320, elem_id="stage"):
                self.stage = Stage(painter, finishing, opening)
                self._takes = Takes(painter)
                Downloads(painter, owner_key, self.stage.now, "stage", lambda shown: shown.kept if shown else "")
                self._sheet = StyleSheet(painter, presentation.every, opening.photo)
                with gr.Accordion("Fine adjustments", open=False, elem_id="fine"):
                    settings, blend, mix = adjustments(self._styles, self.stage.strength)
        style = gr.Textbox(self._styles[0].name, label="Style", visible=False)
        tiles = self._wall.tiles
        self.controls = Controls(photo, tiles, style, style_image, blend, mix, settings, wanted=gr.State(None))
        self._changed = changed
        self._latest, self._clicks = Latest(), Numbers()
        self._number = gr.Number(0, precision=0, visible=False)  # see NUMBERED
        known = {"wanted": self.controls.wanted, "now": self.stage.now, "past": self.stage.past}
        asked = {"inputs": owner_key, "inputs_kwargs": known | self.controls.values}
        painting = [*self.stage.parts, tiles]
        numbered = {"inputs_kwargs": self.controls.values | {"number": self._number}, "js": NUMBERED}
        self._asking: dict = {**numbered, "outputs": self.stage.parts, **QUIET}
        self._asking_for_tiles: dict = {**numbered, "fn": self._ask_for_tiles, **QUIET}
        self._painting: dict = {"fn": self.show, **asked, "outputs": painting, **TELLING, **PAINTING}
        self.recall.wire(owner_key, self.controls)
        self.stage.verdict.wire(
            owner_key, {**self.controls.values}, self.stage.now, self.stage.said, self._read,
            lambda request, values: self._latest.wanted(_page(request), values),
        )  # fmt: skip
        self._wire(owner_key, asked, painting, add)
        self._wire_tiles(owner_key)
        self._wire_takes(owner_key)
        self._wire_all_styles(owner_key, presentation)
        Program(painter, self._requests, self.controls.values)

    def paint_after(self, event: Callable, ask: Callable | None = None) -> Dependency:
        """Paint what the controls say after an event, as its ``then`` or its ``success``; the last one wins."""
        asking = event(ask or self._ask, **self._asking, trigger_mode="multiple")
        painting = asking.then(**self._painting, trigger_mode="always_last")
        painting.failure(self._give_up, self.stage.now, self.stage.parts, **QUIET)
        painting.success(**self.stage.verdict.looking)
        return painting

    def _wire(self, owner_key: gr.BrowserState, asked: dict, painting: list[Component], add: gr.Button) -> None:
        controls, stage = self.controls, self.stage
        buttons = [stage.finish, stage.stop, stage.caption]
        chosen = [controls.style, controls.style_image, controls.wanted]
        choosing = controls.tiles.select(
            self._choose, [self._wall.own, self._number], chosen, js=NUMBERED, trigger_mode="multiple", **CHOOSING
        )
        self.paint_after(choosing.then).then(**scroll_to("result"))
        seed, between = controls.settings["seed"], controls.settings["between"]
        stage.another.click(lambda take: ((take or 0) + 1, 0), seed, [seed, between], queue=False, **PRIVATE)
        self.paint_after(controls.photo.change, self._ask_for_photo)
        self.paint_after(partial(gr.on, [*controls.changes, self.recall.linked.change]))
        back = stage.strip.select(self.recall.bring_back, [owner_key, stage.past], controls.everything, **TELLING)
        self.paint_after(back.then)
        stopping = [controls.photo.change, *controls.changes, controls.tiles.select, stage.stop.click]
        gr.on(stopping, self._stop_finishing, None, None, **QUIET)
        finishing = stage.finish.click(self._begin_finishing, None, buttons, **QUIET)
        finishing = finishing.then(self.finish, **asked, outputs=[*painting, controls.wanted], **TELLING, **PAINTING)
        finishing.then(self._end_finishing, stage.caption, buttons, **QUIET)
        finishing.success(**stage.verdict.looking)
        picture = controls.style_image
        picture.change(lambda picture: gr.Button(interactive=bool(picture)), picture, add, **QUIET)
        adding = add.click(
            self._add_picture, [owner_key, picture, self._changed], [self._changed, controls.style, picture],
            show_progress_on=add, **PRIVATE, **PAINTING,
        )  # fmt: skip
        self.paint_after(adding.success)
        self._alike.wire(picture, owner_key, chosen, self._take, self.paint_after)
        self._map.wire(owner_key, self._changed, controls, self.paint_after).then(**scroll_to("result"))

    def _wire_tiles(self, owner_key: gr.BrowserState) -> None:
        """The tiles follow the photo, the settings, and the visitor's styles."""
        controls, values = self.controls, {"inputs_kwargs": self.controls.values}
        listed = [controls.tiles, self._wall.own, controls.blend]
        listing = self._changed.change(self._list_styles, owner_key, listed, **values, **QUIET)
        for change in (listing.then, partial(gr.on, [controls.photo.change, *controls.seen_small])):
            asking = change(**self._asking_for_tiles, trigger_mode="multiple")
            asking.then(
                self._repaint_tiles, owner_key, controls.tiles, **values, trigger_mode="always_last", **TELLING, **TILES
            )

    def _wire_takes(self, owner_key: gr.BrowserState) -> None:
        takes, settings = self._takes, self.controls.settings
        painting = {"inputs_kwargs": self.controls.values, **TELLING, **PAINTING}
        self.stage.four.click(self._paint_takes, owner_key, takes.parts, **painting)
        takes.sheet.select(takes.choose, takes.numbers, [settings["seed"], settings["between"]], **TELLING)
        others = [self.controls.photo.change, self.controls.tiles.select]
        gr.on(others, lambda: gr.Gallery(visible=False), None, takes.sheet, **QUIET)

    def _wire_all_styles(self, owner_key: gr.BrowserState, presentation: Presentation) -> None:
        """The photo in all styles: on a sheet, each of whose pictures chooses its style, or over the whole screen."""
        controls, sheet = self.controls, self._sheet
        sheet.wire(self.stage.every, owner_key, controls.photo, controls.settings)
        chosen = [controls.style, controls.style_image, controls.wanted]
        choosing = sheet.pictures.select(
            self._choose_from_sheet,
            [sheet.keys, self._number],
            chosen,
            js=NUMBERED,
            trigger_mode="multiple",
            **CHOOSING,
        )
        self.paint_after(choosing.then).then(**scroll_to("result"))
        asked: dict[str, Block] = {"photo": controls.photo, **controls.settings}
        presentation.wire(self.stage.present, self._present, [owner_key], inputs_kwargs=asked, **PAINTING)

    # Events.

    def _present(self, request: gr.Request, owner_key: str, *, photo: str | None, **settings: Any) -> Iterator[Scene]:
        """The photo in all styles, without one the example's."""
        photo = photo or str(self._opening.photo)
        yield from self._presentation.in_all_styles(request, owner_key, photo=photo, **settings)

    def _ask(self, request: gr.Request, *, number: int, **values: Any) -> Updates:
        """From now on the page waits for this, and for nothing that it asked for before."""
        self._latest.ask(_page(request), number, values)
        return self.stage.waiting(self._title(values), waiting_in(PAINTING_LANE))

    def _ask_for_photo(self, request: gr.Request, *, number: int, **values: Any) -> Updates:
        """The same for another photo. One that was taken away asks for nothing: what is seen stays."""
        if values["photo"]:
            return self._ask(request, number=number, **values)
        self._latest.ask(_page(request), number, {})
        return {self.stage.said: ""}

    def _give_up(self, now: Shown | None) -> Updates:
        """Tell the page that something broke which is not the visitor's mistake."""
        return self.stage.stay("That did not work. Please try once more.", now)

    @dear("stylize")
    @job("stylize")
    def show(
        self, request: gr.Request, owner_key: str, *, wanted: Recipe | None, now: Shown | None, past: list[Shown],
        **values: Any,
    ) -> Iterator[Updates]:  # fmt: skip
        """Paint for the page, unless it waits for something else by now; without a photo, the example's.

        wanted: the recipe of a finished painting; with the same settings, this one is finished, too. now: what the page
        shows. past: what it showed.
        """
        photo, visitor = values["photo"], Visitor.of(owner_key, request)
        if photo and may_open(photo, visitor.session) and read_recipe(photo):  # it gives settings, and no photo
            yield self.stage.stay("", now)
            return
        try:
            asked, sketch = self._while_wanted(request, values, lambda: self._begin(visitor, values, now))
            if sketch:
                yield sketch
            finish = wanted.finish_for(asked.recipe) if wanted else 0.0
            painted = self._while_wanted(request, values, lambda: self._painter.paint(asked, finish))
        except Interrupted as error:
            note_error(error)
            yield gr.skip()
        except UserError as error:
            note_error(error)
            yield self.stage.stay(str(error), now) | {self.controls.tiles: gr.Gallery(selected_index=now and now.tile)}
        else:
            yield self._shown(request, painted, now, past, values)

    def _begin(self, visitor: Visitor, values: Mapping[str, Any], now: Shown | None) -> tuple[PaintRequest, Updates]:
        """What is asked for, and what can be shown of it at once."""
        asked = self._read(visitor, values)
        return asked, self.stage.sketch(asked, now)

    def _read(self, visitor: Visitor, values: Mapping[str, Any]) -> PaintRequest:
        """What the controls ask for; without a photo, of the example's."""
        return self._requests.from_page(visitor, **{**values, "photo": values["photo"] or str(self._opening.photo)})

    def _while_wanted(self, request: gr.Request, values: Mapping[str, Any], work: Callable[[], T]) -> T:
        """Do something for as long as the page is open and waits for it.

        Raises:
            Interrupted: it does not any more.
        """
        caller = Caller()
        with while_wanted(lambda: self._latest.wanted(_page(request), values) and caller.waits):
            pause()
            done = work()
            pause()
            return done

    @dear("finish")
    @job("finish")
    def finish(
        self, request: gr.Request, owner_key: str, *, wanted: Recipe | None, now: Shown | None, past: list[Shown],
        **values: Any,
    ) -> Iterator[Updates]:  # fmt: skip
        """Finish what the page shows, step by step; the last updates are those of ``show`` with the recipe."""
        with user_errors():
            asked = self._read(Visitor.of(owner_key, request), values)
            for event in self._finishing.run(asked, _page(request)):
                if isinstance(event, Frame):
                    yield {self.stage.slider: (str(event.before), str(event.after)), self.stage.caption: event.text}
                elif self._latest.wanted(_page(request), values):
                    yield self._shown(request, event, now, past, values) | {self.controls.wanted: event.recipe}
                else:  # another painting is on its way
                    self._painter.add_to_gallery(event)

    def _shown(
        self, request: gr.Request, painted: Painted, now: Shown | None, past: list[Shown], values: Mapping[str, Any]
    ) -> Updates:
        """A painting on the stage, and its tile lit."""
        tile = self._wall.lit(painted.request.visitor.owner_key, values["style"], values["style_image"])
        asked = self._latest.asked_at(_page(request)) or time.monotonic()
        shown = self.stage.show(painted, tile, now, past, asked, values["photo"] or "")
        return shown | {self.controls.tiles: gr.Gallery(selected_index=tile)}

    def _title(self, values: Mapping[str, Any]) -> str:
        """What people call the style that the controls say."""
        if values["style_image"]:
            return "your own picture"
        return next((style.title for style in self._styles if style.name == values["style"]), "your style")

    def _choose(self, own: list[str], number: int, event: gr.SelectData, request: gr.Request) -> Updates:
        """A tile was clicked: its style, no picture of the user's instead, and a plain painting."""
        return self._choose_from_sheet(self._wall.keys(own), number, event, request)

    def _choose_from_sheet(self, keys: list[str], number: int, event: gr.SelectData, request: gr.Request) -> Updates:
        """A picture of the sheet was clicked: the same. A click that a later one has overtaken chooses nothing."""
        return self._take(keys[event.index]) if self._clicks.is_last(_page(request), number) else gr.skip()

    def _take(self, key: str) -> Updates:
        controls = self.controls
        return {controls.style: key, controls.style_image: None, controls.wanted: None}

    def _try(self, number: int, request: gr.Request) -> str:
        """One of the sample photos, as if the visitor had added it."""
        photo = self._opening.tries[number][1]
        return str(self._painter.files.copy(photo.name, photo, session_of(request)))

    def _list_styles(self, request: gr.Request, owner_key: str, **values: Any) -> Updates:
        return self._wall.list_styles(request, owner_key, self.controls.blend, values)

    def _ask_for_tiles(self, request: gr.Request, *, number: int, **values: Any) -> None:
        self._wall.ask(_page(request), number, values)

    @job("tiles")
    def _repaint_tiles(self, request: gr.Request, owner_key: str, **values: Any) -> Iterator[Updates]:
        asked_at = partial(self._latest.asked_at, _page(request))
        yield from self._wall.repaint(request, owner_key, values, asked_at)

    @dear("takes")
    @job("takes")
    def _paint_takes(self, request: gr.Request, owner_key: str, **values: Any) -> Iterator[Updates]:
        with user_errors():
            asked = self._read(Visitor.of(owner_key, request), values)
        yield from self._takes.paint(asked, lambda: self._latest.wanted(_page(request), values))

    def _begin_finishing(self, request: gr.Request) -> Updates:
        """The page waits for its turn; from now on it can be stopped."""
        self._finishing.begin(_page(request))
        return {
            self.stage.finish: gr.Button(visible=False),
            self.stage.stop: gr.Button(visible=True),
            self.stage.caption: FINISHING,
        }

    def _end_finishing(self, caption: str) -> Updates:
        """Nothing to stop any more. Where it could not even begin, the caption must not go on saying so."""
        said = {self.stage.caption: "Not finished."} if caption == FINISHING else {}
        return {self.stage.finish: gr.Button(visible=True), self.stage.stop: gr.Button(visible=False)} | said

    def _stop_finishing(self, request: gr.Request) -> None:
        self._finishing.stop(_page(request))

    @job("remember")
    def _add_picture(self, owner_key: str, picture: str | None, changed: int, request: gr.Request) -> Updates:
        """Keep the style picture as a style of the visitor's own, and choose it."""
        with user_errors():
            check_files(session_of(request), picture)
            if not picture:
                raise StyleError("Add a picture first.")
            style = self._library.remember(owner_key, picture)
        gr.Info(f"{style.title} is now the last tile of the wall. Rename it under 'Teach a style'.")
        return {self._changed: changed + 1, self.controls.style: style.key, self.controls.style_image: None}


def _page(request: gr.Request) -> str:
    """The one opened page that a request came from."""
    return request.session_hash or ""
