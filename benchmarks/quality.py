"""How near is a painting to its style, and how much of the photo is left?

    python -m benchmarks.quality --styles PAINTINGS/
    python -m benchmarks.quality --styles PICTURES/ --any [--finish]
    python -m benchmarks.quality --styles PICTURES/ --finetune 3

PAINTINGS holds the pictures of the built-in styles under the names that ``python -m stylegan styles --json`` calls
source; those that are missing are left out. With --any, every picture of the folder is a style, without training. With
--finetune, every picture of the folder is learnt for so many minutes, and what its memory alone gives is compared with
what was learnt. Photos: three of scikit-image, or those of --photos.
Measures, lower is better: near, cover, patch, layout; see ``stylegan.evaluation``. They are seen through the lens, or
through VGG-19 with --perceptual: compare generators through the latter, for they were trained through the lens.
"""

import argparse
import tempfile
from pathlib import Path

import torch
from PIL import Image

from stylegan import StyleTransfer
from stylegan.evaluation import layout, near_and_cover, patch
from stylegan.formats.style_pack import SUFFIX, save_pack
from stylegan.hub.cards import MEASURES
from stylegan.images import load_image, style_view, to_tensor
from stylegan.malloc import keep_freed_memory
from stylegan.models.perceptual import load_perceptual
from stylegan.models.style_memory import SHORT_SIDE
from stylegan.sample_photos import sample_photos
from stylegan.training.data import image_files

PHOTO_SIDE = 384  # px, short side
PHOTOS = ("coffee", "astronaut", "rocket")


class Judge:
    """Paints photos in styles and tells how well."""

    def __init__(self, transfer: StyleTransfer, perceptual: str, photos: list[Path], finish: bool):
        self.transfer, self.finish = transfer, finish
        self.network = load_perceptual(perceptual)
        self.photos = [style_view(load_image(photo), PHOTO_SIDE) for photo in photos]

    def measure(self, title: str, style: str | Path, painting: Path) -> list[torch.Tensor]:
        """The four measures of each photo as it is painted in a style; printed is their mean."""
        known = to_tensor(style_view(load_image(painting), SHORT_SIDE))
        values = [self.distances(photo, style, known) for photo in self.photos]
        report(title, values)
        return values

    def distances(self, photo: Image.Image, style: str | Path, known: torch.Tensor) -> torch.Tensor:
        painted = to_tensor(self.transfer.stylize(photo, style, finish=self.finish))
        near, cover = near_and_cover(self.network, painted, known)
        return torch.tensor([near, cover, patch(painted, known), layout(self.network, painted, to_tensor(photo))])


def report(title: str, values: list[torch.Tensor]) -> None:
    mean = torch.stack(values).mean(0).tolist()
    print(f"{title:44}", *(f"{name} {value:.3f}" for name, value in zip(MEASURES, mean)), flush=True)


def learn(judge: Judge, painting: Path, minutes: float) -> None:
    """What a picture's memory alone gives, and what is learnt of it."""
    name = painting.stem[:32]
    judge.measure(f"{name}, memory", painting, painting)
    *_, last = judge.transfer.finetune([painting], name, minutes=minutes)
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / f"learnt{SUFFIX}"
        save_pack(pack, last.pack)
        judge.measure(f"{name}, {last.step} steps", pack, painting)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", type=Path, required=True)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--perceptual", default="lens", help="lens, vgg19 or a safetensors file")
    parser.add_argument("--checkpoint")
    parser.add_argument("--finish", action="store_true", help="with crisper strokes")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--any", action="store_true", help="every picture of the folder, without training")
    what.add_argument("--finetune", type=float, metavar="MINUTES")
    arguments = parser.parse_args()
    keep_freed_memory()
    known = [path for path in sample_photos() if path.stem in PHOTOS]
    photos = image_files(arguments.photos) if arguments.photos else known
    transfer = StyleTransfer.from_pretrained(arguments.checkpoint)
    judge = Judge(transfer, arguments.perceptual, photos, arguments.finish)
    paintings = {path.stem: path for path in image_files(arguments.styles)}
    if arguments.finetune:
        for painting in paintings.values():
            learn(judge, painting, arguments.finetune)
        return
    if arguments.any:
        wanted = [(name, path, path) for name, path in paintings.items()]
    else:
        wanted = [(s.name, s.name, paintings[s.source]) for s in transfer.styles if s.source in paintings]
    report("all", [value for one in wanted for value in judge.measure(*one)])


if __name__ == "__main__":
    main()
