"""A GAN that turns photos into paintings in the style of any picture."""

from stylegan.builtin import StyleInfo
from stylegan.cards import LICENSES, training_facts
from stylegan.checkpoints import SHIPPED, Checkpoint, load_checkpoint
from stylegan.errors import CheckpointError, HubError, ImageError, SettingError, StyleError, UserError
from stylegan.hub import CONTACT_SECONDS, HubRepo, download_style, first_working, hub_errors
from stylegan.images import MAX_PIXELS, load_image, style_view, to_image
from stylegan.memory import keep_freed_memory
from stylegan.objective import Objective
from stylegan.packs import MAX_PICTURES, SUFFIX, PackFacts, StylePack, clean_name, save_pack
from stylegan.publish import push_style, slug
from stylegan.samples import sample_photos
from stylegan.transfer import BRUSH_RANGE, MAX_SIDE, FinishProgress, StyleTransfer

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
    "StyleError",
    "StyleInfo",
    "StylePack",
    "StyleTransfer",
    "UserError",
    "__version__",
    "clean_name",
    "download_style",
    "first_working",
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
