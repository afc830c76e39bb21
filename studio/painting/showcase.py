"""What the generator paints, for visitors who have painted nothing yet: sample photos in chosen styles."""

import threading
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from studio.gallery.recipe import Recipe
from studio.web.guard import keep_open
from stylegan import StyleTransfer
from stylegan.formats.safe_write import replacing
from stylegan.images import load_image
from stylegan.sample_photos import sample_photos

SIZE = (384, 288)  # px
TILE_SIDE = 256  # px, of the styles on the page
PHOTOS = (0, 1, 2, 3, 4, 1, 0, 7, 2, 5, 6, 3)  # numbers of sample photos, for the first styles of the generator


def paint_tiles(transfer: StyleTransfer) -> list[tuple[Image.Image, str]]:
    """An example photo painted in every built-in style, with the styles' titles."""
    photo = ImageOps.fit(load_image(sample_photos()[0]), (TILE_SIDE, TILE_SIDE))
    return [(transfer.stylize(photo, style.name), style.title) for style in transfer.styles]


class Showcase:
    """Paints the examples when they are first asked for, and keeps them on disk for the next start."""

    def __init__(self, folder: Path, transfer: StyleTransfer):
        self._transfer, self._folder = transfer, folder / transfer.checkpoint.digest[:16]
        self._lock = threading.Lock()
        gr.set_static_paths([self._folder])
        keep_open([self._folder])
        photos = sample_photos()
        self.entries = [
            (photos[number % len(photos)], Recipe(style=style.name, title=style.title))
            for number, style in zip(PHOTOS, transfer.styles)
        ]

    def pictures(self) -> Iterator[list[tuple[Path, str]]]:
        """The pictures with their captions so far: a longer list after each one that had to be painted."""
        shown = []
        for number, (photo, recipe) in enumerate(self.entries):
            path = self._path(number)
            with self._lock:
                painted = not path.exists()
                if painted:
                    self._paint(path, photo, recipe)
            shown.append((path, recipe.title))
            if painted:
                yield list(shown)
        yield shown

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.jpg"

    def _paint(self, path: Path, photo: Path, recipe: Recipe) -> None:
        view = ImageOps.fit(load_image(photo), SIZE, Image.Resampling.LANCZOS)
        painting = self._transfer.stylize(view, recipe.style, strength=recipe.strength)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            painting.save(partial, "JPEG", quality=85)


def showcase_gallery() -> gr.Gallery:
    """The showcase as the page shows it."""
    return gr.Gallery(
        label="Showcase", show_label=False, container=False, columns=6, object_fit="cover", height="auto",
        allow_preview=False, interactive=False, buttons=[], elem_id="showcase",
    )  # fmt: skip
