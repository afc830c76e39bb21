"""The Stylize tab: a photo, a wall of styles, a painting."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from gradio.events import Dependency
from PIL import Image

from studio.gallery.recipe import Recipe, bare_photo, read_query, read_recipe
from studio.gallery.restore import ADD_ITS_PHOTO, Restorer
from studio.painting.finishing import Finishing, Frame
from studio.painting.painter import Painted, Painter
from studio.painting.request import DEFAULT_STYLE, RequestReader
from studio.painting.wishes import Latest, Shown
from studio.styles.library import StyleLibrary
from studio.tabs.downloads import Downloads
from studio.tabs.present import Presentation
from studio.tabs.stylize.alike import Alike
from studio.tabs.stylize.controls import Controls, adjustments
from studio.tabs.stylize.stage import Stage
from studio.tabs.stylize.style_sheet import StyleSheet
from studio.tabs.wiring import PAINTING, PAINTING_LANE, PRIVATE, QUIET, TELLING, Updates, scroll_to
from studio.web.caller import waiting_in
from studio.web.components import file_input, picture_input, picture_wall
from studio.web.guard import check_files, keep_open, may_open, session_of
from studio.web.messages import ADD_PHOTO, user_errors
from studio.web.visitor import Visitor
from stylegan import StyleError, UserError
from stylegan.interrupt import Interrupted, pause, while_wanted
from stylegan.sample_photos import sample_photos

EXAMPLES = 6
FINISHING = "Finishing…"
CHOOSE_PHOTO = "() => document.querySelector('#photo input[type=file]').click()"


class StylizeTab:
    """The tab's components, inside the current Blocks, and its events."""

    def __init__(
        self,
        painter: Painter,
        library: StyleLibrary,
        restorer: Restorer,
        finishing: Finishing,
        tiles: Sequence[tuple[Image.Image, str]],
        owner_key: gr.BrowserState,
        changed: gr.Number,
        presentation: Presentation,
    ):
        """tiles: an example painted in each built-in style. owner_key: the visitor's key. changed: counts up when the
        visitor's styles have changed."""
        self._painter, self._library, self._restorer, self._finishing = painter, library, restorer, finishing
        self._styles, self._tiles = painter.transfer.styles, list(tiles)
        self._requests = RequestReader(painter.transfer, library)
        with gr.Row():
            with gr.Column(scale=5, min_width=320):
                photo = picture_input(
                    label="Your photo", sources=["upload", "webcam", "clipboard"], height=300, elem_id="photo",
                    placeholder="Drop a photo here, paste one, or click to choose",
                )  # fmt: skip
                change = gr.Button("Change photo", size="sm", elem_id="change-photo")
                change.click(None, js=CHOOSE_PHOTO, **PRIVATE)
                with gr.Row(visible=False) as self._dropped:  # a painting of this app instead of a photo
                    self._note = gr.Markdown(elem_id="note")
                    over = gr.Button("Paint over this painting", size="sm", elem_id="over")
                samples = [[str(path)] for path in sample_photos()[:EXAMPLES]]
                examples = gr.Examples(samples, photo, label="Or try one of these")
                keep_open(file["path"] for (file,) in examples.dataset.samples)
                gr.Markdown("## Pick a style: one click paints", elem_id="pick")
                wall = picture_wall(
                    value=self._tiles, label="Styles", show_label=False, container=False, columns=4, object_fit="cover",
                    height="auto", allow_preview=False, interactive=False, buttons=[], selected_index=0,
                    elem_id="wall",
                )  # fmt: skip
                keep_open(tile["image"]["path"] for tile in wall.value)
                with gr.Accordion("Or use your own picture as the style", open=False):
                    style_image = picture_input(
                        label="A painting, a fabric, a drawing", sources=["upload", "clipboard"], height=230,
                        elem_id="style-image",
                    )  # fmt: skip
                    add = gr.Button("Add this picture as a style", interactive=False, elem_id="add-style")
                    self._alike = Alike(painter.transfer, library)
            with gr.Column(scale=6, min_width=320):
                self.stage = Stage(painter, finishing)
                Downloads(painter, owner_key, self.stage.now, "stage", lambda shown: shown.kept if shown else "")
                self._sheet = StyleSheet(painter, presentation.every)
                with gr.Accordion("Fine adjustments", open=False):
                    settings, blend, mix = adjustments(self._styles)
        style = gr.Textbox(self._styles[0].name, label="Style", visible=False)
        self.controls = Controls(photo, wall, style, style_image, blend, mix, settings, wanted=gr.State(None))
        self._own = gr.State([])  # keys of the visitor's own tiles, which follow the built-in ones
        self._given = gr.State("")  # the painting that was dropped as a photo
        self._changed = changed
        self._latest = Latest()
        known = {"wanted": self.controls.wanted, "now": self.stage.now}
        asked = {"inputs": owner_key, "inputs_kwargs": known | self.controls.values}
        painting = [*self.stage.parts, self.controls.tiles]
        self._asking: dict = {
            "fn": self._ask, "inputs_kwargs": self.controls.values, "outputs": self.stage.parts, **QUIET,
        }  # fmt: skip
        self._painting: dict = {"fn": self.show, **asked, "outputs": painting, **TELLING, **PAINTING}
        self._wire(owner_key, asked, painting, over, add)
        self._wire_all_styles(owner_key, presentation)
        self._offer_to_programs()

    def paint_after(self, event: Callable) -> Dependency:
        """Paint what the controls say after an event, as its ``then`` or its ``success``; the last one wins."""
        painting = event(**self._asking, trigger_mode="multiple").then(**self._painting, trigger_mode="always_last")
        painting.failure(self._give_up, self.stage.now, self.stage.parts, **QUIET)
        return painting

    def _wire(
        self, owner_key: gr.BrowserState, asked: dict, painting: list[Component], over: gr.Button, add: gr.Button
    ) -> None:
        controls, stage = self.controls, self.stage
        buttons = [stage.finish, stage.stop, stage.caption]
        chosen = [controls.style, controls.style_image, controls.wanted]
        choosing = controls.tiles.select(
            self._choose, self._own, chosen, queue=False, trigger_mode="multiple", **PRIVATE
        )
        self.paint_after(choosing.then).then(**scroll_to("result"))
        seed = controls.settings["seed"]
        stage.another.click(lambda take: (take or 0) + 1, seed, seed, queue=False, **PRIVATE)
        self.paint_after(partial(gr.on, controls.changes))
        stopping = [*controls.changes, controls.tiles.select, stage.stop.click]
        gr.on(stopping, self._stop_finishing, None, None, **QUIET)
        finishing = stage.finish.click(self._begin_finishing, None, buttons, **QUIET)
        finishing = finishing.then(self.finish, **asked, outputs=[*painting, controls.wanted], **TELLING, **PAINTING)
        finishing.then(self._end_finishing, stage.caption, buttons, **QUIET)
        recognised = [*controls.everything, self._dropped, self._note, self._given]
        controls.photo.change(self._recognise, [owner_key, controls.photo], recognised, **QUIET)
        over.click(self._paint_over, self._given, [controls.photo, self._dropped], **PRIVATE)
        picture = controls.style_image
        picture.change(lambda picture: gr.Button(interactive=bool(picture)), picture, add, **QUIET)
        adding = add.click(
            self._add_picture, [owner_key, picture, self._changed], [self._changed, controls.style, picture],
            show_progress_on=add, **PRIVATE, **PAINTING,
        )  # fmt: skip
        self.paint_after(adding.success)
        self._alike.wire(picture, owner_key, chosen, self._take, self.paint_after)
        listed = [controls.tiles, self._own, controls.blend]
        self._changed.change(self._list_styles, [owner_key, controls.style, picture], listed, **QUIET)

    def _wire_all_styles(self, owner_key: gr.BrowserState, presentation: Presentation) -> None:
        """The photo in all styles: on a sheet, each of whose pictures chooses its style, or over the whole screen."""
        controls, sheet = self.controls, self._sheet
        sheet.wire(self.stage.every, owner_key, controls.photo, controls.settings)
        chosen = [controls.style, controls.style_image, controls.wanted]
        choosing = sheet.pictures.select(self._choose_from_sheet, sheet.keys, chosen, queue=False, **PRIVATE)
        self.paint_after(choosing.then).then(**scroll_to("result"))
        asked: dict[str, Block] = {"photo": controls.photo, **controls.settings}
        presentation.wire(self.stage.present, presentation.in_all_styles, [owner_key], inputs_kwargs=asked, **PAINTING)

    def _offer_to_programs(self) -> None:
        """The endpoint /stylize: its parameters are those of ``stylize``, in their order."""
        values = self.controls.values
        first = ("photo", "style", "style_image")
        then = ("strength", "keep_colors", "brush", "seed", "blend", "mix", "size")
        given: dict[str, Block] = {name: values[name] for name in (*first, *then)}
        given["pack"] = file_input(visible=False, label="Style pack")
        given["finish"] = gr.Checkbox(False, visible=False, label="Finish")
        painting = gr.File(visible=False, label="Painting")
        gr.Button(visible=False).click(
            self.stylize, inputs_kwargs=given, outputs=painting, api_name="stylize", **PAINTING
        )

    def stylize(
        self,
        photo: str,
        style: str | None = DEFAULT_STYLE,
        style_image: str | None = None,
        strength: float = 1.0,
        keep_colors: bool = False,
        brush: float = 1.0,
        seed: int = 0,
        blend: str = "",
        mix: float = 0.5,
        size: int = 0,
        pack: str | None = None,
        finish: bool = False,
        request: gr.Request | None = None,
    ) -> str:
        """Paint a photo and return the painting as a PNG file.

        Args:
            photo: The photo.
            style: Name of a built-in style.
            style_image: Any picture to use as the style instead.
            strength: 0 gives the photo back, 1 the boldest painting.
            keep_colors: Keep the photo's own colours.
            brush: Size of the strokes, 0.5 to 2.
            seed: Another number is another take, with other parts of the style in sky and ground.
            blend: Name of a second built-in style to mix in.
            mix: How much of the second style, 0 to 1.
            size: Longer side of the painting in pixels; 0 is the photo's own.
            pack: A style pack, as /finetune returns it, to use as the style instead.
            finish: Work on the painting for some seconds more, for crisper strokes.
        """
        with user_errors():
            asked = self._requests.from_program(
                session_of(request),
                photo=photo,
                style=style,
                style_image=style_image,
                strength=strength,
                keep_colors=keep_colors,
                brush=brush,
                seed=seed,
                blend=blend,
                mix=mix,
                size=size,
                pack=pack,
            )
            return str(self._painter.paint(asked, float(bool(finish))).path)

    # Events.

    def _ask(self, request: gr.Request, **values: Any) -> Updates:
        """From now on the page waits for this, and for nothing that it asked for before."""
        self._latest.ask(_page(request), values)
        return self.stage.waiting(self._title(values), waiting_in(PAINTING_LANE)) if values["photo"] else gr.skip()

    def _give_up(self, now: Shown | None) -> Updates:
        """Tell the page that something broke which is not the visitor's mistake."""
        return self.stage.stay("That did not work. Please try once more.", now)

    def show(
        self, request: gr.Request, owner_key: str, *, wanted: Recipe | None, now: Shown | None, **values: Any
    ) -> Updates:
        """Paint for the page, unless it waits for something else by now.

        wanted: the recipe of a finished painting; with the same settings, this one is finished, too. now: what the page
        shows.
        """
        photo, visitor = values["photo"], Visitor.of(owner_key, request)
        if not photo:
            return self.stage.stay(ADD_PHOTO, now)
        if may_open(photo, visitor.session) and read_recipe(photo):  # it gives settings, and no photo
            return self.stage.stay("", now)
        page = _page(request)
        try:
            with while_wanted(lambda: self._latest.wanted(page, values)):
                pause()
                asked = self._requests.from_page(visitor, **values)
                painted = self._painter.paint(asked, wanted.finish_for(asked.recipe) if wanted else 0.0)
                pause()
        except Interrupted:
            return gr.skip()
        except UserError as error:
            return self.stage.stay(str(error), now) | {self.controls.tiles: gr.Gallery(selected_index=now and now.tile)}
        return self._shown(request, painted, now, values)

    def finish(
        self, request: gr.Request, owner_key: str, *, wanted: Recipe | None, now: Shown | None, **values: Any
    ) -> Iterator[Updates]:
        """Finish what the page shows, step by step; the last updates are those of ``show`` with the recipe."""
        with user_errors():
            asked = self._requests.from_page(Visitor.of(owner_key, request), **values)
            for event in self._finishing.run(asked, _page(request)):
                if isinstance(event, Frame):
                    yield {self.stage.slider: (str(event.before), str(event.after)), self.stage.caption: event.text}
                elif self._latest.wanted(_page(request), values):
                    yield self._shown(request, event, now, values) | {self.controls.wanted: event.recipe}
                else:  # another painting is on its way
                    self._painter.add_to_gallery(event)

    def _shown(self, request: gr.Request, painted: Painted, now: Shown | None, values: Mapping[str, Any]) -> Updates:
        """A painting on the stage, and its tile lit."""
        tile = self._tile(painted.request.visitor.owner_key, values["style"], values["style_image"])
        shown = self.stage.show(painted, tile, now, self._latest.asked_at(_page(request)))
        return shown | {self.controls.tiles: gr.Gallery(selected_index=tile)}

    def _title(self, values: Mapping[str, Any]) -> str:
        """What people call the style that the controls say."""
        if values["style_image"]:
            return "your own picture"
        return next((style.title for style in self._styles if style.name == values["style"]), "your style")

    def _tile(self, owner_key: str, style: str, picture: str | None) -> int | None:
        """The tile of a style; none where a picture gives the style."""
        keys = self._keys([own.key for own in self._library.styles(owner_key)] if owner_key else [])
        return keys.index(style) if style in keys and not picture else None

    def _choose(self, own: list[str], event: gr.SelectData) -> Updates:
        """A tile was clicked: its style, no picture of the user's instead, and a plain painting."""
        return self._take(self._keys(own)[event.index])

    def _choose_from_sheet(self, keys: list[str], event: gr.SelectData) -> Updates:
        """A picture of the sheet was clicked: the same."""
        return self._take(keys[event.index])

    def _take(self, key: str) -> Updates:
        controls = self.controls
        return {controls.style: key, controls.style_image: None, controls.wanted: None}

    def _keys(self, own: list[str]) -> list[str]:
        """What each tile chooses: the built-in styles, then the visitor's own."""
        return [*(style.name for style in self._styles), *own]

    def _list_styles(self, owner_key: str, chosen: str, picture: str | None) -> Updates:
        """The tiles with the visitor's own after the built-in ones, their keys, and all styles to mix in."""
        styles = self._library.styles(owner_key) if owner_key else []
        blank = Image.new("RGB", self._tiles[0][0].size, "lightgray")
        tiles = [(style.tile or blank, f"★ {style.title}") for style in styles]
        names = [(style.title, style.name) for style in self._styles]
        choices = [("None", ""), *names, *((f"★ {style.title}", style.key) for style in styles)]
        own = [style.key for style in styles]
        lit = self._tile(owner_key, chosen, picture)
        return {
            self.controls.tiles: gr.Gallery([*self._tiles, *tiles], selected_index=lit),
            self._own: own,
            self.controls.blend: gr.Dropdown(choices),
        }

    def _begin_finishing(self, request: gr.Request) -> Updates:
        """The page waits for its turn; from now on it can be stopped."""
        self._finishing.begin(_page(request) or "")
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
        self._finishing.stop(_page(request) or "")

    def _add_picture(self, owner_key: str, picture: str | None, changed: int, request: gr.Request) -> Updates:
        """Keep the style picture as a style of the visitor's own, and choose it."""
        with user_errors():
            check_files(session_of(request), picture)
            if not picture:
                raise StyleError("Add a picture first.")
            style = self._library.remember(owner_key, picture)
        gr.Info(f"{style.title} is now the last tile of the wall. Rename it under 'Teach a style'.")
        return {self._changed: changed + 1, self.controls.style: style.key, self.controls.style_image: None}

    def _recognise(self, owner_key: str, photo: str | None, request: gr.Request) -> Updates:
        """A photo that is a painting of this app gives its settings to the controls."""
        visitor = Visitor.of(owner_key, request)
        recipe = read_recipe(photo) if photo and may_open(photo, visitor.session) else None
        if not recipe:
            return gr.skip()
        found = self._restorer.find(visitor, recipe)
        where = "Its photo was in your Gallery." if found.photo else ADD_ITS_PHOTO
        note = " ".join(["The settings of this painting are back.", where, *found.notes])
        photo_or_none = {self.controls.photo: str(found.photo) if found.photo else None}
        about = {self._dropped: gr.Row(visible=True), self._note: note, self._given: photo}
        return self.controls.fill(recipe, found) | photo_or_none | about

    def read_link(self, request: gr.Request) -> Updates:
        """The settings that the page's address names, as a link from the Gallery does."""
        recipe = read_query(dict(request.query_params))
        if not recipe:
            return gr.skip()
        recipe = replace(recipe, style=recipe.style or self._styles[0].name)
        return self.controls.fill(recipe, self._restorer.find(Visitor.of("", request), recipe))

    def _paint_over(self, given: str, request: gr.Request) -> Updates:
        """Take a painting of this app as a photo after all."""
        session = session_of(request)
        with user_errors():
            check_files(session, given)
            path = self._painter.files.add(Path(given).stem, bare_photo(given), session=session, compress_level=1)
        return {self.controls.photo: str(path), self._dropped: gr.Row(visible=False)}


def _page(request: gr.Request) -> str:
    """The one opened page that a request came from."""
    return request.session_hash or ""
