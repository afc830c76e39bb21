"""The Stylize tab: a photo, a wall of styles, a painting."""

from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from studio.examples import example_photos
from studio.limits import KEPT_RESULTS, PAGE_SIDE, TORCH_LANE
from studio.results import ResultFolder
from stylegan import BRUSH_RANGE, MAX_SIDE, StyleTransfer, UserError, load_image

TILE_SIDE = 256
ADD_PHOTO = "Add a photo first, or pick one of the examples."
SHOW_RESULT = "() => document.getElementById('result').scrollIntoView({behavior: 'smooth', block: 'nearest'})"


def picture_input(**options: object) -> gr.Image:
    """An image input that hands over the uploaded file itself, so that one loader judges every upload.

    Gradio's own step would open the file first and fail without a word to the user.
    """
    component = gr.Image(type="filepath", **options)
    component.preprocess = lambda payload: payload.path if payload else None
    return component


class StylizeTab:
    """Builds the tab and answers its events."""

    def __init__(self, transfer: StyleTransfer):
        self.transfer = transfer
        self.results = ResultFolder(KEPT_RESULTS)

    def build(self) -> None:
        """Lay out the components inside the current Blocks and wire them."""
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
                gr.Examples([[str(path)] for path in example_photos()], photo, label="Or try one of these")
                gr.Markdown("### Pick a style: one click paints")
                wall = gr.Gallery(
                    self._tiles(),
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
                        label="Any picture: a painting, a fabric, a drawing",
                        sources=["upload", "clipboard"],
                        height=200,
                        elem_id="style-image",
                    )
            with gr.Column(scale=6, min_width=320):
                slider = gr.ImageSlider(
                    label="Before and after", type="filepath", interactive=False, buttons=["fullscreen"],
                    max_height=620, elem_id="result",
                )  # fmt: skip
                caption = gr.Markdown("", elem_id="caption")
                with gr.Row():
                    another = gr.Button("Another take", elem_id="another")
                    download = gr.DownloadButton("Download", interactive=False, variant="primary", elem_id="download")
                with gr.Accordion("Fine adjustments", open=False):
                    strength = gr.Slider(0, 1, 1, step=0.05, label="Strength", info="0 is your photo, 1 the full style")
                    keep_colors = gr.Checkbox(False, label="Keep the photo's colours")
                    brush = gr.Slider(*BRUSH_RANGE, 1, step=0.1, label="Brush size")
                    blend = gr.Dropdown(
                        [("None", ""), *((s.title, s.name) for s in styles)], value="", label="Mix in a second style"
                    )
                    mix = gr.Slider(0, 1, 0.5, step=0.05, label="How much of the second style")
                    size = gr.Number(
                        None, precision=0, label=f"Longer side in pixels, up to {MAX_SIDE}", placeholder="as the photo"
                    )
                    seed = gr.Number(0, precision=0, label="Take", info="The same number paints the same picture")
        style = gr.Textbox(styles[0].name, label="Style", visible=False)
        file = gr.File(visible=False, label="Painting")
        call = gr.Button(visible=False)

        inputs = [photo, style, style_image, strength, keep_colors, brush, seed, blend, mix, size]
        outputs = [slider, download, caption]
        lane = {"concurrency_id": TORCH_LANE, "concurrency_limit": 1}
        ui = {"show_progress_on": slider, "api_visibility": "private", **lane}
        wall.select(self._choose, None, [style, style_image], queue=False, api_visibility="private").then(
            self.show, inputs, outputs, **ui
        ).then(None, js=SHOW_RESULT, api_visibility="private")
        another.click(lambda take: take + 1, seed, seed, queue=False, api_visibility="private")
        gr.on(
            [photo.change, style_image.input, strength.change, keep_colors.input, brush.change, seed.change,
             blend.input, mix.change, size.submit, size.blur],
            self.show, inputs, outputs, trigger_mode="always_last", **ui,
        )  # fmt: skip
        call.click(self.stylize, inputs, file, api_name="stylize", **lane)

    # Events.

    def _choose(self, event: gr.SelectData) -> tuple[str, None]:
        """A tile was clicked: its style, and no picture of the user's instead."""
        return self.transfer.styles[event.index].name, None

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
        size: int | None = None,
    ) -> str:
        """Paint a photo and return the painting as a PNG file.

        Args:
            photo: The photo.
            style: Name of a built-in style.
            style_image: Any picture to use as the style instead.
            strength: 0 gives the photo back, 1 the full style.
            keep_colors: Keep the photo's own colours.
            brush: Size of the strokes, 0.5 to 2.
            seed: Another number paints another take.
            blend: Name of a second built-in style to mix in.
            mix: How much of the second style, 0 to 1.
            size: Longer side of the painting in pixels; the photo's own by default.
        """
        if not photo:
            raise gr.Error(ADD_PHOTO, print_exception=False)
        known = self.transfer.checkpoint.styles
        for name in filter(None, (style, blend)):
            if name not in known:  # a visitor's text must never reach the file system as a path
                raise gr.Error(f"There is no style called {name}. Known: {', '.join(known)}.", print_exception=False)
        chosen = style_image or style
        try:
            painting = self.transfer.stylize(
                photo,
                {chosen: 1 - mix, blend: mix} if blend and blend != chosen else chosen,
                strength=strength,
                keep_colors=keep_colors,
                brush=brush,
                seed=int(seed or 0),
                size=int(size) if size else None,
            )
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from None
        name = f"{Path(photo).stem}__{Path(chosen).stem}"
        return str(self.results.add(name, painting))

    def show(
        self, photo, style, style_image, strength, keep_colors, brush, seed, blend, mix, size
    ) -> tuple[object, object, str]:
        """Paint for the page: the before/after slider, the download and a caption."""
        if not photo:
            return None, gr.DownloadButton(interactive=False), ADD_PHOTO
        path = self.stylize(photo, style, style_image, strength, keep_colors, brush, seed, blend, mix, size)
        with Image.open(path) as painting:
            width, height = painting.size
            k = min(1, PAGE_SIDE / max(width, height))
            view = round(k * width), round(k * height)
            after = path if k == 1 else str(self.results.add("view", painting.resize(view), "JPEG"))
        before = str(self.results.add("before", load_image(photo).resize(view), "JPEG"))
        info = self.transfer.checkpoint.styles[style]
        source = "your own picture" if style_image else f"**{info.title}**, {info.artist}, {info.year}"
        caption = f"In the style of {source} · {width} × {height} pixels"
        return (before, after), gr.DownloadButton(value=path, interactive=True), caption

    def _tiles(self) -> list[tuple[Image.Image, str]]:
        """An example photo painted in every style."""
        photo = ImageOps.fit(load_image(example_photos()[0]), (TILE_SIDE, TILE_SIDE))
        return [(self.transfer.stylize(photo, style.name), style.title) for style in self.transfer.styles]
