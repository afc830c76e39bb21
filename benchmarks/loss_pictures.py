"""The pictures in the app that show what each loss does: one photo painted by the generators of an ablation.

python -m stylegan ablate … --output ABLATION
python -m benchmarks.loss_pictures ABLATION --painting PHOTO__STYLE
"""

import argparse
from pathlib import Path

from PIL import Image

from stylegan.training.losses import DEFAULT_OBJECTIVE, LOSSES

FOLDER = Path(__file__).parents[1] / "studio" / "assets" / "losses"
SEEN = 110  # px of a painting: single strokes are what differs
SIDE, QUALITY = 240, 78  # px, and of the JPEG files: some kB each


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ablation", type=Path, help="the folder of a finished ablation")
    parser.add_argument("--painting", required=True, help="PHOTO__STYLE, one of those that each run has painted")
    parser.add_argument("--center", type=float, nargs=2, default=(0.5, 0.5), help="of what is shown, 0..1")
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for kind, names in LOSSES.items():
        for name in names:
            run = "baseline-0" if name == getattr(DEFAULT_OBJECTIVE, kind) else f"{kind}_{name}-0"
            with Image.open(arguments.ablation / "runs" / run / f"{arguments.painting}.png") as painting:
                left, top = (int(c * n - SEEN / 2) for c, n in zip(arguments.center, painting.size))
                seen = painting.convert("RGB").crop((left, top, left + SEEN, top + SEEN))
            seen.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(
                FOLDER / f"{name}.jpg", quality=QUALITY, optimize=True
            )


if __name__ == "__main__":
    main()
