"""Example photos out of packages that the app depends on anyway."""

from importlib.util import find_spec
from pathlib import Path

_PHOTOS = (
    ("skimage", "data/chelsea.png"),
    ("gradio", "media_assets/images/tower.jpg"),
    ("skimage", "data/astronaut.png"),
    ("skimage", "data/coffee.png"),
    ("gradio", "media_assets/images/lion.jpg"),
    ("skimage", "data/rocket.jpg"),
)


def example_photos() -> list[Path]:
    """The example photos that are there; the packages are located, not imported."""
    found = []
    for package, name in _PHOTOS:
        spec = find_spec(package)
        path = Path(spec.origin).parent / name if spec and spec.origin else None
        if path and path.is_file():
            found.append(path)
    return found
