"""From a request to a painted file that carries its recipe, kept in the visitor's gallery."""

from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from studio.gallery.database import StoreError
from studio.gallery.recipe import Recipe
from studio.gallery.store import Store
from studio.operation.jobs import note_size
from studio.painting.request import PaintRequest
from studio.web.served_files import ServedFiles
from studio.web.visitor import Visitor
from stylegan import StyleTransfer
from stylegan.images import fitted, load_image
from stylegan.interrupt import pause
from stylegan.pipeline import FinishProgress
from stylegan.sample_photos import sample_photos

TEST_SIDE = 192  # px


@dataclass(frozen=True)
class Painted:
    """A painting that was just made."""

    path: Path  # a PNG file
    recipe: Recipe
    request: PaintRequest
    fresh: bool = True  # it was not in the Gallery before


class Painter:
    """Paints for a visitor; what the visitor's gallery has already is not painted again."""

    def __init__(self, transfer: StyleTransfer, files: ServedFiles, store: Store):
        self.transfer, self.files, self.store = transfer, files, store
        self._waiting: set[object] = set()  # one for each painting that somebody waits for

    @property
    def busy(self) -> bool:
        """Whether somebody waits for a painting: what nobody asked for is painted later."""
        return bool(self._waiting)

    def paint(self, request: PaintRequest, finish: float = 0.0) -> Painted:
        """Paint what is asked for. finish: share of the finishing to do.

        Raises:
            StyleError, SettingError, StoreError: with a message for the user.
        """
        return self.kept(request, finish) or self.write(request, self._painting(request, finish), finish)

    def test(self) -> None:
        """Make a small painting of a sample photo, which shows that the generator works here."""
        photo = fitted(load_image(sample_photos()[0]), TEST_SIDE)
        self.transfer.stylize(photo)

    def sketch(self, request: PaintRequest, side: int) -> Image.Image:
        """What is asked for, small: the long side in px."""
        photo = fitted(request.photo, side)
        note_size(photo.size)
        return self.transfer.stylize(photo, request.styles, replace(request.settings, size=None))

    def kept(self, request: PaintRequest, finish: float) -> Painted | None:
        """The painting as it is in the visitor's gallery already, if it is."""
        recipe, visitor = replace(request.recipe, finish=finish), request.visitor
        known = self.store.same(visitor.owner_key, recipe) if visitor.owner_key else None
        if not known:
            return None
        note_size((known.width, known.height))
        return Painted(self.files.copy(f"{request.name}.png", known.painting, visitor.session), recipe, request, False)

    def write(self, request: PaintRequest, painting: Image.Image, finish: float) -> Painted:
        """Write a painting into a file that carries its recipe.

        Raises:
            StoreError: the disk cannot take it.
        """
        note_size(painting.size)
        recipe = replace(request.recipe, finish=finish)
        try:
            path = self.files.add(request.name, painting, session=request.visitor.session, pnginfo=recipe.chunks())
        except OSError as error:
            raise StoreError("The disk of this app is full, so the painting could not be saved.") from error
        return Painted(path, recipe, request)

    def finish_steps(self, request: PaintRequest) -> Generator[FinishProgress, None, None]:
        """What is asked for, from the plain painting to the finished one."""
        return self.transfer.finish_steps(request.photo, request.styles, request.settings)

    def add_to_gallery(self, painted: Painted) -> tuple[str, str]:
        """Keep a painting in the visitor's gallery; returns its id and what the visitor should know, often nothing."""
        request = painted.request
        if not request.visitor.owner_key:
            return "", "Not kept in the Gallery: this browser stores nothing for this page."
        try:
            result, gone = self.store.add(
                request.visitor.owner_key, painted.path, request.photo, painted.recipe, request.name,
                request.style.picture,
            )  # fmt: skip
        except StoreError as error:
            return "", f"Not kept in the Gallery: {error}"
        if not gone:
            return result.id, ""
        made_room = "painting" if gone == 1 else f"{gone} paintings"
        return result.id, f"The Gallery was full: your oldest {made_room} made room."

    def delete_passing(self, visitor: Visitor, id: str) -> None:
        """Delete a painting that a slider only passed from the visitor's gallery, unless it is a favourite."""
        with suppress(StoreError):
            if not self.store.get(visitor.owner_key, id).favourite:
                self.store.delete(visitor.owner_key, [id])

    def _painting(self, request: PaintRequest, finish: float) -> Image.Image:
        token = object()
        self._waiting.add(token)
        try:
            if not finish:
                return self.transfer.stylize(request.photo, request.styles, request.settings)
            with closing(self.finish_steps(request)) as steps:
                for step in steps:
                    if step.done >= finish:
                        break
                    pause()
                return step.painting
        finally:
            self._waiting.discard(token)
