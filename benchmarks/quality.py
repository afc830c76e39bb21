"""How much of a style is taken, and how much of the photo is kept?

    python -m benchmarks.quality --styles PAINTINGS/ --perceptual vgg19
    python -m benchmarks.quality --styles PICTURES/ --perceptual vgg19 --any
    python -m benchmarks.quality --styles PICTURES/ --perceptual vgg19 --finetune 3

PAINTINGS holds the pictures of the built-in styles under the names that ``python -m stylegan styles --json`` calls
source; those that are missing are left out. With --any, every picture of the folder is a style as the encoder reads it,
without training. With --finetune, every picture of the folder is learnt for so many minutes, and what the encoder gives
is compared with what was learnt. Photos: three of scikit-image, or those of --photos.
Distances as the network sees them, lower is better: style (Gram matrices of three layers at three scales), strokes
(relu3_1 of it at the two finer scales), content (instance-normalised relu3_1 against the photo's).
"""

import argparse
import tempfile
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from stylegan import SUFFIX, StyleTransfer, keep_freed_memory, load_image, sample_photos, save_pack
from stylegan.data import image_files
from stylegan.images import resize, to_tensor
from stylegan.losses import Features, content_perceptual, style_loss, style_statistics
from stylegan.perceptual import load_perceptual, pyramid

SHORT_SIDE = 512  # px, of photos and paintings
PHOTOS = ("coffee", "astronaut", "rocket")
MEASURES = ("style", "strokes", "content")


def scaled(source: str | Path) -> Image.Image:
    image = load_image(source)
    k = SHORT_SIDE / min(image.size)
    return resize(image, round(k * image.width), round(k * image.height))


@torch.inference_mode()
def look(network: nn.Module, image: Image.Image) -> Features:
    return pyramid(network, to_tensor(image))


def distances(
    network: nn.Module, transfer: StyleTransfer, style: str | Path, target: list[list[Tensor]], photo: Path
) -> Tensor:
    """Style, strokes and content distance of a photo as it is painted in a style; target: the Gram matrices of it."""
    original = scaled(photo)
    seen, kept = look(network, transfer.stylize(original, style)), look(network, original)
    painted = style_statistics("gram", seen)
    strokes = style_loss(painted[:2], target[:2], (0, 0, 1))
    return torch.cat([style_loss(painted, target), strokes, content_perceptual(seen[0][-1], kept[0][-1])])


def report(title: str, values: list[Tensor]) -> None:
    mean = torch.stack(values).mean(0)
    print(f"{title:44}", *(f"{name} {value:.3f}" for name, value in zip(MEASURES, mean.tolist())), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", type=Path, required=True)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--perceptual", default="lens", help="lens, vgg19 or a safetensors file")
    parser.add_argument("--checkpoint")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--any", action="store_true", help="every picture of the folder, without training")
    what.add_argument("--finetune", type=float, metavar="MINUTES")
    arguments = parser.parse_args()
    keep_freed_memory()
    transfer, network = StyleTransfer.from_pretrained(arguments.checkpoint), load_perceptual(arguments.perceptual)
    known = [path for path in sample_photos() if path.stem in PHOTOS]
    photos = image_files(arguments.photos) if arguments.photos else known
    paintings = {path.stem: path for path in image_files(arguments.styles)}

    def measure(title: str, style: str | Path, painting: Path) -> list[Tensor]:
        target = style_statistics("gram", look(network, scaled(painting)))
        values = [distances(network, transfer, style, target, photo) for photo in photos]
        report(title, values)
        return values

    def learn(name: str, painting: Path) -> None:
        measure(f"{name[:32]}, encoder", painting, painting)
        *_, last = transfer.finetune([painting], name[:32], minutes=arguments.finetune)
        with tempfile.TemporaryDirectory() as folder:
            pack = Path(folder) / f"learnt{SUFFIX}"
            save_pack(pack, last.pack)
            measure(f"{name[:32]}, {last.step} steps", pack, painting)

    if arguments.finetune:
        for name, painting in paintings.items():
            learn(name, painting)
    elif arguments.any:
        report("all", sum([measure(name, painting, painting) for name, painting in paintings.items()], []))
    else:
        present = [style for style in transfer.styles if style.source in paintings]
        report("all", sum([measure(style.name, style.name, paintings[style.source]) for style in present], []))


if __name__ == "__main__":
    main()
