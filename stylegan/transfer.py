"""Painting: photo and style in, picture out."""

import difflib
import hashlib
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor
from torch.func import functional_call

from stylegan.builtin import StyleInfo
from stylegan.checkpoints import Checkpoint
from stylegan.errors import SettingError, StyleError
from stylegan.hub import first_working, load_pretrained
from stylegan.images import load_image, match_luma, resize, style_view, to_image, to_tensor
from stylegan.packs import SUFFIX, StylePack, load_pack

if TYPE_CHECKING:
    from stylegan.finetune import FinetuneProgress

Style = str | Path | Image.Image
MAX_SIDE = 4096  # px, of a painting's long side
BRUSH_RANGE = (0.5, 2.0)
STYLE_SIDE = 512  # px, short side at which the encoder reads a style picture: the scale it was trained at
NATURAL_SIDE = 1024  # px, short side above which strokes begin to grow with the picture
MAX_SEED = 2**32 - 1
REMEMBERED_CODES = 64
# Of z, see Brock et al. 2018, "truncation trick". Takes differ by their spatial noise above all, which z seeds; what z
# adds to the style code moves the style. With all of z, one take in fifteen was more than 15 % nearer to its style or
# farther from it than the canonical one, and takes differed by 0.037 at least, instead of 0.035.
TRUNCATION = 0.3


@dataclass(frozen=True)
class Look:
    """What makes the generator paint in a style: a code, and changes of its parameters where the style was learnt."""

    code: Tensor  # [style_dim]
    changes: dict[str, Tensor] = field(default_factory=dict)  # by parameter name


class StyleTransfer:
    """Paints photos in built-in styles or in the style of any picture.

    >>> StyleTransfer.from_pretrained().stylize("photo.jpg", style="great_wave").save("wave.png")
    """

    def __init__(self, checkpoint: Checkpoint, device: str | torch.device | None = None):
        """device: None: the GPU where there is one, else the processor."""
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.checkpoint, self.device = checkpoint, torch.device(device)
        self._generator = checkpoint.generator.to(self.device)
        self._encoder = checkpoint.encoder.to(self.device)
        self._codes: OrderedDict[str, Tensor] = OrderedDict()  # of pictures, by the digest of their pixels
        self._builtins: dict[str, Look] = {}
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
        return cls(load_pretrained(source, revision) if source else first_working(), device)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the generator with all that belongs to it, ``config.json`` and a model card.

        Raises:
            CheckpointError: the file that was loaded is not there any more.
            OSError: the folder cannot be written.
        """
        from stylegan.publish import save_pretrained  # one module knows both; this one must not know it first

        save_pretrained(self, Path(folder))

    def push_to_hub(self, name: str, **settings: object) -> str:
        """Publish the generator as ``owner/name`` on the Hugging Face Hub and return the page's address.

        settings: token, private, revision, message; see ``stylegan.publish.push``.

        Raises:
            HubError: the Hub refuses it, with the reason. CheckpointError: as for ``save_pretrained``.
        """
        from stylegan.publish import push_generator  # one module knows both; this one must not know it first

        return push_generator(self, name, **settings)

    @property
    def styles(self) -> list[StyleInfo]:
        """The built-in styles."""
        return list(self.checkpoint.styles.values())

    @torch.inference_mode()
    def stylize(
        self,
        image: str | Path | Image.Image,
        style: Style | Mapping[Style, float] = "great_wave",
        *,
        strength: float = 1.0,
        seed: int = 0,
        keep_colors: bool = False,
        brush: float = 1.0,
        size: int | None = None,
    ) -> Image.Image:
        """Paint a photo.

        Args:
            image: the photo, a PIL image or a file.
            style: a built-in name, any picture (PIL image or file), a style pack file, or a mapping of several of
                these to weights.
            strength: 0 gives the photo back, 1 the full style.
            seed: another number is another take; 0 is the canonical rendering. The same seed gives the same pixels.
            keep_colors: paint with the photo's colours instead of the style's.
            brush: size of the strokes, 0.5 (fine) to 2 (broad).
            size: long side of the result in pixels, 16 to 4096; None: the photo's own, at most 4096.

        Raises:
            ImageError, StyleError, SettingError: with a message for the user.
        """
        _check("strength", strength, 0, 1)
        _check("brush", brush, *BRUSH_RANGE)
        _check("seed", seed, 0, MAX_SEED)
        photo = load_image(image)
        width, height = _output_size(photo, size)
        photo = resize(photo, width, height)
        look = self._mix(style)
        k = 1 / (brush * max(1, min(width, height) / NATURAL_SIDE) ** 0.5)
        canvas = resize(photo, max(16, round(k * width)), max(16, round(k * height)))
        painted = self._paint(to_tensor(canvas).to(self.device), look, self._noise(seed), strength)
        painting = resize(to_image(painted), width, height)
        return match_luma(photo, painting) if keep_colors else painting

    def style_code(self, style: Style) -> Tensor:
        """The style code ``[style_dim]`` of a built-in name, a picture or a style pack.

        Raises:
            StyleError: an unknown name, or a pack that cannot be used.
            ImageError: a picture that cannot be used.
        """
        return self._look(style).code

    def load_pack(self, path: str | Path) -> StylePack:
        """Read a style pack that was made for this generator.

        Raises:
            StyleError: it cannot be used, with the reason.
        """
        return load_pack(path, self._generator, self.checkpoint.digest)

    def finetune(
        self,
        images: Sequence[str | Path | Image.Image],
        name: str,
        folder: str | Path | None = None,
        **settings: object,
    ) -> Iterator["FinetuneProgress"]:
        """Learn a style from 1 to 20 pictures; the last event holds the style pack.

        folder: for the training's state; given again, an interrupted training goes on. None: a temporary one.
        settings: minutes, steps, photos, preview, license, stop; see ``stylegan.finetune.finetune``.

        Raises:
            ImageError, StyleError, SettingError: a picture, the name or a number cannot be used.
            TrainingError: the training went wrong; the message says why.
        """
        from stylegan.finetune import finetune  # accelerate takes seconds to import; painting needs none of it

        with tempfile.TemporaryDirectory(prefix="atelier-") as temporary:
            place = {"folder": Path(folder or temporary), "resumable": folder is not None}
            yield from finetune(self.checkpoint, images, name, **place, device=self.device, **settings)

    def _look(self, style: Style) -> Look:
        if isinstance(style, Image.Image):
            return Look(self._picture_code(style))
        if str(style) in self.checkpoint.styles:
            return self._builtin(str(style))
        path = Path(style)
        if not path.is_file():
            raise StyleError(self._unknown(str(style)))
        return self._look_of(self.load_pack(path)) if path.name.endswith(SUFFIX) else Look(self._picture_code(path))

    def _builtin(self, name: str) -> Look:
        """A built-in style: its code, or the pack that was learnt for it."""
        pack = self.checkpoint.packs.get(name)
        if not pack:
            return Look(self.checkpoint.codes[name].to(self.device))
        with self._lock:
            if name not in self._builtins:
                self._builtins[name] = self._look_of(pack)
            return self._builtins[name]

    def _look_of(self, pack: StylePack) -> Look:
        return Look(pack.code.to(self.device), {name: change.to(self.device) for name, change in pack.changes.items()})

    def _mix(self, style: Style | Mapping[Style, float]) -> Look:
        """The weighted mean of looks."""
        if not isinstance(style, Mapping):
            return self._look(style)
        total = sum(style.values())
        if not style or min(style.values()) < 0 or not 0 < total < float("inf"):
            raise StyleError("The weights of a blend must be positive numbers.")
        parts = [(weight / total, self._look(part)) for part, weight in style.items()]
        changes: dict[str, Tensor] = {}
        for weight, look in parts:
            for name, change in look.changes.items():
                changes[name] = changes[name] + weight * change if name in changes else weight * change
        return Look(sum(weight * look.code for weight, look in parts), changes)

    def _paint(self, canvas: Tensor, look: Look, z: Tensor, strength: float) -> Tensor:
        own = dict(self._generator.named_parameters())
        changed = {name: own[name] + change for name, change in look.changes.items()}
        return functional_call(self._generator, changed, (canvas, look.code[None], z), {"strength": strength})

    @torch.inference_mode()
    def _picture_code(self, source: str | Path | Image.Image) -> Tensor:
        picture = load_image(source)
        key = hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).hexdigest()
        with self._lock:
            if key not in self._codes:
                self._codes[key] = self._encoder(to_tensor(style_view(picture, STYLE_SIDE)).to(self.device))[0]
                if len(self._codes) > REMEMBERED_CODES:
                    self._codes.popitem(last=False)
            self._codes.move_to_end(key)
            return self._codes[key]

    def _noise(self, seed: int) -> Tensor:
        z = torch.zeros(1, self._generator.config.noise_dim)
        if seed:
            z.normal_(std=TRUNCATION, generator=torch.Generator().manual_seed(int(seed)))
        return z.to(self.device)

    def _unknown(self, name: str) -> str:
        close = difflib.get_close_matches(name, self.checkpoint.codes, n=1)
        hint = f" Did you mean {close[0]}?" if close else f" Known: {', '.join(self.checkpoint.codes)}."
        return f"There is no style and no file called {name}.{hint}"


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SettingError(f"{name} must be between {low:g} and {high:g}, not {value:g}.")


def _output_size(photo: Image.Image, size: int | None) -> tuple[int, int]:
    """Width and height of the painting: the long side as asked, the other in proportion, none under 16 px."""
    if size is not None:
        _check("size", size, 16, MAX_SIDE)
    k = (size or min(MAX_SIDE, max(photo.size))) / max(photo.size)
    return max(16, round(k * photo.width)), max(16, round(k * photo.height))
