"""What the tests of the public wall share."""

import json
from io import BytesIO
from pathlib import Path

from PIL import Image

from studio.gallery.models import Result
from studio.gallery.recipe import Recipe, pixel_digest
from studio.gallery.store import Store
from tests.support.gallery import OWNER
from tests.support.pictures import synthetic_picture

DATASET, KIND = "someone/wall", "datasets"
TOKEN = "hf_" + "spaces" * 5
NEVER = 60  # minutes: rounds come when a test asks for them


def paintings_of(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if path != ".gitattributes"}


def keep_picture(store: Store, folder: Path, painting: Image.Image, **recipe: object) -> Result:
    """Keep a picture as what was painted of another one."""
    photo = synthetic_picture(48, 36, 99, 4)
    made = Recipe(**recipe, photo=pixel_digest(photo))
    painting.save(folder / "painting.png", pnginfo=made.chunks())
    result, _ = store.add(OWNER, folder / "painting.png", photo, made, "photo__of_me")
    return result


def webp(picture: Image.Image, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "WEBP", **options)
    return buffer.getvalue()


def record(**texts: object) -> bytes:
    return json.dumps({"recipe": Recipe("great_wave", "The Great Wave").texts() | texts}).encode()
