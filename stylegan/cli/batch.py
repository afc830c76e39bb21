"""Which photo becomes which file: nothing is overwritten that was not asked for."""

import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from stylegan.cli.common import Mistake
from stylegan.images import image_files

OUTPUT_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
MAX_NAME = 200  # bytes of a file name, of the 255 that file systems allow: it is written under a longer one first


def plan(photos: Sequence[Path], styles: Sequence[str], output: Path) -> list[tuple[Path, Path]]:
    """Pairs of photo and file to write. photos: files, and folders of them. styles: what names the files in a folder.

    Raises:
        Mistake: the output cannot be what is asked for, or is one of the photos.
        ImageError: a folder without pictures.
    """
    found = [file for photo in photos for file in (image_files(photo) if photo.is_dir() else [photo])]
    targets = _targets(found, styles, output)
    originals = {photo.resolve() for photo in found}
    for _, target in targets:
        if target.resolve() in originals:
            raise Mistake(f"{target} is the photo itself. Give the painting another name.")
    return targets


def _targets(photos: list[Path], styles: Sequence[str], output: Path) -> list[tuple[Path, Path]]:
    suffix = output.suffix.lower()
    if output.is_dir() or suffix not in Image.registered_extensions():
        return list(zip(photos, _in_folder(photos, styles, output)))
    if suffix not in OUTPUT_FORMATS:
        raise Mistake(f"{output.name}: a painting can be written as {', '.join(OUTPUT_FORMATS)}.")
    if len(photos) > 1:
        raise Mistake("several photos need a folder as --output.")
    return [(photo, output) for photo in photos]


def _in_folder(photos: list[Path], styles: Sequence[str], folder: Path) -> list[Path]:
    """A name of its own for each painting: the ending or a number tells apart what would else have the same."""
    style, used, targets = "+".join(map(_short, styles)), set[str](), []
    for photo in photos:
        names = [photo.stem, photo.name, *(f"{photo.name}_{number}" for number in range(2, len(photos) + 2))]
        files = (_cut(f"{name}__{style}", MAX_NAME) + ".png" for name in names)
        if len(os.fsencode(f"{photo.name}__{style}")) > MAX_NAME - 5:  # the end of a long name may tell it apart
            files = (_cut(name, 90) + f"_{number}__" + _cut(style, 90) + ".png" for number, name in enumerate(names))
        file = next(file for file in files if file.lower() not in used)
        used.add(file.lower())
        targets.append(folder / file)
    return targets


def _short(style: str) -> str:
    """A style, or one with its weight, as a file name says it."""
    name, equals, weight = style.rpartition("=")
    return f"{Path(name).stem}-{weight}" if equals else Path(style).stem


def _cut(text: str, most: int) -> str:
    """The beginning of a name in whole letters, even where the system takes its bytes for none."""
    whole = os.fsencode(text)
    return text if len(whole) <= most else os.fsdecode(whole[:most].decode(errors="ignore").encode())
