"""The paintings of a training, with everything about them that does not change computed once."""

import random
import zlib
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from stylegan import losses
from stylegan.data import ImageSet, color_variant, image_files, load_uint8
from stylegan.networks import StyleEncoder
from stylegan.perceptual import pyramid, read_metadata
from stylegan.state import write_atomically

SHORT_SIDE = 512  # px: the scale at which a painting's strokes are learnt


@dataclass(frozen=True)
class Style:
    """One painting of the set: where it stands in it, and its number among the built-in styles (−1: none)."""

    index: int
    builtin: int


class StyleSet:
    """Paintings and colour variants of them: pixels for the discriminator, statistics for encoder and style loss."""

    def __init__(self, images: ImageSet, builtin: list[int], statistics: Tensor, targets: list[list[Tensor]]):
        self.images, self.builtin = images, builtin
        self.statistics, self.targets = statistics, targets

    @classmethod
    @torch.no_grad()
    def from_folder(
        cls,
        folder: Path,
        builtin_stems: list[str],
        encoder: StyleEncoder,
        perceptual: nn.Module,
        style_loss: str,
        variants: int,
        device: torch.device | str,
        cache: Path | None = None,
        seed: int = 0,
    ) -> "StyleSet":
        """Read the folder. Statistics take a while on a CPU: a cache file keeps them for a resumed training."""
        files = image_files(folder)
        rng = random.Random(seed)
        images = [load_uint8(f, SHORT_SIDE) for f in files]
        images += [color_variant(image, rng) for _ in range(variants) for image in images[: len(files)]]
        stems = [f.stem for f in files]
        builtin = [stems.index(stem) for stem in builtin_stems]
        image_set = ImageSet(images, device)
        networks = [fingerprint(network) for network in (encoder.lens, perceptual)]
        made_from = repr([[(f.name, f.stat().st_size) for f in files], variants, seed, networks])
        if cache and cache.exists() and read_metadata(cache).get("made_from") == made_from:
            flat = load_file(cache, device=str(device))
        else:
            flat = measure(image_set, encoder, perceptual, style_loss)
            if cache:
                cache.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(cache, flat, {"made_from": made_from})
        targets = [[flat[f"target {s} {layer}"] for layer in range(3)] for s in range(3)]
        return cls(image_set, builtin, flat["statistics"], targets)

    def __len__(self) -> int:
        return len(self.images)

    def draw(self, rng: random.Random, builtin_share: float, samples: int) -> list[Style]:
        """A random style for several samples: with the given probability a built-in one."""
        if self.builtin and rng.random() < builtin_share:
            number = rng.randrange(len(self.builtin))
            return [Style(self.builtin[number], number)] * samples
        return [Style(rng.randrange(len(self)), -1)] * samples

    def target(self, indices: list[int]) -> list[list[Tensor]]:
        """The style statistics of several paintings, by scale and layer, each ``[N, …]``."""
        return [[layer[indices] for layer in layers] for layers in self.targets]


def fingerprint(network: nn.Module) -> int:
    """A number that tells networks of other weights apart."""
    crc = 0
    for weight in network.state_dict().values():
        crc = zlib.crc32(weight.cpu().contiguous().numpy().tobytes(), crc)
    return crc


@torch.no_grad()
def measure(images: ImageSet, encoder: StyleEncoder, perceptual: nn.Module, style_loss: str) -> dict[str, Tensor]:
    """What encoder and style loss need to know of each image, ``[N, …]`` by name."""
    collected: dict[str, list[Tensor]] = {}
    for image in images.images:
        x = (image[None].float() / 255).contiguous(memory_format=torch.channels_last)
        collected.setdefault("statistics", []).append(encoder.statistics(x))
        for s, layers in enumerate(losses.style_statistics(style_loss, pyramid(perceptual, x))):
            for layer, value in enumerate(layers):
                collected.setdefault(f"target {s} {layer}", []).append(value)
    return {name: torch.cat(values) for name, values in collected.items()}
