"""The Stylize tab: a photo, a wall of styles, a painting."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from studio.gallery.recipe import Recipe, bare_photo, read_query, read_recipe
from studio.gallery.restore import ADD_ITS_PHOTO, Restorer
from studio.painting.finishing import Finishing, Frame, how_far, page_view
from studio.painting.painter import Painted, Painter, Plan
from studio.settings import TORCH_LANE
from studio.styles.library import OWN, StyleLibrary
from studio.tabs.style_sheet import StyleSheet
from studio.web.guard import check_files, keep_open, may_open, session_of
from studio.web.inputs import picture_input
from studio.web.messages import ADD_PHOTO, escape_markdown, user_errors
from stylegan import BRUSH_RANGE, MAX_SIDE, SUFFIX, StyleError, load_image, sample_photos

TILE_SIDE = 256
EXAMPLES = 6
SHOW_RESULT = "() => document.getElementById('result').scrollIntoView({behavior: 'smooth', block: 'nearest'})"


class StylizeTab:
    """Builds the tab and answers its events."""

    def __init__(self, library: StyleLibrary, painter: Painter, restorer: Restorer):
        self.library, self.painter, self.restorer = library, painter, restorer
        self.transfer, self.results = painter.transfer, painter.results
        self._tiles = self._paint_tiles()
        self.finishing = Finishing(painter)

    def build(self, owner: gr.BrowserState, changed: gr.Number) -> None:
        """Lay out the components inside the current Blocks and wire them.

        owner: the visitor's key. changed: counts up when the visitor's styles have changed.
        """
        styles = self.transfer.styles
        with gr.Row():
            with gr.Column(scale=5, min_width=320):
                photo = picture_input(
                    label="Your photo",
                    sources=["upload", "webcam", "clipboard"],
                    placeholder="Drop a photo here, paste one, or click to choose",
                    height=300,
                    elem_id="photo",
                )
                with gr.Row(visible=False) as dropped:  # a painting of this app instead of a photo
                    note = gr.Markdown(elem_id="note")
                    over = gr.Button("Paint over this painting", size="sm", elem_id="over")
                samples = [[str(path)] for path in sample_photos()[:EXAMPLES]]
                examples = gr.Examples(samples, photo, label="Or try one of these")
                keep_open(file["path"] for (file,) in examples.dataset.samples)
                gr.Markdown("### Pick a style: one click paints")
                wall = gr.Gallery(
                    self._tiles,
                    label="Styles",
                    show_label=False,
                    container=False,
                    columns=4,
                    object_fit="cover",
                    height="auto",
                    allow_preview=False,
                    interactive=False,
                    buttons=[],
                    selected_index=0,
                    elem_id="wall",
                )
                with gr.Accordion("Or use your own picture as the style", open=False):
                    style_image = picture_input(
                        label="A painting, a fabric, a drawing",
                        sources=["upload", "clipboard"],
                        height=230,
                        elem_id="style-image",
                    )
                    add = gr.Button("Add this picture as a style", interactive=False, elem_id="add-style")
            with gr.Column(scale=6, min_width=320):
                slider = gr.ImageSlider(
                    label="Before and after", type="filepath", interactive=False, buttons=["fullscreen"],
                    max_height=620, elem_id="result",
                )  # fmt: skip
                caption = gr.Markdown("", elem_id="caption")
                with gr.Row(elem_id="actions"):
                    another = gr.Button("Another take", min_width=140, elem_id="another")
                    finish, stop = self.finishing.build()
                    every = gr.Button("All styles at once", min_width=140, elem_id="every")
                    download = gr.DownloadButton(
                        "Download", interactive=False, variant="primary", min_width=140, elem_id="download"
                    )
                sheet = StyleSheet(self.painter)
                sheet.build(every, photo)
                with gr.Accordion("Fine adjustments", open=False):
                    strength = gr.Slider(
                        0, 1, 1, step=0.05, label="Strength", info="0 is your photo, 1 the boldest painting"
                    )
                    keep_colors = gr.Checkbox(False, label="Keep the photo's colours")
                    brush = gr.Slider(*BRUSH_RANGE, 1, step=0.1, label="Brush size")
                    blend = gr.Dropdown(
                        [("None", ""), *((s.title, s.name) for s in styles)], value="", label="Mix in a second style"
                    )
                    mix = gr.Slider(0, 1, 0.5, step=0.05, label="How much of the second style")
                    size = gr.Number(
                        0,
                        precision=0,
                        label=f"Longer side in pixels, up to {MAX_SIDE}",
                        info="0 is the photo's own size",
                    )
                    seed = gr.Number(
                        0,
                        precision=0,
                        label="Take",
                        info="Another number puts other parts of the style into sky and ground",
                    )
        style = gr.Textbox(styles[0].name, label="Style", visible=False)
        own = gr.State([])  # keys of the visitor's own tiles, which follow the built-in ones
        wanted = gr.State(None)  # the recipe of a finished painting: with other settings, the painting is a plain one
        pack, whole = gr.File(visible=False, label="Style pack"), gr.Checkbox(False, visible=False, label="Finish")
        file = gr.File(visible=False, label="Painting")
        call = gr.Button(visible=False)

        inputs = [photo, style, style_image, strength, keep_colors, brush, seed, blend, mix, size]
        page_inputs = [owner, wanted, *inputs]
        outputs = [slider, download, caption, finish]
        self.slider = slider
        self.controls = [
            photo, wall, style, style_image, strength, keep_colors, brush, seed, blend, mix, size, wanted,
        ]  # fmt: skip
        given = gr.State("")  # the painting that was dropped as a photo
        lane = {"concurrency_id": TORCH_LANE, "concurrency_limit": 1}
        ui = {"show_progress_on": slider, "api_visibility": "private", **lane}
        quiet = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        self.paint = {"fn": self.show, "inputs": page_inputs, "outputs": outputs, **ui}  # for other tabs to chain
        choosing = wall.select(self._choose, own, [style, style_image, wanted], queue=False, api_visibility="private")
        choosing.then(**self.paint).then(None, js=SHOW_RESULT, api_visibility="private")
        another.click(lambda take: take + 1, seed, seed, queue=False, api_visibility="private")
        changes = [
            photo.change, style_image.input, strength.change, keep_colors.input, brush.change, seed.change,
            blend.input, mix.change, size.submit, size.blur,
        ]  # fmt: skip
        gr.on(changes, **self.paint, trigger_mode="always_last")
        gr.on([*changes, wall.select, stop.click], self.finishing.stop, None, None, **quiet)
        finish.click(self.finishing.begin, None, [finish, stop, caption], **quiet).then(
            self.finish, page_inputs, [*outputs, wanted], show_progress="hidden", api_visibility="private", **lane
        ).then(self.finishing.end, caption, [finish, stop, caption], **quiet)
        photo.change(self._recognise, [owner, photo], [*self.controls, dropped, note, given], **quiet)
        over.click(self._paint_over, given, [photo, dropped], api_visibility="private")
        style_image.change(lambda picture: gr.Button(interactive=bool(picture)), style_image, add, **quiet)
        add.click(
            self._add_picture, [owner, style_image, changed], [changed, style, style_image], show_progress_on=add,
            api_visibility="private", **lane,
        ).success(**self.paint)  # fmt: skip
        changed.change(self._wall, [owner, style], [wall, own, blend], **quiet)
        call.click(self.stylize, [*inputs, pack, whole], file, api_name="stylize", **lane)

    # Events.

    def _choose(self, own: list[str], event: gr.SelectData) -> tuple[str, None, None]:
        """A tile was clicked: its style, no picture of the user's instead, and a plain painting."""
        return self._keys(own)[event.index], None, None

    def _keys(self, own: list[str]) -> list[str]:
        """What each tile chooses: the built-in styles, then the visitor's own."""
        return [*(style.name for style in self.transfer.styles), *own]

    def _wall(self, owner: str, chosen: str) -> tuple[gr.Gallery, list[str], gr.Dropdown]:
        """The tiles with the visitor's own after the built-in ones, their keys, and all styles to mix in."""
        styles = self.library.styles(owner) if owner else []
        blank = Image.new("RGB", (TILE_SIDE, TILE_SIDE), "lightgray")
        tiles = [(style.tile or blank, f"★ {style.title}") for style in styles]
        names = [(style.title, style.name) for style in self.transfer.styles]
        choices = [("None", ""), *names, *((f"★ {style.title}", style.key) for style in styles)]
        own = [style.key for style in styles]
        keys = self._keys(own)
        lit = keys.index(chosen) if chosen in keys else None
        return gr.Gallery([*self._tiles, *tiles], selected_index=lit), own, gr.Dropdown(choices)

    def stylize(
        self,
        photo: str,
        style: str = "great_wave",
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
        known = self.transfer.checkpoint.styles
        for name in filter(None, (style, blend)):
            if name not in known:  # a visitor's text must never reach the file system as a path
                raise gr.Error(f"There is no style called {name}. Known: {', '.join(known)}.", print_exception=False)
        if pack and not pack.endswith(SUFFIX):
            raise gr.Error(f"The name of a style pack ends in {SUFFIX}.", print_exception=False)
        chosen = pack or style_image or style
        name = Path(chosen).name.removesuffix(SUFFIX) if pack else Path(chosen).stem
        with user_errors():
            check_files(session_of(request), photo, style_image, pack)
            plan = self._plan(photo, chosen, name, strength, keep_colors, brush, seed, blend, mix, size)
            return str(self.painter.carry_out(plan, float(bool(finish))).path)

    def _plan(self, photo, style, name, strength, keep_colors, brush, seed, blend, mix, size) -> Plan:
        """What to paint, with a style that has been vouched for; name is what the file says of it."""
        if not photo:
            raise gr.Error(ADD_PHOTO, print_exception=False)
        adjusted = {"strength": strength, "keep_colors": keep_colors, "brush": brush, "seed": seed}
        return self.painter.plan(photo, style, name, **adjusted, blend=blend, mix=mix, size=size)

    def _resolve(self, owner: str, style: str) -> tuple[str, str, str]:
        """A style of the page, built-in or the visitor's own: what to paint with, its file name, and its caption."""
        if not style.startswith(OWN):
            info = self.transfer.checkpoint.styles[style]
            return style, style, f"the style of {info.title}, {info.artist}, {info.year}"
        own = self.library.find(owner, style)
        return str(own.path), own.title, f"your style {own.title}"

    def _asked(self, request, owner, photo, style, style_image, *adjusted) -> tuple[Plan, str]:
        """What the controls of the page ask for, and what to call its style."""
        check_files(session_of(request), photo, style_image)
        strength, keep_colors, brush, seed, blend, mix, size = adjusted
        if style_image:
            chosen, name, source = style_image, Path(style_image).stem, "the style of your own picture"
        else:
            chosen, name, source = self._resolve(owner, style)
        second = self._resolve(owner, blend)[0] if blend else ""
        return self._plan(photo, chosen, name, strength, keep_colors, brush, seed, second, mix, size), source

    def show(self, request: gr.Request, owner: str, wanted: Recipe | None, photo: str | None, *controls) -> tuple:
        """Paint for the page: the before/after slider, the download, a caption and the offer to finish it.

        wanted: the recipe of a finished painting; with the same settings, this one is finished, too.
        """
        if not photo:
            return None, gr.DownloadButton(interactive=False), ADD_PHOTO, gr.Button("Finish", interactive=False)
        if may_open(photo, session_of(request)) and read_recipe(photo):  # it gives settings, and no photo
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        with user_errors():
            plan, source = self._asked(request, owner, photo, *controls)
            finish = wanted.finish_for(plan.recipe) if wanted else 0.0
            painted = self.painter.carry_out(plan, finish, owner, session_of(request))
        return self._shown(painted, source, owner, session_of(request))

    def finish(self, request: gr.Request, owner: str, wanted: Recipe | None, *controls) -> Iterator[tuple]:
        """Finish what the page shows, step by step; the last tuple is that of ``show`` with the painting's recipe."""
        with user_errors():
            plan, source = self._asked(request, owner, *controls)
            for event in self.finishing.run(plan, owner, request):
                if isinstance(event, Frame):
                    yield (str(event.before), str(event.after)), gr.skip(), event.text, gr.skip(), gr.skip()
                else:
                    yield *self._shown(event, source, owner, session_of(request)), event.recipe

    def _shown(self, painted: Painted, source: str, owner: str, session: str) -> tuple:
        """A painting as the page shows it; it is kept in the Gallery. source: what to call its style."""
        note = self.painter.keep(owner, painted)
        with Image.open(painted.path) as painting:
            size, view = painting.size, page_view(painting.size)
            whole = size == view
            after = str(painted.path if whole else self.results.add("view", painting.resize(view), "JPEG", session))
        before = str(self.results.add("before", painted.photo.resize(view), "JPEG", session))
        facts = [f"In {escape_markdown(source)}", f"{size[0]} × {size[1]} pixels", how_far(painted.recipe.finish)]
        caption = " · ".join(filter(None, facts)) + (f"\n\n{escape_markdown(note)}" if note else "")
        download = gr.DownloadButton(value=str(painted.path), interactive=True)
        return (before, after), download, caption, self.finishing.offer(painted, size)

    def _add_picture(self, owner: str, picture: str | None, changed: int, request: gr.Request) -> tuple:
        """Keep the style picture as a style of the visitor's own, and choose it."""
        with user_errors():
            check_files(session_of(request), picture)
            if not picture:
                raise StyleError("Add a picture first.")
            style = self.library.remember(owner, picture)
        gr.Info(f"{style.title} is now the last tile of the wall. Rename it in the Fine-tune tab.")
        return changed + 1, style.key, None

    def _recognise(self, owner: str, photo: str | None, request: gr.Request) -> tuple:
        """A photo that is a painting of this app gives its settings to the controls."""
        recipe = read_recipe(photo) if photo and may_open(photo, session_of(request)) else None
        if not recipe:
            return gr.skip()
        found = self.restorer.find(owner, recipe, session_of(request))
        where = "Its photo was in your Gallery." if found.photo else ADD_ITS_PHOTO
        note = " ".join(["The settings of this painting are back.", where, *found.notes])
        filled = self.restorer.fill(recipe, found, str(found.photo) if found.photo else None)
        return *filled, gr.Row(visible=True), note, photo

    def read_link(self, request: gr.Request) -> object:
        """The settings that the page's address names, as a link from the Gallery does."""
        recipe = read_query(dict(request.query_params))
        if not recipe:
            return gr.skip()
        recipe = replace(recipe, style=recipe.style or self.transfer.styles[0].name)
        return self.restorer.fill(recipe, self.restorer.find("", recipe, session_of(request)), gr.skip())

    def _paint_over(self, given: str, request: gr.Request) -> tuple[str, gr.Row]:
        """Take a painting of this app as a photo after all."""
        with user_errors():
            check_files(session_of(request), given)
            path = self.results.add(Path(given).stem, bare_photo(given), session=session_of(request), compress_level=1)
        return str(path), gr.Row(visible=False)

    def _paint_tiles(self) -> list[tuple[Image.Image, str]]:
        """An example photo painted in every style."""
        photo = ImageOps.fit(load_image(sample_photos()[0]), (TILE_SIDE, TILE_SIDE))
        return [(self.transfer.stylize(photo, style.name), style.title) for style in self.transfer.styles]
