"""Face detector: three small networks, each stricter than the one before (MTCNN; Zhang, Zhang, Li & Qiao 2016).

The first looks at every place of a pyramid, the second and the third at what is left, cut out. The weights are those of
facenet-pytorch (MIT licence, in the file's metadata), whose two logits for "a face" and "none" became their difference.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from stylegan.images import to_tensor

WEIGHTS = Path(__file__).with_name("face_detector.safetensors")
DETECTION_SIDE = 480  # px, long side at which faces are looked for
SMALLEST = 18  # px, of a face at that size
SHRINK = 0.709  # from one level of the pyramid to the next: half the area
FIELD, STRIDE = 12, 2  # px, of the first network
SIDES = (24, 48)  # px, of what the others are given
SURE = (0.6, 0.7, 0.9)  # least probability of a face
POINTS = 5  # left eye, right eye, nose, left and right corner of the mouth
MOST = 256  # candidates of a level, and for the second network: a bound for pictures that are all faces


@dataclass(frozen=True)
class Face:
    """A face in a photo; all in px of it."""

    x: float  # centre
    y: float
    side: float  # of a square around it
    points: tuple[tuple[float, float], ...]  # x, y: the eyes, the nose, the corners of the mouth


class _Stage(nn.Module):
    """A trunk, and one layer that tells from it the face, the four borders and, in the last stage, the points."""

    def __init__(self, trunk: nn.Sequential, head: nn.Module):
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.trunk(images))


class FaceDetector(nn.Module):
    """Finds faces in pictures ``[1, 3, H, W]`` in 0..1."""

    def __init__(self):
        super().__init__()
        self.propose = _Stage(
            nn.Sequential(*_conv(3, 10, 3), _pool(2), *_conv(10, 16, 3), *_conv(16, 32, 3)),
            nn.Conv2d(32, 5, 1),
        )
        self.refine = _Stage(
            nn.Sequential(
                *(*_conv(3, 28, 3), _pool(3), *_conv(28, 48, 3), _pool(3), *_conv(48, 64, 2)),
                *(nn.Flatten(), nn.Linear(576, 128), nn.PReLU(128)),
            ),
            nn.Linear(128, 5),
        )
        self.locate = _Stage(
            nn.Sequential(
                *(*_conv(3, 32, 3), _pool(3), *_conv(32, 64, 3), _pool(3), *_conv(64, 64, 3), _pool(2)),
                *(*_conv(64, 128, 2), nn.Flatten(), nn.Linear(1152, 256), nn.PReLU(256)),
            ),
            nn.Linear(256, 5 + 2 * POINTS),
        )
        self.requires_grad_(False)

    @torch.no_grad()
    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes ``[n, 4]`` (left, top, right, bottom) and points ``[n, 5, 2]`` (x, y) in px, the surest first."""
        image = 2 * image - 1
        boxes, scores = self._proposals(image)
        boxes = _squares(boxes[_without_overlap(boxes, scores, 0.7)[:MOST]])
        found = self.refine(_cut_out(image, boxes, SIDES[0]))
        boxes, found, scores = _surest(boxes, found, SURE[1])
        boxes = _moved(boxes, found)
        boxes = _squares(boxes[_without_overlap(boxes, scores, 0.7)])
        found = self.locate(_cut_out(image, boxes, SIDES[1]))
        boxes, found, scores = _surest(boxes, found, SURE[2])
        across, down = found[:, 5:].view(-1, 2, POINTS).unbind(1)
        sides = boxes[:, 2:] - boxes[:, :2]
        points = torch.stack([boxes[:, :1] + sides[:, :1] * across, boxes[:, 1:2] + sides[:, 1:] * down], 2)
        boxes = _moved(boxes, found)
        kept = _without_overlap(boxes, scores, 0.7, of_smaller=True)
        return boxes[kept], points[kept]

    def _proposals(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes and how likely each is a face, from all levels of the pyramid."""
        boxes, scores = [image.new_zeros(0, 4)], [image.new_zeros(0)]
        height, width = image.shape[2:]
        scale = FIELD / SMALLEST
        while min(height, width) * scale >= FIELD:
            level = F.interpolate(image, size=(int(height * scale + 1), int(width * scale + 1)), mode="area")
            found = self.propose(level)[0]  # [5, h, w]
            columns = found.shape[2]
            found = found.flatten(1).T
            places = found[:, 0].topk(min(MOST, len(found)))[1]
            start = (STRIDE * torch.stack([places % columns, places // columns], 1) + 1) / scale
            box, at, score = _surest(torch.cat([start, start + (FIELD - 1) / scale], 1), found[places], SURE[0])
            kept = _without_overlap(box, score, 0.5)
            boxes.append(_moved(box[kept], at[kept]))
            scores.append(score[kept])
            scale *= SHRINK
        return torch.cat(boxes), torch.cat(scores)


def _conv(given: int, channels: int, side: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(given, channels, side), nn.PReLU(channels)


def _pool(side: int) -> nn.Module:
    return nn.MaxPool2d(side, 2, ceil_mode=True)


def _surest(boxes: Tensor, found: Tensor, least: float) -> tuple[Tensor, Tensor, Tensor]:
    """The boxes that are faces, what was found of them, and how likely they are."""
    scores = found[:, 0].sigmoid()
    kept = scores > least
    return boxes[kept], found[kept], scores[kept]


def _moved(boxes: Tensor, found: Tensor) -> Tensor:
    """Boxes with each border moved by a share of the box's sides."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes + found[:, 1:5] * torch.cat([sides, sides], 1)


def _squares(boxes: Tensor) -> Tensor:
    """Squares around the same centres, as large as the longer sides."""
    center = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) / 2
    return torch.cat([center - half, center + half], 1)


def _cut_out(image: Tensor, boxes: Tensor, side: int) -> Tensor:
    """What is in the boxes, as far as it is in the image, ``[n, 3, side, side]``."""
    height, width = image.shape[2:]
    parts = [image.new_zeros(0, 3, side, side)]
    for left, top, right, bottom in boxes.round().long().tolist():
        left, top = min(max(left, 0), width - 2), min(max(top, 0), height - 2)
        part = image[:, :, top : max(bottom, top + 2), left : max(right, left + 2)]
        parts.append(F.interpolate(part, size=(side, side), mode="area"))
    return torch.cat(parts)


def _without_overlap(boxes: Tensor, scores: Tensor, most: float, of_smaller: bool = False) -> Tensor:
    """Non-maximum suppression: numbers of the boxes that stay when each, the surest first, drives out what it covers.

    most: share of the union, or of the smaller of two, that may be common to both.
    """
    order = scores.argsort(descending=True, stable=True)
    corner = torch.maximum(boxes[order, None, :2], boxes[None, order, :2])
    other = torch.minimum(boxes[order, None, 2:], boxes[None, order, 2:])
    common = (other - corner).clamp_min(0).prod(2)
    area = (boxes[order, 2:] - boxes[order, :2]).prod(1)
    whole = torch.minimum(area[:, None], area) if of_smaller else area[:, None] + area - common
    driven_out = (common > most * whole).tolist()
    kept: list[int] = []
    for i in range(len(order)):
        if not any(driven_out[j][i] for j in kept):
            kept.append(i)
    return order[kept]


@functools.cache
def _detector() -> FaceDetector:
    detector = FaceDetector()
    detector.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    return detector.eval()


def find_faces(photo: Image.Image) -> list[Face]:
    """Faces in an RGB photo, also half turned away; the surest first.

    Found where they are at least a twenty-fifth of the long side.
    """
    image = to_tensor(photo)
    step = max(1.0, max(photo.size) / DETECTION_SIDE)
    if step > 1:
        image = F.interpolate(image, size=tuple(max(2, round(n / step)) for n in image.shape[2:]), mode="area")
    boxes, points = _detector()(image)
    return [
        Face(
            x=step * (left + right) / 2,
            y=step * (top + bottom) / 2,
            side=step * max(right - left, bottom - top),
            points=tuple((step * x, step * y) for x, y in of),
        )
        for (left, top, right, bottom), of in zip(boxes.tolist(), points.tolist())
    ]
