"""Painting: photo and style in, picture out."""

import difflib
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.func import functional_call

from stylegan.builtin_styles import StyleInfo
from stylegan.errors import StyleError
from stylegan.formats.checkpoint import Checkpoint
from stylegan.formats.style_pack import SUFFIX, StylePack, load_pack
from stylegan.hub import publish
from stylegan.hub.client import HubRepo
from stylegan.hub.download import load_default_checkpoint, load_pretrained
from stylegan.identify import Identification, load_identifier
from stylegan.images import contact_sheet, load_image, match_luma, resize, style_view, to_image, to_tensor
from stylegan.models.drawing import light_of
from stylegan.models.face_detector import Face, find_faces
from stylegan.models.faces import face_map
from stylegan.models.finish import finish
from stylegan.models.generator import pad
from stylegan.models.style_memory import SHORT_SIDE, StyleMemory, blend
from stylegan.remember import remember
from stylegan.sample_photos import sample_photos
from stylegan.settings import MAX_SIDE, MIN_SIDE, Settings
from stylegan.temporary import temporary_folder

if TYPE_CHECKING:
    from stylegan.training.finetune import FinetuneProgress

log = logging.getLogger(__name__)
T = TypeVar("T")
Picture = str | Path | Image.Image  # a file, or a picture as Pillow has opened it
Style = Picture | StylePack
Blend = Mapping[Style, float] | Sequence[tuple[Style, float]]
NATURAL_SIDE = 1024  # px, short side above which strokes begin to grow with the picture
GROWTH = 0.7  # exponent of that growth: memory and time of a 12-megapixel photo are those of 2.7 megapixels
REMEMBERED_PICTURES = 16  # style memories of pictures, 5 MB each
REMEMBERED_FACES = 64
TILE_SIDE, TILE_COLUMNS = 256, 4  # of a model card's preview; px


@dataclass(frozen=True)
class StyleWeights:
    """What makes the generator paint in a style: its memory, and deltas of the decoder where it was learnt further."""

    memory: StyleMemory
    deltas: dict[str, Tensor] = field(default_factory=dict)  # by parameter name of the decoder


@dataclass(frozen=True)
class FinishProgress:
    """One event of a painting that is being finished."""

    done: float  # 0..1
    painting: Image.Image


@dataclass(frozen=True)
class _Work:
    """A painting to be made."""

    photo: Image.Image  # at the size of the painting
    canvas: Tensor  # [1, 3, H, W] the photo at the size that is painted
    faces: Tensor | None  # [1, 1, H, W]
    style: StyleWeights
    settings: Settings


class StyleTransfer:
    """Paints photos in built-in styles or in the style of any picture.

    >>> StyleTransfer.from_pretrained().stylize("photo.jpg", style="great_wave").save("wave.png")
    """

    def __init__(self, checkpoint: Checkpoint, device: str | torch.device | None = None):
        """device: None: the GPU where there is one, else the processor."""
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.checkpoint, self.device = checkpoint, torch.device(device)
        self._generator = checkpoint.generator.to(self.device)
        self._memories: OrderedDict[str, StyleMemory] = OrderedDict()  # of pictures, by the digest of their pixels
        self._faces: OrderedDict[str, list[Face]] = OrderedDict()  # of photos, by the digest of their pixels
        self._builtins: dict[str, StyleWeights] = {}
        self._fallback: StyleTransfer | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_pretrained(
        cls, source: str | Path | None = None, device: str | torch.device | None = None, *, revision: str | None = None
    ) -> "StyleTransfer":
        """Load a checkpoint.

        source: a file, a folder, or ``owner/name`` on the Hugging Face Hub; None: the published generator, or the one
            that ships with the project where it cannot be had.
        device: None: the GPU where there is one, else the processor.
        revision: branch, tag or commit on the Hub; ``owner/name@revision`` says the same.

        Raises:
            CheckpointError, HubError: there is none, or it cannot be read; the message says why.
        """
        return cls(load_pretrained(source, revision) if source else load_default_checkpoint(), device)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the generator with all that belongs to it, ``config.json`` and a model card.

        Raises:
            CheckpointError: the file that was loaded is not there any more.
            OSError: the folder cannot be written.
        """
        publish.check_unchanged(self.checkpoint)
        publish.save_pretrained(self.checkpoint, Path(folder), self._preview())

    def push_to_hub(self, name: str, **settings: Any) -> str:
        """Publish the generator as ``owner/name`` on the Hugging Face Hub and return the page's address.

        settings: token, private, revision, message; see ``stylegan.hub.publish.push``.

        Raises:
            HubError: the Hub refuses it, with the reason. CheckpointError: as for ``save_pretrained``.
        """
        HubRepo.parse(name)  # a mistake in the name is told before anything is painted
        publish.check_unchanged(self.checkpoint)
        return publish.push_generator(self.checkpoint, name, self._preview(), **settings)

    @property
    def styles(self) -> list[StyleInfo]:
        """The built-in styles."""
        return list(self.checkpoint.styles.values())

    def stylize(
        self,
        image: Picture,
        style: Style | Blend = "great_wave",
        settings: Settings | None = None,
        *,
        finish: bool = False,
        **changes: Any,
    ) -> Image.Image:
        """Paint a photo.

        >>> transfer.stylize("photo.jpg", "starry_night", strength=0.8, seed=3)

        Args:
            image: the photo, a PIL image or a file.
            style: a built-in name, any picture (PIL image or file), a style pack or its file; or several of these
                with their weights, as a mapping or as pairs.
            settings: how to paint; None: as usual.
            finish: crisper strokes, in seconds; see ``finish_steps``.
            changes: of the settings, by name:
                strength: 0 gives the photo back, 1 the full style.
                seed: another number is another take: other parts of the style in each area. The same, the same pixels.
                between: on the way from this take to the next, 0 to 1; every point of it is a painting of its own.
                keep_colors: paint with the photo's colours instead of the style's.
                brush: size of the strokes, 0.5 (fine) to 2 (broad).
                size: long side of the result in pixels, 16 to 4096; None: the photo's own, at most 4096.

        Raises:
            ImageError, StyleError, SettingError: with a message for the user.
        """
        return self._stylize(image, style, replace(settings or Settings(), **changes), finish)

    def finish_steps(
        self,
        image: Picture,
        style: Style | Blend = "great_wave",
        settings: Settings | None = None,
        **changes: Any,
    ) -> Generator[FinishProgress, None, None]:
        """Paint a photo and then make its strokes crisper, step by step; the caller may stop after any step.

        The first event holds the plain painting, the last one what ``stylize(..., finish=True)`` returns.
        Arguments are those of ``stylize``.

        Raises:
            ImageError, StyleError, SettingError: with a message for the user.
        """
        yield from self._finish_steps(image, style, replace(settings or Settings(), **changes))

    @torch.no_grad()
    def _stylize(self, image: Picture, style: Style | Blend, settings: Settings, finish: bool) -> Image.Image:
        if finish:
            *_, last = self._finish_steps(image, style, settings)
            return last.painting
        work = self._prepare(image, style, settings)
        if settings.strength == 0:
            return work.photo
        try:
            return self._complete(work, self._paint(work))
        except torch.OutOfMemoryError:  # only a GPU raises it
            log.warning(
                "The GPU has no memory left for a painting of %s × %s px: the processor paints it.", *work.photo.size
            )
        return self._on_processor()._stylize(image, style, settings, finish)

    def _on_processor(self) -> "StyleTransfer":
        """The same generator on the processor, made when it is first needed."""
        with self._lock:
            if self._fallback is None:
                copied = replace(self.checkpoint, generator=deepcopy(self._generator))
                self._fallback = StyleTransfer(copied, "cpu")
            return self._fallback

    @torch.no_grad()
    def _finish_steps(
        self, image: Picture, style: Style | Blend, settings: Settings
    ) -> Generator[FinishProgress, None, None]:
        work = self._prepare(image, style, settings)
        painting = self._paint(work)
        yield FinishProgress(0.0, self._complete(work, painting))
        height, width = painting.shape[2:]
        faces = None if work.faces is None else pad(work.faces)
        memory, photo = work.style.memory, pad(work.canvas)
        guide, light = self._generator.guide(photo, memory, work.settings.take, faces), light_of(photo, memory.luma)
        for done, finished in finish(self._generator, pad(painting), photo, guide, memory, faces):
            finished = self._generator.clarify(finished, light, faces)
            yield FinishProgress(done, self._complete(work, finished[:, :, :height, :width]))

    def _prepare(self, image: Picture, style: Style | Blend, settings: Settings) -> _Work:
        photo = load_image(image)
        width, height = _output_size(photo, settings.size)
        photo = resize(photo, width, height)
        canvas = resize(photo, *canvas_size(width, height, settings.brush))
        return _Work(
            photo=photo,
            canvas=to_tensor(canvas).to(self.device),
            faces=self._face_map(canvas),
            style=self._mix(style),
            settings=settings,
        )

    def _paint(self, work: _Work) -> Tensor:
        own = dict(self._generator.decoder.named_parameters())
        changed = {f"decoder.{name}": own[name] + delta for name, delta in work.style.deltas.items()}
        given = work.canvas, work.style.memory, work.settings.strength, work.settings.take, work.faces
        return functional_call(self._generator, changed, given)

    @staticmethod
    def _complete(work: _Work, painted: Tensor) -> Image.Image:
        """The painting at its size, with the photo showing through where little strength is asked for."""
        shown = 1 - (1 - work.settings.strength) ** 2
        painting = resize(to_image(painted), *work.photo.size)
        painting = match_luma(work.photo, painting) if work.settings.keep_colors else painting
        return painting if shown == 1 else Image.blend(work.photo, painting, shown)

    def _face_map(self, canvas: Image.Image) -> Tensor | None:
        faces = self._recall(self._faces, canvas, lambda: find_faces(canvas), REMEMBERED_FACES)
        found = face_map(faces, canvas.height, canvas.width)
        return None if found is None else found.to(self.device)

    def style_memory(self, style: Style | Blend) -> StyleMemory:
        """The style memory of a built-in name, a picture, a style pack, or of several in shares.

        Raises:
            StyleError: an unknown name, or a pack that cannot be used.
            ImageError: a picture that cannot be used.
        """
        return self._mix(style).memory

    def identify(self, picture: Picture, own: Mapping[str, Style] | None = None) -> Identification:
        """What a picture is like. own: further styles, by name. Raises as ``style_memory``, and CheckpointError."""
        known = {**{name: name for name in self.checkpoint.styles}, **(own or {})}
        memories = {name: self.style_memory(style) for name, style in known.items()}
        return load_identifier(self._generator.lens).identify(self._picture_memory(picture), memories)

    def remember(self, pictures: Sequence[Picture], name: str, license: str = "") -> StylePack:
        """A style pack of 1 to 20 pictures, made at once: their memory, without anything learnt.

        Raises:
            ImageError, StyleError: a picture or the name cannot be used.
        """
        return remember(self._generator, self.checkpoint.digest, pictures, name, license)

    def load_pack(self, path: str | Path) -> StylePack:
        """Read a style pack that was made for this generator.

        Raises:
            StyleError: it cannot be used, with the reason.
        """
        return load_pack(path, self._generator, self.checkpoint.digest)

    def finetune(
        self,
        images: Sequence[Picture],
        name: str,
        folder: str | Path | None = None,
        **settings: Any,
    ) -> Generator["FinetuneProgress", None, None]:
        """Learn a style from 1 to 20 pictures; the last event holds the style pack.

        folder: for the training's state; given again, an interrupted training goes on. None: a temporary one.
        settings: minutes, steps, photos, preview, license, stop; see ``stylegan.training.finetune.finetune``.

        Raises:
            ImageError, StyleError, SettingError: a picture, the name or a number cannot be used.
            TrainingError: the training went wrong; the message says why.
        """
        from stylegan.training.finetune import finetune  # accelerate takes seconds to import; painting needs none of it

        with temporary_folder() as temporary:
            state = {"folder": Path(folder or temporary), "resumable": folder is not None}
            yield from finetune(self.checkpoint, images, name, **state, device=self.device, **settings)

    def _preview(self) -> Image.Image:
        """A sample photo in every built-in style."""
        photo = ImageOps.fit(load_image(sample_photos()[0]), (TILE_SIDE, TILE_SIDE))
        tiles = [self.stylize(photo, style.name) for style in self.styles]
        return contact_sheet([tiles[i : i + TILE_COLUMNS] for i in range(0, len(tiles), TILE_COLUMNS)])

    def _weights(self, style: Style) -> StyleWeights:
        if isinstance(style, StylePack):
            if style.base != self.checkpoint.digest:
                raise StyleError(f"{style.name} was made for another generator and does not fit this one.")
            return self._of_pack(style)
        if isinstance(style, Image.Image):
            return StyleWeights(self._picture_memory(style))
        if str(style) in self.checkpoint.styles:
            return self._builtin(str(style))
        path = Path(style)
        if not path.is_file():
            raise StyleError(self._unknown(str(style)))
        if path.name.endswith(SUFFIX):
            return self._of_pack(self.load_pack(path))
        return StyleWeights(self._picture_memory(path))

    def _builtin(self, name: str) -> StyleWeights:
        with self._lock:
            if name not in self._builtins:
                self._builtins[name] = self._of_pack(self.checkpoint.packs[name])
            return self._builtins[name]

    def _of_pack(self, pack: StylePack) -> StyleWeights:
        deltas = {name: delta.to(self.device) for name, delta in pack.deltas.items()}
        return StyleWeights(pack.memory.to(self.device), deltas)

    def _mix(self, style: Style | Blend) -> StyleWeights:
        """A style, or several with bits of each in the shares asked for."""
        if isinstance(style, Mapping):
            style = list(style.items())
        if not isinstance(style, Sequence) or isinstance(style, str):
            return self._weights(style)
        total = sum(weight for _, weight in style)
        if not style or min(weight for _, weight in style) < 0 or not 0 < total < float("inf"):
            raise StyleError("The weights of a blend must be positive numbers.")
        parts = [(weight / total, self._weights(part)) for part, weight in style]
        deltas: dict[str, Tensor] = {}
        for share, weights in parts:
            for name, delta in weights.deltas.items():
                deltas[name] = deltas[name] + share * delta if name in deltas else share * delta
        return StyleWeights(blend([(share, weights.memory) for share, weights in parts]), deltas)

    def _picture_memory(self, source: Picture) -> StyleMemory:
        picture = load_image(source)

        def read() -> StyleMemory:
            return self._generator.remember([to_tensor(style_view(picture, SHORT_SIDE)).to(self.device)])

        return self._recall(self._memories, picture, read, REMEMBERED_PICTURES)

    def _recall(self, cache: OrderedDict[str, T], image: Image.Image, make: Callable[[], T], most: int) -> T:
        """What a cache holds for an image, made where it is not there; what was used least recently makes room."""
        key = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
        with self._lock:
            if key in cache:
                cache.move_to_end(key)
                return cache[key]
        value = make()
        with self._lock:
            cache[key] = value
            while len(cache) > most:
                cache.popitem(last=False)
        return value

    def _unknown(self, name: str) -> str:
        known = list(self.checkpoint.styles)
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else f" Known: {', '.join(known)}."
        return f"There is no style and no file called {name}.{hint}"


def canvas_size(width: int, height: int, brush: float) -> tuple[int, int]:
    """Width and height in px at which a painting of this size is painted: broad strokes are small ones, enlarged."""
    k = 1 / (brush * max(1, min(width, height) / NATURAL_SIDE) ** GROWTH)
    return max(MIN_SIDE, round(k * width)), max(MIN_SIDE, round(k * height))


def _output_size(photo: Image.Image, size: int | None) -> tuple[int, int]:
    """Width and height of the painting: the long side as asked, the other in proportion, none under 16 px."""
    k = (size or min(MAX_SIDE, max(photo.size))) / max(photo.size)
    return max(MIN_SIDE, round(k * photo.width)), max(MIN_SIDE, round(k * photo.height))
