"""Two networks of the literature, with random weights: what they would cost here, whatever they paint.

AdaIN (Huang & Belongie 2017): VGG-19 up to relu4_1 sees photo and style, a mirrored decoder paints. The style is seen
beforehand, as a style memory is here. Fast style transfer (Johnson et al. 2016): one network for each style.
"""

from typing import cast

import torch
from torch import Tensor, nn

VGG = ((64, 64), (128, 128), (256, 256, 256, 256), (512,))  # channels of the convolutions between two poolings


def _conv(given: int, out: int, size: int = 3, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(given, out, size, stride, size // 2, padding_mode="reflect")


class AdaIN(nn.Module):
    """Encoder and decoder; the statistics of the style are given."""

    def __init__(self) -> None:
        super().__init__()
        encoder: list[nn.Module] = []
        given = 3
        for number, block in enumerate(VGG):
            encoder += [nn.MaxPool2d(2)] if number else []
            for out in block:
                encoder += [_conv(given, out), nn.ReLU()]
                given = out
        decoder: list[nn.Module] = []
        for number, block in enumerate(reversed(VGG)):
            before = VGG[len(VGG) - number - 2][-1] if number < len(VGG) - 1 else 3
            outs = [*block[1:], before]
            for out in outs:
                decoder += [_conv(given, out), nn.ReLU()]
                given = out
            decoder += [nn.Upsample(scale_factor=2)] if number < len(VGG) - 1 else []
        self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder[:-1])
        self.register_buffer("style_mean", torch.rand(1, VGG[-1][-1], 1, 1))
        self.register_buffer("style_spread", torch.rand(1, VGG[-1][-1], 1, 1))

    def forward(self, photo: Tensor) -> Tensor:
        features = self.encoder(photo)
        mean = features.mean((2, 3), keepdim=True)
        spread = (features - mean).square().mean((2, 3), keepdim=True).add(1e-5).sqrt()
        return self.decoder((features - mean) / spread * cast(Tensor, self.style_spread) + self.style_mean)


class _Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        norms = [nn.InstanceNorm2d(128, affine=True) for _ in range(2)]
        self.layers = nn.Sequential(_conv(128, 128), norms[0], nn.ReLU(), _conv(128, 128), norms[1])

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def johnson() -> nn.Module:
    """Three convolutions down, five residual blocks, three up."""
    down = [(3, 32, 9, 1), (32, 64, 3, 2), (64, 128, 3, 2)]
    layers: list[nn.Module] = []
    for given, out, size, stride in down:
        layers += [_conv(given, out, size, stride), nn.InstanceNorm2d(out, affine=True), nn.ReLU()]
    layers += [_Residual() for _ in range(5)]
    for given, out in ((128, 64), (64, 32)):
        layers += [nn.Upsample(scale_factor=2), _conv(given, out), nn.InstanceNorm2d(out, affine=True), nn.ReLU()]
    return nn.Sequential(*layers, _conv(32, 3, 9), nn.Tanh())


def peers() -> dict[str, nn.Module]:
    """By name, ready to paint."""
    torch.manual_seed(0)
    made = {"AdaIN (VGG-19)": AdaIN(), "Johnson": johnson()}
    return {name: net.eval().to(memory_format=torch.channels_last) for name, net in made.items()}
