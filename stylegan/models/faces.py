"""Where faces are. They are painted more closely to the photo: a slip in a face is what people see first."""

from collections.abc import Sequence

import torch
from torch import Tensor

from stylegan.models.face_detector import Face

AXES = (0.42, 0.55)  # half axes of the ellipse across and down, of the side of a face
SKIN = 0.6  # of the map, on cheeks and foreheads
POINT = 0.17  # radius of what is kept most, around eyes, nose and mouth; of the side of a face


def face_map(faces: Sequence[Face], height: int, width: int, scale: float = 1.0) -> Tensor | None:
    """Soft ellipses over faces with eyes, nose and mouth, ``[1, 1, H, W]`` in 0..1, or None where there are none.

    scale: of the map, relative to the photo that the faces were found in.
    """
    if not faces:
        return None
    total = torch.zeros(height, width)
    for face in faces:
        side = scale * face.side
        skin = _ellipse(total, scale * face.x, scale * face.y, AXES[0] * side, AXES[1] * side)
        total = torch.maximum(total, SKIN * skin)
        (x_left, y_left), (x_right, y_right) = face.points[-2:]
        mouth = ((x_left + x_right) / 2, (y_left + y_right) / 2)
        for x, y in (*face.points, mouth):
            total = torch.maximum(total, _ellipse(total, scale * x, scale * y, POINT * side, POINT * side))
    return total[None, None]


def _ellipse(like: Tensor, x: float, y: float, across: float, down: float) -> Tensor:
    """1 inside, falling to 0 at the border."""
    rows, columns = (torch.arange(n, dtype=torch.float32) for n in like.shape)
    distance = ((columns - x) / across)[None].square() + ((rows - y) / down)[:, None].square()
    return (2 * (1 - distance)).clamp(0, 1)
