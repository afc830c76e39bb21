"""What the generator paints, for visitors who have painted nothing yet: sample photos in chosen styles."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from studio.gallery.recipe import Recipe
from studio.web.guard import keep_open
from stylegan import StyleTransfer
from stylegan.evaluation.glance import Glance, glance
from stylegan.formats.safe_write import replacing
from stylegan.images import fitted, load_image
from stylegan.sample_photos import sample_photos

SIZE = (384, 288)  # px
TILE_SIDE = 208  # px, of the styles on the page: twice what is seen, for sharp screens
THUMBNAIL_SIDE = 160  # px, of the photos to try
OPENING_SIDE = 640  # px, of the painting that the page opens with
PHOTOS_TO_TRY = 6
PHOTOS = (0, 1, 2, 3, 4, 1, 0, 7, 2, 5, 6, 3)  # numbers of sample photos, for the first styles of the generator


@dataclass(frozen=True)
class Opening:
    """What stands on the page before its visitor has done anything; all of it is a file."""

    photo: Path  # the sample photo that is painted as long as there is no other
    before: Path
    after: Path  # in the first style
    seen: Glance  # what is in that painting
    tiles: list[tuple[Path, str]]  # the same photo in every built-in style, with the styles' titles
    tries: list[tuple[Path, Path]]  # photos to try: a thumbnail, and the photo itself


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

    def opening(self) -> Opening:
        """What the page opens with; painted at the first start, in a few seconds."""
        photos, styles = sample_photos(), self._transfer.styles
        photo = photos[0]
        keep_open([photo])
        view, small = (partial(_sized, photo, side) for side in (OPENING_SIDE, TILE_SIDE))

        def paint(sized: Callable[[], Image.Image], style: str) -> Image.Image:
            return self._transfer.stylize(sized(), style)

        tiles = {style.title: self._kept(f"{style.name}.webp", partial(paint, small, style.name)) for style in styles}
        tries = {each: self._kept(f"{each.stem}.webp", partial(_thumbnail, each)) for each in photos[:PHOTOS_TO_TRY]}
        after = self._kept("after.webp", partial(paint, view, styles[0].name))
        before = self._kept("before.webp", view)
        return Opening(
            photo, before, after, glance(self._transfer, load_image(before), load_image(after), styles[0].name),
            [(path, title) for title, path in tiles.items()], [(path, each) for each, path in tries.items()],
        )  # fmt: skip

    def pictures(self) -> Iterator[list[tuple[Path, str]]]:
        """The pictures with their captions so far: a longer list after each one that had to be painted."""
        shown = []
        for number, (photo, recipe) in enumerate(self.entries):
            name = f"{number}.jpg"
            painted = not (self._folder / name).exists()
            shown.append((self._kept(name, partial(self._paint, photo, recipe)), recipe.title))
            if painted:
                yield list(shown)
        yield shown

    def _paint(self, photo: Path, recipe: Recipe) -> Image.Image:
        view = ImageOps.fit(load_image(photo), SIZE, Image.Resampling.LANCZOS)
        return self._transfer.stylize(view, recipe.style, strength=recipe.strength)

    def _kept(self, name: str, make: Callable[[], Image.Image]) -> Path:
        """A picture's file, made where it is not there yet."""
        path = self._folder / name
        with self._lock:
            if not path.exists():
                picture, format = make(), "WEBP" if path.suffix == ".webp" else "JPEG"
                path.parent.mkdir(parents=True, exist_ok=True)
                with replacing(path) as partial:
                    picture.save(partial, format, quality=85)
        return path


def _sized(photo: Path, side: int) -> Image.Image:
    return fitted(load_image(photo), side)


def _thumbnail(photo: Path) -> Image.Image:
    return ImageOps.fit(load_image(photo), (THUMBNAIL_SIDE, THUMBNAIL_SIDE))


def showcase_gallery() -> gr.Gallery:
    """The showcase as the page shows it."""
    return gr.Gallery(
        label="Showcase", show_label=False, container=False, columns=6, object_fit="cover", height="auto",
        allow_preview=False, interactive=False, buttons=[], elem_id="showcase",
    )  # fmt: skip
