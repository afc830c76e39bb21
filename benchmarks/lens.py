"""Does the lens rank images by style as VGG-19 does, and how much faster is it?

    python benchmarks/lens.py --vgg FILE --photos FOLDER --paintings FOLDER [--pairs 300]

FILE holds VGG-19's layers up to conv3_1 as safetensors, or is the word vgg19 (torchvision downloads it).
"""

import argparse
import random
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.speed import compare
from stylegan.images import image_files
from stylegan.models.perceptual import load_perceptual, pyramid
from stylegan.training.data import load_uint8
from stylegan.training.losses import style_loss, style_statistics


def spearman(a: Tensor, b: Tensor) -> float:
    """Rank correlation of two series without ties."""
    ranks = torch.stack([a.argsort().argsort(), b.argsort().argsort()]).double()
    return torch.corrcoef(ranks)[0, 1].item()


@torch.inference_mode()
def distances(network: nn.Module, images: list[Tensor], pairs: list[tuple[int, int]]) -> Tensor:
    """The style distance of each pair, as the network sees it."""
    statistics = [style_statistics("gram", pyramid(network, image)) for image in images]
    return torch.cat([style_loss(statistics[i], statistics[j]) for i, j in pairs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vgg", required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--paintings", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=300)
    arguments = parser.parse_args()
    rng = random.Random(0)
    files = [f for folder in (arguments.photos, arguments.paintings) for f in rng.sample(image_files(folder), 30)]
    images = [load_uint8(f, 256)[None].float() / 255 for f in files]
    pairs = [tuple(rng.sample(range(len(images)), 2)) for _ in range(arguments.pairs)]
    vgg, lens = load_perceptual(arguments.vgg), load_perceptual("lens")
    rank = spearman(distances(vgg, images, pairs), distances(lens, images, pairs))
    x = torch.rand(1, 3, 256, 256)
    seconds, ratio = compare(lambda: pyramid(vgg, x), lambda: pyramid(lens, x), repeats=7)
    print(f"Spearman correlation over {len(pairs)} pairs: {rank:.3f}; VGG-19 takes {ratio:.1f} times the lens's time")


if __name__ == "__main__":
    main()
