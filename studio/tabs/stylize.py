"""The Stylize tab: a photo, a wall of styles, a painting."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from PIL import Image

from studio.gallery.recipe import Recipe, bare_photo, read_query, read_recipe
from studio.gallery.restore import ADD_ITS_PHOTO, Restorer
from studio.painting.finishing import Finishing, Frame
from studio.painting.painter import Painted, Painter
from studio.painting.request import USUAL_STYLE, RequestReader
from studio.painting.views import before_after, how_far
from studio.styles.library import StyleLibrary
from studio.tabs.controls import Controls, adjustments
from studio.tabs.style_sheet import StyleSheet
from studio.tabs.wiring import PAINTING, PRIVATE, QUIET, TELLING, Updates, scroll_to
from studio.web.components import file_input, picture_input, picture_wall
from studio.web.guard import check_files, keep_open, may_open, session_of
from studio.web.messages import ADD_PHOTO, escape_markdown, user_errors
from studio.web.visitor import Visitor
from stylegan import StyleError
from stylegan.sample_photos import sample_photos

EXAMPLES = 6
FINISHING = "Finishing…"


class StylizeTab:
    """The tab's components, inside the current Blocks, and its events."""

    def __init__(
        self,
        painter: Painter,
        library: StyleLibrary,
        restorer: Restorer,
        finishing: Finishing,
        tiles: Sequence[tuple[Image.Image, str]],
        owner: gr.BrowserState,
        changed: gr.Number,
    ):
        """tiles: an example painted in each built-in style. owner: the visitor's key. changed: counts up when the
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
                with gr.Row(visible=False) as self._dropped:  # a painting of this app instead of a photo
                    self._note = gr.Markdown(elem_id="note")
                    over = gr.Button("Paint over this painting", size="sm", elem_id="over")
                samples = [[str(path)] for path in sample_photos()[:EXAMPLES]]
                examples = gr.Examples(samples, photo, label="Or try one of these")
                keep_open(file["path"] for (file,) in examples.dataset.samples)
                gr.Markdown("### Pick a style: one click paints")
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
            with gr.Column(scale=6, min_width=320):
                self.slider = gr.ImageSlider(
                    label="Before and after", type="filepath", interactive=False, buttons=["fullscreen"],
                    max_height=620, elem_id="result",
                )  # fmt: skip
                self._caption = gr.Markdown("", elem_id="caption")
                with gr.Row(elem_id="actions"):
                    another = gr.Button("Another take", min_width=140, elem_id="another")
                    self._finish = gr.Button("Finish", interactive=False, min_width=140, elem_id="finish")
                    self._stop = gr.Button("Stop", variant="stop", visible=False, min_width=140, elem_id="stop-finish")
                    every = gr.Button("All styles at once", min_width=140, elem_id="every")
                    self._download = gr.DownloadButton(
                        "Download", interactive=False, variant="primary", min_width=140, elem_id="download"
                    )
                StyleSheet(painter, every, photo)
                with gr.Accordion("Fine adjustments", open=False):
                    settings, blend, mix = adjustments(self._styles)
        style = gr.Textbox(self._styles[0].name, label="Style", visible=False)
        self.controls = Controls(photo, wall, style, style_image, blend, mix, settings, wanted=gr.State(None))
        self._own = gr.State([])  # keys of the visitor's own tiles, which follow the built-in ones
        self._given = gr.State("")  # the painting that was dropped as a photo
        self._changed = changed
        shown = [self.slider, self._download, self._caption, self._finish]
        asked = {"inputs": owner, "inputs_kwargs": {"wanted": self.controls.wanted, **self.controls.values}}
        painting = {"show_progress_on": self.slider, **PRIVATE, **PAINTING}
        self.paint = {"fn": self.show, **asked, "outputs": shown, **painting}  # for other tabs to chain
        self._wire(owner, asked, shown, another, over, add)
        self._offer_to_programs()

    def _wire(
        self, owner: gr.BrowserState, asked: dict, shown: list[Component], another: gr.Button, over: gr.Button,
        add: gr.Button,
    ) -> None:  # fmt: skip
        controls, buttons = self.controls, [self._finish, self._stop, self._caption]
        chosen = [controls.style, controls.style_image, controls.wanted]
        choosing = controls.tiles.select(self._choose, self._own, chosen, queue=False, **PRIVATE)
        choosing.then(**self.paint).then(**scroll_to("result"))
        seed = controls.settings["seed"]
        another.click(lambda take: (take or 0) + 1, seed, seed, queue=False, **PRIVATE)
        gr.on(controls.changes, **self.paint, trigger_mode="always_last")
        stopping = [*controls.changes, controls.tiles.select, self._stop.click]
        gr.on(stopping, self._stop_finishing, None, None, **QUIET)
        finishing = self._finish.click(self._begin_finishing, None, buttons, **QUIET)
        finishing = finishing.then(self.finish, **asked, outputs=[*shown, controls.wanted], **TELLING, **PAINTING)
        finishing.then(self._end_finishing, self._caption, buttons, **QUIET)
        recognised = [*controls.everything, self._dropped, self._note, self._given]
        controls.photo.change(self._recognise, [owner, controls.photo], recognised, **QUIET)
        over.click(self._paint_over, self._given, [controls.photo, self._dropped], **PRIVATE)
        picture = controls.style_image
        picture.change(lambda picture: gr.Button(interactive=bool(picture)), picture, add, **QUIET)
        adding = add.click(
            self._add_picture, [owner, picture, self._changed], [self._changed, controls.style, picture],
            show_progress_on=add, **PRIVATE, **PAINTING,
        )  # fmt: skip
        adding.success(**self.paint)
        listed = [controls.tiles, self._own, controls.blend]
        self._changed.change(self._list_styles, [owner, controls.style], listed, **QUIET)

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
        style: str | None = USUAL_STYLE,
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

    def show(
        self, request: gr.Request, owner: str, *, wanted: Recipe | None, photo: str | None, **values: Any
    ) -> Updates:
        """Paint for the page: the before/after slider, the download, a caption and the offer to finish it.

        wanted: the recipe of a finished painting; with the same settings, this one is finished, too.
        """
        if not photo:
            return {
                self.slider: None,
                self._download: gr.DownloadButton(interactive=False),
                self._caption: ADD_PHOTO,
                self._finish: gr.Button("Finish", interactive=False),
            }
        visitor = Visitor.of(owner, request)
        if may_open(photo, visitor.session) and read_recipe(photo):  # it gives settings, and no photo
            return gr.skip()
        with user_errors():
            asked = self._requests.from_page(visitor, photo=photo, **values)
            painted = self._painter.paint(asked, wanted.finish_for(asked.recipe) if wanted else 0.0)
        return self._shown(painted)

    def finish(self, request: gr.Request, owner: str, *, wanted: Recipe | None, **values: Any) -> Iterator[Updates]:
        """Finish what the page shows, step by step; the last updates are those of ``show`` with the recipe."""
        with user_errors():
            asked = self._requests.from_page(Visitor.of(owner, request), **values)
            for event in self._finishing.run(asked, request.session_hash or ""):
                if isinstance(event, Frame):
                    yield {self.slider: (str(event.before), str(event.after)), self._caption: event.text}
                else:
                    yield self._shown(event) | {self.controls.wanted: event.recipe}

    def _shown(self, painted: Painted) -> Updates:
        """A painting as the page shows it; it is kept in the Gallery."""
        request, note = painted.request, self._painter.add_to_gallery(painted)
        with Image.open(painted.path) as painting:
            size = painting.size
            pair = before_after(
                self._painter.files, request.photo, painting, request.visitor.session, whole=painted.path
            )
        facts = [f"In {escape_markdown(request.style.caption)}", f"{size[0]} × {size[1]} pixels"]
        caption = " · ".join(filter(None, [*facts, how_far(painted.recipe.finish)]))
        return {
            self.slider: pair,
            self._download: gr.DownloadButton(value=str(painted.path), interactive=True),
            self._caption: caption + (f"\n\n{escape_markdown(note)}" if note else ""),
            self._finish: self._finishing.offer(painted, size),
        }

    def _choose(self, own: list[str], event: gr.SelectData) -> Updates:
        """A tile was clicked: its style, no picture of the user's instead, and a plain painting."""
        controls = self.controls
        return {controls.style: self._keys(own)[event.index], controls.style_image: None, controls.wanted: None}

    def _keys(self, own: list[str]) -> list[str]:
        """What each tile chooses: the built-in styles, then the visitor's own."""
        return [*(style.name for style in self._styles), *own]

    def _list_styles(self, owner: str, chosen: str) -> Updates:
        """The tiles with the visitor's own after the built-in ones, their keys, and all styles to mix in."""
        styles = self._library.styles(owner) if owner else []
        blank = Image.new("RGB", self._tiles[0][0].size, "lightgray")
        tiles = [(style.tile or blank, f"★ {style.title}") for style in styles]
        names = [(style.title, style.name) for style in self._styles]
        choices = [("None", ""), *names, *((f"★ {style.title}", style.key) for style in styles)]
        own = [style.key for style in styles]
        keys = self._keys(own)
        lit = keys.index(chosen) if chosen in keys else None
        return {
            self.controls.tiles: gr.Gallery([*self._tiles, *tiles], selected_index=lit),
            self._own: own,
            self.controls.blend: gr.Dropdown(choices),
        }

    def _begin_finishing(self, request: gr.Request) -> Updates:
        """The page waits for its turn; from now on it can be stopped."""
        self._finishing.begin(request.session_hash or "")
        return {self._finish: gr.Button(visible=False), self._stop: gr.Button(visible=True), self._caption: FINISHING}

    def _end_finishing(self, caption: str) -> Updates:
        """Nothing to stop any more. Where it could not even begin, the caption must not go on saying so."""
        said = {self._caption: "Not finished."} if caption == FINISHING else {}
        return {self._finish: gr.Button(visible=True), self._stop: gr.Button(visible=False)} | said

    def _stop_finishing(self, request: gr.Request) -> None:
        self._finishing.stop(request.session_hash or "")

    def _add_picture(self, owner: str, picture: str | None, changed: int, request: gr.Request) -> Updates:
        """Keep the style picture as a style of the visitor's own, and choose it."""
        with user_errors():
            check_files(session_of(request), picture)
            if not picture:
                raise StyleError("Add a picture first.")
            style = self._library.remember(owner, picture)
        gr.Info(f"{style.title} is now the last tile of the wall. Rename it in the Fine-tune tab.")
        return {self._changed: changed + 1, self.controls.style: style.key, self.controls.style_image: None}

    def _recognise(self, owner: str, photo: str | None, request: gr.Request) -> Updates:
        """A photo that is a painting of this app gives its settings to the controls."""
        visitor = Visitor.of(owner, request)
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
