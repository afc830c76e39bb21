"""The frozen networks that the losses look through.

Two sources, one interface: a module that maps images ``[N, 3, H, W]`` in 0..1 to a tuple of three feature maps, at
full, half and quarter resolution.

* ``VGG19``: relu1_1, relu2_1 and relu3_1 of VGG-19 (Simonyan & Zisserman 2015).
* ``Lens``: our own compact network, distilled from it. Its features are the principal coordinates of VGG's. A change of
  basis keeps the Frobenius norm of a Gram matrix, so style distances seen through the lens *are* VGG's distances, less
  what the discarded directions hold, at a seventh of the arithmetic.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

SHIPPED_LENS = Path(__file__).resolve().parents[2] / "checkpoints" / "lens.safetensors"
SCALES = (1, 2, 4)
_VGG_LAYERS = {"conv1_1": 0, "conv1_2": 2, "conv2_1": 5, "conv2_2": 7, "conv3_1": 10}


def _conv3x3(channels_in: int, channels_out: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, 3, padding=1, padding_mode="reflect")


class VGG19(nn.Module):
    """VGG-19 up to relu3_1, with reflection padding so that borders do not darken the statistics."""

    channels = (64, 128, 256)

    def __init__(self):
        super().__init__()
        self.pre = nn.Conv2d(3, 3, 1)  # from RGB in 0..1 to the scale the network was trained on
        self.conv1_1, self.conv1_2 = _conv3x3(3, 64), _conv3x3(64, 64)
        self.conv2_1, self.conv2_2 = _conv3x3(64, 128), _conv3x3(128, 128)
        self.conv3_1 = _conv3x3(128, 256)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        relu1_1 = F.relu(self.conv1_1(self.pre(images)))
        relu2_1 = F.relu(self.conv2_1(F.max_pool2d(F.relu(self.conv1_2(relu1_1)), 2)))
        relu3_1 = F.relu(self.conv3_1(F.max_pool2d(F.relu(self.conv2_2(relu2_1)), 2)))
        return relu1_1, relu2_1, relu3_1


class Lens(nn.Module):
    """Principal coordinates of VGG-19's relu1_1, relu2_1 and relu3_1, predicted by narrow convolutions.

    The features are signed: the last step to each is linear.
    """

    channels = (24, 48, 96)

    def __init__(self, width: int = 32):
        super().__init__()
        self.width = width
        self.conv1_1, self.conv1_2 = _conv3x3(3, width), _conv3x3(width, width)
        self.conv2_1, self.conv2_2 = _conv3x3(width, 2 * width), _conv3x3(2 * width, 2 * width)
        self.conv3_1 = _conv3x3(2 * width, 4 * width)
        self.heads = nn.ModuleList(nn.Conv2d(width * 2**i, channels, 1) for i, channels in enumerate(self.channels))

    def hidden(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the heads read."""
        a = F.relu(self.conv1_1(images))
        b = F.relu(self.conv2_1(F.max_pool2d(F.relu(self.conv1_2(a)), 2)))
        return a, b, F.relu(self.conv3_1(F.max_pool2d(F.relu(self.conv2_2(b)), 2)))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return tuple(head(features) for head, features in zip(self.heads, self.hidden(images)))


def pyramid(network: nn.Module, images: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
    """The features of the images at full, half and quarter size.

    Early layers on a pyramid see large strokes better than deep layers at one scale do (Snelgrove 2017).
    """
    return [network(images if s == 1 else F.avg_pool2d(images, s)) for s in SCALES]


def load_perceptual(source: str | Path = "lens") -> VGG19 | Lens:
    """A frozen perceptual network: ``"lens"`` (shipped), ``"vgg19"`` (torchvision downloads it), or a safetensors file.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: ``vgg19`` is asked for and torchvision is missing.
        ValueError: the file holds neither of the two networks.
    """
    if source == "vgg19":
        network = _vgg19_from_torchvision()
    else:
        network = _from_file(SHIPPED_LENS if source == "lens" else Path(source))
    return network.eval().requires_grad_(False)


def load_lens(path: Path = SHIPPED_LENS) -> Lens:
    """The shipped lens, or one in another file.

    Raises:
        FileNotFoundError: there is none; an installed package brings none along.
        ValueError: the file holds something else.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no lens at {path}: train in a checkout, or from another generator (--base)")
    network = _from_file(path)
    if not isinstance(network, Lens):
        raise ValueError(f"{path} holds no lens")
    return network.eval().requires_grad_(False)


def _from_file(path: Path) -> VGG19 | Lens:
    try:
        weights = {name: tensor.float() for name, tensor in load_file(path).items()}
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file") from error
    if "pre.weight" in weights:
        network = VGG19()
    elif "heads.0.weight" in weights:
        network = Lens(width=weights["conv1_1.weight"].shape[0])
    else:
        raise ValueError(f"{path} holds neither VGG-19 nor a lens")
    network.load_state_dict(weights)
    return network


def _vgg19_from_torchvision() -> VGG19:
    from torchvision.models import VGG19_Weights, vgg19  # pyright: ignore[reportMissingImports] (optional)

    features = vgg19(weights=VGG19_Weights.IMAGENET1K_V1).features
    network = VGG19()
    for name, index in _VGG_LAYERS.items():
        getattr(network, name).load_state_dict(features[index].state_dict())
    std = torch.tensor([0.229, 0.224, 0.225])
    network.pre.weight.data = torch.diag(1 / std)[:, :, None, None]
    network.pre.get_parameter("bias").data = -torch.tensor([0.485, 0.456, 0.406]) / std
    return network


def read_metadata(path: str | Path) -> dict[str, str]:
    """The string metadata of a safetensors file."""
    with safe_open(path, framework="pt") as file:
        return file.metadata() or {}
