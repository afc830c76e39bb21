"""How near is a painting to its style, and how much of the photo is left?

    python -m benchmarks.quality --styles PAINTINGS/
    python -m benchmarks.quality --styles PICTURES/ --any [--finish]
    python -m benchmarks.quality --styles PICTURES/ --finetune 3

PAINTINGS holds the pictures of the built-in styles under the names that ``python -m stylegan styles --json`` calls
source; those that are missing are left out. With --any, every picture of the folder is a style, without training. With
--finetune, every picture of the folder is learnt for so many minutes, and what its memory alone gives is compared with
what was learnt. Photos: three of scikit-image, or those of --photos.
Measures, lower is better: near, cover, patch, layout; see ``stylegan.evaluation.distances``. They are seen through the
lens, or through VGG-19 with --perceptual: compare generators through the latter, for they were trained through the
lens.
"""

import argparse
import tempfile
from pathlib import Path

from stylegan import StyleTransfer
from stylegan.evaluation.judge import STYLE_SIDE, Judge, load_view
from stylegan.evaluation.measures import BY_EYE
from stylegan.formats.style_pack import SUFFIX, save_pack
from stylegan.images import image_files, to_image, to_tensor
from stylegan.malloc import keep_freed_memory
from stylegan.sample_photos import sample_photos

PHOTO_SIDE = 384  # px, short side
PHOTOS = ("coffee", "astronaut", "rocket")


class Bench:
    """Paints photos in styles and tells how well."""

    def __init__(self, transfer: StyleTransfer, perceptual: str, photos: list[Path], finish: bool):
        self.transfer, self.finish = transfer, finish
        self.judge = Judge(perceptual)
        self.photos = [to_image(load_view(photo, PHOTO_SIDE)) for photo in photos]

    def measure(self, title: str, style: str | Path, painting: Path) -> list[dict[str, float]]:
        """The four measures of each photo as it is painted in a style; printed is their mean."""
        known = load_view(painting, STYLE_SIDE)
        values = []
        for photo in self.photos:
            painted = self.transfer.stylize(photo, style, finish=self.finish)
            values.append(self.judge.distances(to_tensor(painted), to_tensor(photo), known))
        report(title, values)
        return values


def report(title: str, values: list[dict[str, float]]) -> None:
    means = {measure.name: sum(of[measure.name] for of in values) / len(values) for measure in BY_EYE}
    print(f"{title:44}", *(f"{name} {value:.3f}" for name, value in means.items()), flush=True)


def learn(bench: Bench, painting: Path, minutes: float) -> None:
    """What a picture's memory alone gives, and what is learnt of it."""
    name = painting.stem[:32]
    bench.measure(f"{name}, memory", painting, painting)
    *_, last = bench.transfer.finetune([painting], name, minutes=minutes)
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / f"learnt{SUFFIX}"
        save_pack(pack, last.pack)
        bench.measure(f"{name}, {last.step} steps", pack, painting)


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
    bench = Bench(transfer, arguments.perceptual, photos, arguments.finish)
    paintings = {path.stem: path for path in image_files(arguments.styles)}
    if arguments.finetune:
        for painting in paintings.values():
            learn(bench, painting, arguments.finetune)
        return
    if arguments.any:
        wanted = [(name, path, path) for name, path in paintings.items()]
    else:
        wanted = [(s.name, s.name, paintings[s.source]) for s in transfer.styles if s.source in paintings]
    report("all", [value for one in wanted for value in bench.measure(*one)])


if __name__ == "__main__":
    main()
