"""From whatever a picture's file holds to 8-bit sRGB on white."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

from stylegan.errors import ImageError

DEPTHS = (1, 255, 1023, 4095, 16383, 65535)  # full scale of floats, and of 8, 10, 12, 14 and 16 bits
HUGE, TINY = 1e37, 1e-30  # as far as a float of 32 bits can be scaled; less light than this is none
SAME = 2  # of 255: a profile that moves no colour farther is sRGB itself
_CUBE = np.stack(np.meshgrid(*[np.linspace(0, 255, 9).round()] * 3), axis=-1).astype(np.uint8).reshape(27, 27, 3)


def to_srgb(image: Image.Image) -> Image.Image:
    """An upright RGB picture of 8 bits, in sRGB.

    The EXIF orientation and an embedded colour profile are applied, transparent parts become white, and numbers of more
    than 8 bits are scaled.

    Raises:
        ImageError: no number in it says how bright anything is.
    """
    profile = image.info.get("icc_profile")
    image, alpha = _without_alpha(_eight_bits(ImageOps.exif_transpose(image)))
    image = _in_srgb(image, profile) if profile else image
    image = image if image.mode == "RGB" else image.convert("RGB")
    if alpha:
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=alpha)
        image = white
    image.info.pop("icc_profile", None)  # applied: whoever saves or reads the picture again must not apply it twice
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey scans of 16 bits, 32 bits or floats as 8 bits; other pictures as they are."""
    if image.mode not in ("I", "F", "I;16", "I;16L", "I;16B", "I;16N"):
        return image
    pixels = np.array(image, dtype=np.float32)
    seen = np.isfinite(pixels)
    if not seen.any():
        raise ImageError("The picture holds no numbers that can be seen. Save it as 8 or 16 bits, and try again.")
    pixels[~seen] = 0
    pixels.clip(-HUGE, HUGE, out=pixels)
    low = min(0.0, float(pixels.min()))
    pixels -= low
    pixels *= 255 / _full_scale(float(pixels.max()))
    return Image.fromarray(pixels.round().astype(np.uint8))


def _full_scale(brightest: float) -> float:
    """The value of white: that of the usual bit depth that holds the brightest value, unless all would be dark then."""
    if brightest < TINY:
        return 1.0
    scale = next((depth for depth in DEPTHS if brightest <= depth), brightest)
    return scale if brightest > scale / 8 else brightest


def _without_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours, and their opacity."""
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        return image.convert("RGB"), image.getchannel("A")
    return (image.convert("RGB") if image.mode in ("P", "RGBX") else image), None


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Relative colorimetric, as browsers do it. A profile that is damaged or has other channels is ignored."""
    try:
        source: Any = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = {"GRAY": "L", "RGB": "RGB"}.get(source.profile.xcolor_space.strip(), image.mode)
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC
        )
        if mode == "RGB" and _keeps_colors(transform):
            return image
        return ImageCms.applyTransform(image if image.mode == mode else image.convert(mode), transform) or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _keeps_colors(transform: ImageCms.ImageCmsTransform) -> bool:
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(_CUBE), transform)).astype(int)
    return bool(np.abs(moved - _CUBE).max() <= SAME)
