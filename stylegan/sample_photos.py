"""Sample photos out of packages that are installed anyway."""

from importlib.util import find_spec
from pathlib import Path

_PHOTOS = (
    ("skimage", "data/chelsea.png"),
    ("gradio", "media_assets/images/tower.jpg"),
    ("skimage", "data/astronaut.png"),
    ("skimage", "data/coffee.png"),
    ("gradio", "media_assets/images/lion.jpg"),
    ("skimage", "data/rocket.jpg"),
    ("skimage", "data/motorcycle_left.png"),
    ("gradio", "media_assets/images/cheetah1.jpg"),
    ("skimage", "data/camera.png"),
    ("skimage", "data/coins.png"),
    ("gradio", "media_assets/images/cheetah.jpg"),
)


def sample_photos() -> list[Path]:
    """The sample photos that are there, the most telling first; the packages are located, not imported."""
    found = []
    for package, name in _PHOTOS:
        spec = find_spec(package)
        path = Path(spec.origin).parent / name if spec and spec.origin else None
        if path and path.is_file():
            found.append(path)
    return found
