"""The commands that paint: list styles, paint photos, keep pictures as a style."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from PIL import Image

from stylegan.cli.batch import OUTPUT_FORMATS, plan
from stylegan.cli.common import Mistake, UserCommand, check_pack_name, write_pack
from stylegan.errors import UserError
from stylegan.formats.safe_write import delete_unfinished, replacing
from stylegan.formats.style_pack import SUFFIX
from stylegan.pipeline import Style, StyleTransfer
from stylegan.settings import BRUSH_RANGE, MAX_SIDE, Settings


@click.command(cls=UserCommand)
@click.option("--json", "as_json", is_flag=True, help="Print name, title, artist, year and source as JSON.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Another generator than the shipped one.")
def styles(as_json: bool, checkpoint: Path | None) -> None:
    """List the built-in styles."""
    known = StyleTransfer.from_pretrained(checkpoint).styles
    if as_json:
        click.echo(json.dumps([asdict(style) for style in known], indent=2, ensure_ascii=False))
        return
    for style in known:
        click.echo(f"{style.name:18} {style.title}, {style.artist}, {style.year}")


@click.command(cls=UserCommand)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...", type=click.Path(path_type=Path))
@click.option(
    "--style",
    default="great_wave",
    show_default=True,
    metavar="NAME_OR_IMAGE",
    help="A built-in style, any picture, or a style pack.",
)
@click.option(
    "--blend",
    multiple=True,
    metavar="NAME_OR_IMAGE=WEIGHT",
    help="Mix in another style, for instance starry_night=0.3; may be repeated.",
)
@click.option(
    "--output",
    required=True,
    metavar="FILE_OR_FOLDER",
    type=click.Path(path_type=Path),
    help="A .png, .jpg or .webp file, or a folder, which gets PHOTO__STYLE.png.",
)
@click.option("--strength", default=1.0, show_default=True, help="0 gives the photo back, 1 the full style.")
@click.option("--seed", default=0, show_default=True, help="Another number is another take.")
@click.option("--between", default=0.0, show_default=True, help="On the way from this take to the next, 0 to 1.")
@click.option("--keep-colors", is_flag=True, help="Keep the photo's own colours.")
@click.option(
    "--brush",
    default=1.0,
    show_default=True,
    help=f"Size of the strokes, {BRUSH_RANGE[0]} (fine) to {BRUSH_RANGE[1]:g} (broad).",
)
@click.option("--size", type=int, help=f"Long side of the painting in pixels, up to {MAX_SIDE}; default: the photo's.")
@click.option("--finish", is_flag=True, help="Make the strokes crisper at the end; takes some seconds a photo.")
@click.option("--resume", is_flag=True, help="Leave out what is in the folder already.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Another generator than the shipped one.")
def stylize(
    photos: tuple[Path, ...],
    style: str,
    blend: tuple[str, ...],
    output: Path,
    resume: bool,
    checkpoint: Path | None,
    **settings: Any,
) -> None:
    """Paint one or several photos, or folders of them.

    Of several, all that can be painted are; the others are listed at the end, and the exit code is 1.
    """
    mix = _parse_mix(style, blend)
    planned = plan(photos, [style, *blend], output)
    targets = [(photo, target) for photo, target in planned if not (resume and target.exists())]
    transfer = StyleTransfer.from_pretrained(checkpoint)
    finish, asked = settings.pop("finish"), Settings(**settings)
    for each in mix if isinstance(mix, dict) else [mix]:
        transfer.style_memory(each)  # a style that cannot be used is told once, before anything is painted
    failed = []
    for folder in {target.parent for _, target in targets}:
        delete_unfinished(folder)
    with click.progressbar(targets, label="Painting", item_show_func=lambda t: t[0].name if t else "") as bar:
        for photo, target in bar:
            try:
                _write(transfer.stylize(photo, mix, asked, finish=finish), target)
            except (UserError, Mistake) as error:
                failed.append(f"{photo}: {error}")
    if failed and len(planned) == 1:
        raise Mistake(failed[0])
    if failed:
        raise click.ClickException("\n".join([f"{len(failed)} of {len(planned)} could not be painted.", *failed]))


def _parse_mix(style: str, blend: tuple[str, ...]) -> str | dict[Style, float]:
    """The style alone, or a mapping to weights in which the first style has what the others leave of 1."""
    if not blend:
        return style
    weights: dict[Style, float] = {}
    for part in blend:
        name, _, weight = part.rpartition("=")
        try:
            weights[name] = float(weight)
        except ValueError:
            name = ""
        if not name or not 0 < weights[name] <= 1:
            raise Mistake(f"--blend {part}: write NAME_OR_IMAGE=WEIGHT with a weight up to 1, like starry_night=0.3.")
    rest = round(1 - sum(weights.values()), 9)  # 0.7 + 0.2 + 0.1 is a little more than 1
    if rest < 0:
        raise Mistake("the weights of --blend add up to more than 1.")
    return {style: weights.pop(style, 0) + rest, **weights} if rest else weights


def _write(painting: Image.Image, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as partial:
            painting.save(partial, format=OUTPUT_FORMATS[target.suffix.lower()], quality=95)
    except OSError as error:
        raise Mistake(f"cannot write {target}: {error.strerror}.") from None


@click.command(cls=UserCommand)
@click.argument("pictures", nargs=-1, required=True, metavar="PICTURE...", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What to call the style.")
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help=f"NAME{SUFFIX}")
@click.option("--license", default="", help="What others may do with the style.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Another generator than the shipped one.")
def remember(pictures: tuple[Path, ...], name: str, output: Path, license: str, checkpoint: Path | None) -> None:
    """Keep 1 to 20 pictures as a style pack, at once and without learning."""
    check_pack_name(output)
    pack = StyleTransfer.from_pretrained(checkpoint).remember(pictures, name, license)
    write_pack(pack, output)
    click.echo(f"Wrote {output}.")
