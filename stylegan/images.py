"""The one way in and out for pictures: every file, upload and array goes through here."""

import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from pillow_heif import register_heif_opener
from torch import Tensor

from stylegan.decoding import to_srgb
from stylegan.errors import ImageError
from stylegan.settings import MIN_SIDE

MAX_PIXELS = 64_000_000
PHONE_SUFFIXES = {".heic", ".heif"}
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".avif", ".bmp", *PHONE_SUFFIXES}
# The files that are opened. Not PostScript, which is a program that Pillow has Ghostscript run, nor what nobody sends.
FORMATS = (
    *("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP", "DIB", "HEIF"),
    *("JPEG2000", "ICO", "TGA", "PPM", "QOI", "DDS", "PCX", "PSD"),
)
LONGEST = 3  # times its short side, of a picture to learn from
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def image_files(folder: str | Path) -> list[Path]:
    """The pictures of a folder, sorted by name; not the hidden ones, which macOS writes beside those of a phone.

    Raises:
        ImageError: there is none.
    """
    files = [f for f in Path(folder).iterdir() if f.suffix.lower() in IMAGE_SUFFIXES and not f.name.startswith(".")]
    if not files:
        raise ImageError(f"There are no pictures in {folder}.")
    return sorted(files)


def load_image(source: str | Path | Image.Image) -> Image.Image:
    """An upright RGB picture from a file or a PIL image of any mode.

    What ``to_srgb`` says happens to colours, transparency and orientation.

    Raises:
        ImageError: not a picture, broken, empty, smaller than 16 px on a side or larger than 64 megapixels.
    """
    given = isinstance(source, Image.Image)
    name = "The picture" if given else Path(source).name
    try:
        if given:
            _check_size(source)
            return to_srgb(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit below is stricter
            with Image.open(source, formats=FORMATS) as image:
                _check_size(image)
                return to_srgb(image)
    except FileNotFoundError:
        raise ImageError(f"There is no file {name}.") from None
    except UnidentifiedImageError:
        raise ImageError(f"{name} is not a picture that can be read. Try a JPEG, PNG or WebP file.") from None
    except Image.DecompressionBombError:
        raise ImageError(f"{name} is too large: at most {MAX_PIXELS // 1_000_000} megapixels.") from None
    except ImageError:
        raise
    except Exception as error:  # Pillow's decoders raise almost anything for damaged files
        raise ImageError(f"{name} seems to be damaged and cannot be read.") from error


def to_tensor(image: Image.Image) -> Tensor:
    """A PIL image as a float tensor ``[1, 3, H, W]`` in 0..1."""
    return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None].float() / 255


def to_image(tensor: Tensor) -> Image.Image:
    """A float tensor ``[1, 3, H, W]`` or ``[3, H, W]`` in 0..1 as a PIL image."""
    pixels = (tensor.detach().reshape(tensor.shape[-3:]).clamp(0, 1) * 255).round().to(torch.uint8)
    return Image.fromarray(pixels.permute(1, 2, 0).cpu().numpy())


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"The picture is too small ({width} × {height}): it needs at least {MIN_SIDE} pixels a side.")
    if width * height > MAX_PIXELS:
        megapixels = MAX_PIXELS // 1_000_000
        raise ImageError(f"The picture is too large ({width} × {height}): at most {megapixels} megapixels.")


def resize(image: Image.Image, width: int, height: int) -> Image.Image:
    """Lanczos resampling; the image itself where the size is right already."""
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.LANCZOS)


def match_luma(photo: Image.Image, painting: Image.Image) -> Image.Image:
    """The painting's brush work in the photo's colours (luminance-only transfer, Gatys et al. 2016).

    The painting's luma takes the photo's mean and contrast, else a dark style would leave only mud of the colours.
    """
    luma = np.asarray(painting.convert("L"), dtype=np.float32)
    goal, *chroma = photo.convert("YCbCr").split()
    target = np.asarray(goal, dtype=np.float32)
    matched = (luma - luma.mean()) / max(luma.std(), 1.0) * target.std() + target.mean()
    new_luma = Image.fromarray(matched.clip(0, 255).round().astype(np.uint8))
    return Image.merge("YCbCr", (new_luma, *chroma)).convert("RGB")


def style_view(picture: Image.Image, short_side: int) -> Image.Image:
    """A picture at the scale of the training; of a very long one the middle, which bounds its size."""
    width, height = picture.size
    limit = LONGEST * min(width, height)
    if max(width, height) > limit:
        left, top = max(0, width - limit) // 2, max(0, height - limit) // 2
        picture = picture.crop((left, top, left + min(width, limit), top + min(height, limit)))
    k = short_side / min(picture.size)
    return resize(picture, round(k * picture.width), round(k * picture.height))


def fitted(image: Image.Image, side: int) -> Image.Image:
    """An image as large as fits a square, but no side under 16 px; itself where it fits already."""
    if max(image.size) == side:
        return image
    k = side / max(image.size)
    return resize(image, max(MIN_SIDE, round(k * image.width)), max(MIN_SIDE, round(k * image.height)))


def contact_sheet(rows: list[list[Image.Image]], gap: int = 4) -> Image.Image:
    """Images in rows, each cell as large as the first image."""
    width, height = rows[0][0].size
    columns = max(map(len, rows))
    sheet = Image.new("RGB", (columns * (width + gap) - gap, len(rows) * (height + gap) - gap), "white")
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            sheet.paste(image.resize((width, height)), (x * (width + gap), y * (height + gap)))
    return sheet
