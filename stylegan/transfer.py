"""Painting: photo and style in, picture out."""

import difflib
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from stylegan.builtin import StyleInfo
from stylegan.checkpoints import Checkpoint, load_checkpoint
from stylegan.errors import SettingError, StyleError
from stylegan.images import load_image, match_luma, resize, to_image, to_tensor
from stylegan.packs import SUFFIX, load_pack

Style = str | Path | Image.Image
MAX_SIDE = 4096  # px, of a painting's long side
BRUSH_RANGE = (0.5, 2.0)
STYLE_SIDE = 512  # px, short side at which the encoder reads a style picture: the scale it was trained at
NATURAL_SIDE = 1024  # px, short side above which strokes begin to grow with the picture
MAX_SEED = 2**32 - 1
REMEMBERED_CODES = 64


class StyleTransfer:
    """Paints photos in built-in styles or in the style of any picture.

    >>> StyleTransfer.from_pretrained().stylize("photo.jpg", style="great_wave").save("wave.png")
    """

    def __init__(self, checkpoint: Checkpoint, device: str | torch.device = "cpu"):
        self.checkpoint, self.device = checkpoint, torch.device(device)
        self._generator = checkpoint.generator.to(self.device)
        self._encoder = checkpoint.encoder.to(self.device)
        self._codes: OrderedDict[str, Tensor] = OrderedDict()  # of pictures, by the digest of their pixels
        self._lock = threading.Lock()

    @classmethod
    def from_pretrained(cls, source: str | Path | None = None, device: str | torch.device = "cpu") -> "StyleTransfer":
        """Load a checkpoint file or folder; None: the one that ships with the project.

        Raises:
            CheckpointError: there is none, or it cannot be read.
        """
        return cls(load_checkpoint(source), device)

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
        w = self._mix(style)
        k = 1 / (brush * max(1, min(width, height) / NATURAL_SIDE) ** 0.5)
        canvas = resize(photo, max(16, round(k * width)), max(16, round(k * height)))
        painted = self._generator(to_tensor(canvas).to(self.device), w[None], self._noise(seed), strength=strength)
        painting = resize(to_image(painted), width, height)
        return match_luma(photo, painting) if keep_colors else painting

    def style_code(self, style: Style) -> Tensor:
        """The style code ``[style_dim]`` of a built-in name, a picture or a style pack.

        Raises:
            StyleError: an unknown name, or a pack that cannot be used.
            ImageError: a picture that cannot be used.
        """
        if isinstance(style, Image.Image):
            return self._picture_code(style)
        if str(style) in self.checkpoint.codes:
            return self.checkpoint.codes[str(style)].to(self.device)
        path = Path(style)
        if not path.is_file():
            raise StyleError(self._unknown(str(style)))
        if path.name.endswith(SUFFIX):
            return load_pack(path, self._generator.config.style_dim, self.checkpoint.digest).to(self.device)
        return self._picture_code(path)

    def _mix(self, style: Style | Mapping[Style, float]) -> Tensor:
        """The weighted mean of style codes, ``[style_dim]``."""
        if not isinstance(style, Mapping):
            return self.style_code(style)
        total = sum(style.values())
        if not style or min(style.values()) < 0 or not 0 < total < float("inf"):
            raise StyleError("The weights of a blend must be positive numbers.")
        return sum(weight / total * self.style_code(part) for part, weight in style.items())

    @torch.inference_mode()
    def _picture_code(self, source: str | Path | Image.Image) -> Tensor:
        picture = load_image(source)
        key = hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).hexdigest()
        with self._lock:
            if key not in self._codes:
                self._codes[key] = self._encoder(to_tensor(_style_view(picture)).to(self.device))[0]
                if len(self._codes) > REMEMBERED_CODES:
                    self._codes.popitem(last=False)
            self._codes.move_to_end(key)
            return self._codes[key]

    def _noise(self, seed: int) -> Tensor:
        z = torch.zeros(1, self._generator.config.noise_dim)
        if seed:
            z.normal_(generator=torch.Generator().manual_seed(int(seed)))
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


def _style_view(picture: Image.Image) -> Image.Image:
    """The picture as the encoder reads it: the middle of a very long one, at the scale of the training."""
    width, height = picture.size
    limit = 3 * min(width, height)
    if max(width, height) > limit:
        left, top = max(0, width - limit) // 2, max(0, height - limit) // 2
        picture = picture.crop((left, top, left + min(width, limit), top + min(height, limit)))
    k = STYLE_SIDE / min(picture.size)
    return resize(picture, round(k * picture.width), round(k * picture.height))
