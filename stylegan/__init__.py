"""A GAN that turns photos into paintings in the style of any picture.

The names below are the public face; whatever else is used lies in the modules that docs/architecture.md shows.
"""

from stylegan.errors import CheckpointError, HubError, ImageError, SettingError, StyleError, UserError
from stylegan.formats.checkpoint import Checkpoint
from stylegan.formats.style_pack import StylePack
from stylegan.pipeline import StyleTransfer
from stylegan.settings import Settings
from stylegan.training.losses import Objective

__version__ = "0.10.0"  # the one place; the package reads it from here
__all__ = [
    "Checkpoint",
    "CheckpointError",
    "HubError",
    "ImageError",
    "Objective",
    "SettingError",
    "Settings",
    "StyleError",
    "StylePack",
    "StyleTransfer",
    "UserError",
    "__version__",
]
