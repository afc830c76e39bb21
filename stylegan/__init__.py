"""A style-conditioned GAN that turns photos into paintings."""

from stylegan.builtin import StyleInfo
from stylegan.checkpoints import load_checkpoint
from stylegan.errors import CheckpointError, ImageError, SettingError, StyleError, UserError
from stylegan.images import MAX_PIXELS, load_image, style_view, to_image
from stylegan.memory import keep_freed_memory
from stylegan.packs import MAX_PICTURES, SUFFIX, StylePack, clean_name, save_pack
from stylegan.samples import sample_photos
from stylegan.transfer import BRUSH_RANGE, MAX_SIDE, StyleTransfer

__all__ = [
    "BRUSH_RANGE",
    "MAX_PICTURES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "SUFFIX",
    "CheckpointError",
    "ImageError",
    "SettingError",
    "StyleError",
    "StyleInfo",
    "StylePack",
    "StyleTransfer",
    "UserError",
    "clean_name",
    "keep_freed_memory",
    "load_checkpoint",
    "load_image",
    "sample_photos",
    "save_pack",
    "style_view",
    "to_image",
]
