"""The measures of one painting that need only the files: painting, photo and style picture."""

import hashlib
from pathlib import Path

import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from stylegan.errors import EvaluationError
from stylegan.evaluation.appearance import faces_kept, weave
from stylegan.evaluation.distances import layout, near_and_cover, patch
from stylegan.evaluation.measures import Values
from stylegan.evaluation.pairs import Pair
from stylegan.evaluation.statistics import color, content, gram_and_moments, ssim
from stylegan.images import load_image, to_image
from stylegan.models.perceptual import VGG19, load_perceptual
from stylegan.training.data import load_uint8

STYLE_SIDE = 512  # px, short side at which style pictures are compared


class Judge:
    """Measures paintings with the features of one network."""

    def __init__(self, source: str | Path = "lens"):
        """source: ``"lens"``, ``"vgg19"`` or a safetensors file; see ``stylegan.models.perceptual.load_perceptual``.

        Raises:
            EvaluationError: the network cannot be had, with the reason.
        """
        try:
            self.network = load_perceptual(source)
        except (OSError, ImportError, ValueError) as error:
            raise EvaluationError(f"{source}: {error}.") from None
        self.name = "VGG-19" if isinstance(self.network, VGG19) else "lens"
        weights = (weight.numpy().tobytes() for weight in self.network.state_dict().values())
        self.digest = hashlib.sha256(b"".join(weights)).hexdigest()

    def distances(self, painting: Tensor, photo: Tensor, style: Tensor) -> dict[str, float]:
        """Near, cover, patch and layout of pictures ``[1, 3, H, W]`` in 0..1; painting and photo have one size."""
        near, cover = near_and_cover(self.network, painting, style)
        layouts = layout(self.network, painting, photo)
        return {"near": near, "cover": cover, "patch": patch(painting, style), "layout": layouts}

    def score(self, pair: Pair, painting: Path, pixels: int) -> Values:
        """All measures of a painting but those that need the system that painted it.

        pixels: short side at which painting and photo are compared.

        Raises:
            ImageError: one of the three files is no picture.
        """
        photo, style = load_view(pair.photo, pixels), load_view(pair.style, STYLE_SIDE)
        painted = load_view(painting, pixels)
        if painted.shape != photo.shape:
            painted = F.interpolate(painted, size=photo.shape[2:], mode="bilinear", antialias=True).clamp(0, 1)
        gram, moments = gram_and_moments(self.network, painted, style)
        return self.distances(painted, photo, style) | {
            "gram": gram,
            "moments": moments,
            "content": content(self.network, painted, photo),
            "ssim": ssim(painted, photo),
            "color": color(painted, style),
            "faces": faces_kept(to_image(photo), to_image(painted)),
            "weave": weave(load_image(painting)),
        }


def load_view(picture: str | Path | Image.Image, short_side: int) -> Tensor:
    """A picture as it is compared, ``[1, 3, H, W]`` in 0..1."""
    return load_uint8(picture, short_side)[None].float() / 255
