"""Make the numbers that tell styles apart, ``checkpoints/identifier.safetensors``, and test them honestly.

    python -m benchmarks.identify --content PHOTOS/ --styles PAINTINGS/ [--exclude NAMES.csv] [--write]

The built-in styles' paintings are never fitted to: of each, one half is the known style, and crops of the other half
are what must be recognised. Of all other paintings, every fourth artist is left out of the fit, and so is every fourth
photo; with them, photo against painting is tested, and that a picture of nothing known is said to be so. Written is
a fit of all but the built-in styles' paintings; its test is that of the fit without what was left out.
"""

import argparse
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.builtin_styles import BUILTIN_STYLES
from stylegan.formats.checkpoint import load_checkpoint
from stylegan.identify import KNOWN, Identifier, describe, save_identifier
from stylegan.images import image_files, load_image
from stylegan.models.generator import Generator
from stylegan.models.style_memory import SHORT_SIDE
from stylegan.sample_photos import sample_photos
from stylegan.training.data import load_uint8
from stylegan.training.train import read_names

CROP = 256  # px, of pictures with 512 on the short side
DIMENSIONS = 64
SHRINKAGE = 0.1  # of the covariance within paintings, towards a multiple of the identity
DECAY = 0.03  # of the logistic regression of photo against painting
CROPS = 4  # of the unseen half of each built-in style's painting
LIMIT = 160  # paintings, and photos, to fit to
ROWS = 64  # of a memory: only its statistics are used
LEFT_OUT = 4  # every so many


class Reader:
    """Descriptions of crops."""

    def __init__(self, generator: Generator):
        self.generator, self.rng = generator, random.Random(0)

    def whole(self, picture: Tensor) -> Tensor:
        """Description ``[1676]`` of a picture ``[3, H, W]``, uint8."""
        return describe(self.generator.remember([picture[None].float() / 255], ROWS))

    def crop(self, picture: Tensor) -> Tensor:
        """Description of a crop at random."""
        height, width = (min(CROP, side) for side in picture.shape[1:])
        top = self.rng.randint(0, picture.shape[1] - height)
        left = self.rng.randint(0, picture.shape[2] - width)
        return self.whole(picture[:, top : top + height, left : left + width])


def view(path: Path) -> Tensor:
    """A picture with 512 px on the short side, or as it is: enlarged, photos would be known by their blur."""
    picture = load_image(path)
    return load_uint8(picture, min(SHORT_SIDE, *picture.size))


def halves(picture: Tensor) -> tuple[Tensor, Tensor]:
    """A picture cut in two across its long side."""
    across = 2 if picture.shape[2] >= picture.shape[1] else 1
    one, other, *_ = picture.split(picture.shape[across] // 2, across)
    return one, other


def fit(paintings: Tensor, photos: Tensor) -> Identifier:
    """paintings ``[N, 2, D]``: both halves of each; photos ``[M, D]``."""
    center, projection = _project(paintings, photos)
    places, seen = (paintings - center) @ projection, (photos - center) @ projection
    unseen = []
    for fold in range(2):  # halves lie nearer one another in a projection that was fitted to them
        other_center, other = _project(paintings[fold::2], photos)
        unseen.append((paintings[1 - fold :: 2] - other_center) @ other)
    return Identifier(center, projection, _logistic(places.flatten(0, 1), seen, DECAY), _likeness(unseen))


def _project(paintings: Tensor, photos: Tensor) -> tuple[Tensor, Tensor]:
    """Center and projection of a discriminant analysis in principal coordinates."""
    everything = torch.cat([paintings.flatten(0, 1), photos])
    center, scale = everything.mean(0), everything.std(0) + 1e-3
    _, _, directions = torch.linalg.svd((everything - center) / scale, full_matrices=False)
    principal = directions[:DIMENSIONS].T / scale[:, None]
    apart = (paintings[:, 0] - paintings[:, 1]) @ principal
    within = apart.T @ apart / len(apart)
    within += SHRINKAGE * within.diagonal().mean() * torch.eye(len(within))
    return center, principal @ torch.linalg.cholesky(torch.linalg.inv(within))


def _likeness(folds: list[Tensor]) -> Tensor:
    """Slope and bias from cosines of halves of one painting, and of the likest of as many others as are built in."""
    same, others = [], []
    rng = torch.Generator().manual_seed(0)
    for places in folds:
        cosines = F.normalize(places[:, 0], dim=1) @ F.normalize(places[:, 1], dim=1).T
        same.append(cosines.diagonal())
        wrong = cosines.masked_fill(torch.eye(len(cosines), dtype=torch.bool), -1)
        count = min(len(BUILTIN_STYLES), len(wrong))
        chosen = torch.stack([torch.randperm(len(wrong), generator=rng)[:count] for _ in wrong])
        others.append(wrong.gather(1, chosen).amax(1))
    return _logistic(torch.cat(same)[:, None], torch.cat(others)[:, None])


def _logistic(positive: Tensor, negative: Tensor, decay: float = 0.0) -> Tensor:
    """Weights and bias of a logistic regression in which both classes weigh the same."""
    dimensions = positive.shape[1]
    weights = torch.zeros(dimensions + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=300)

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = (x @ weights[:-1] + weights[-1] for x in (positive, negative))
        found = sum(F.softplus(-sign * logit).mean() for sign, logit in zip((1, -1), logits))
        found = found / 2 + decay * weights[:-1].square().sum() / dimensions
        found.backward()
        return found

    optimizer.step(loss)
    return weights.detach()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--styles", type=Path, required=True)
    parser.add_argument("--exclude", type=Path, help="CSV file with the names of pictures that no fit may see")
    parser.add_argument("--write", action="store_true", help="checkpoints/identifier.safetensors")
    arguments = parser.parse_args()
    generator = load_checkpoint().generator
    reader = Reader(generator)
    builtin = {style.source for style in BUILTIN_STYLES}
    files = image_files(arguments.styles)
    known, crops, owners = [], [], []
    for path in (path for path in files if path.stem in builtin):
        one, other = halves(view(path))
        owners += [len(known)] * CROPS
        known.append(reader.whole(one))
        crops += [reader.crop(other) for _ in range(CROPS)]
    hidden = read_names(arguments.exclude) if arguments.exclude else set()
    others = [path for path in files if path.stem not in builtin | hidden]
    reader.rng.shuffle(others)
    others = others[:LIMIT]
    photos = [path for path in image_files(arguments.content) if path.stem not in hidden]
    reader.rng.shuffle(photos)
    two = [torch.stack([reader.crop(half) for half in halves(view(path))]) for path in others]
    paintings = torch.stack(two)
    seen = torch.stack([reader.crop(view(path)) for path in photos[:LIMIT]])
    artists = sorted({_artist(path) for path in others})
    unseen = torch.tensor([artists.index(_artist(path)) % LEFT_OUT == 0 for path in others])
    unseen_photos = torch.arange(len(seen)) % LEFT_OUT == 0
    report(
        fit(paintings[~unseen], seen[~unseen_photos]),
        *(torch.stack(known), torch.stack(crops), torch.tensor(owners)),
        *(paintings[unseen].flatten(0, 1), seen[unseen_photos]),
        torch.stack([reader.whole(load_uint8(path, SHORT_SIDE)) for path in sample_photos()]),
    )
    if arguments.write:
        save_identifier(fit(paintings, seen), generator.lens)


def report(
    found: Identifier, known: Tensor, crops: Tensor, owners: Tensor, paintings: Tensor, photos: Tensor, samples: Tensor
) -> None:
    """Print how often the identifier is right; all are descriptions that it was not fitted to.

    samples: whole photos of another kind than those of the folder.
    """
    styles, test, strange, snapped, sampled = (
        (x - found.center) @ found.projection for x in (known, crops, paintings, photos, samples)
    )

    def similar(x: Tensor) -> Tensor:
        logits = found.likeness[0] * (F.normalize(x, dim=1) @ F.normalize(styles, dim=1).T) + found.likeness[1]
        return logits.sigmoid()

    ranks = similar(test).argsort(1, descending=True)
    for count in (1, 3):
        hits = (ranks[:, :count] == owners[:, None]).any(1)
        print(f"top-{count}: {hits.sum()} of {len(hits)} ({hits.float().mean():.1%})")
    for name, x, right in (
        ("paintings", torch.cat([strange, test]), 1),
        ("photos", snapped, 0),
        ("sample photos", sampled, 0),
    ):
        hits = ((x @ found.painting[:-1] + found.painting[-1]) > 0) == right
        print(f"{name} told as such: {hits.sum()} of {len(hits)} ({hits.float().mean():.1%})")
    for name, x, right in (
        ("crops of known styles", test, 1),
        ("other paintings", strange, 0),
        ("photos", snapped, 0),
        ("sample photos", sampled, 0),
    ):
        hits = (similar(x).amax(1) >= KNOWN) == right
        verdict = "known" if right else "unknown"
        print(f"{name}, rightly {verdict}: {hits.sum()} of {len(hits)} ({hits.float().mean():.1%})")


def _artist(path: Path) -> str:
    return path.stem.partition("_")[0]


if __name__ == "__main__":
    main()
