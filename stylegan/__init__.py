"""A GAN that turns photos into paintings in the style of any picture."""

from stylegan.builtin_styles import StyleInfo
from stylegan.errors import CheckpointError, HubError, ImageError, SettingError, StyleError, UserError
from stylegan.formats.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from stylegan.formats.style_pack import MAX_PICTURES, SUFFIX, PackFacts, StylePack, clean_name, save_pack
from stylegan.hub.cards import LICENSES, training_facts
from stylegan.hub.client import CONTACT_SECONDS, HubRepo, hub_errors
from stylegan.hub.download import download_style, load_default_checkpoint
from stylegan.hub.publish import push_style, slug
from stylegan.images import MAX_PIXELS, load_image, style_view, to_image
from stylegan.malloc import keep_freed_memory
from stylegan.pipeline import FinishProgress, StyleTransfer
from stylegan.sample_photos import sample_photos
from stylegan.settings import BRUSH_RANGE, MAX_SIDE, Settings
from stylegan.training.losses import Objective

__version__ = "0.10.0"
__all__ = [
    "BRUSH_RANGE",
    "CONTACT_SECONDS",
    "LICENSES",
    "MAX_PICTURES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "SHIPPED",
    "SUFFIX",
    "Checkpoint",
    "CheckpointError",
    "FinishProgress",
    "HubError",
    "HubRepo",
    "ImageError",
    "Objective",
    "PackFacts",
    "SettingError",
    "Settings",
    "StyleError",
    "StyleInfo",
    "StylePack",
    "StyleTransfer",
    "UserError",
    "__version__",
    "clean_name",
    "download_style",
    "load_default_checkpoint",
    "hub_errors",
    "keep_freed_memory",
    "load_checkpoint",
    "load_image",
    "push_style",
    "sample_photos",
    "save_pack",
    "slug",
    "style_view",
    "to_image",
    "training_facts",
]
