"""What style is this? On the command line."""

from pathlib import Path

import click

from stylegan.cli.common import UserCommand
from stylegan.formats.style_pack import SUFFIX
from stylegan.pipeline import StyleTransfer

SHOWN = 3


@click.command(cls=UserCommand)
@click.argument("picture", type=click.Path(path_type=Path))
@click.option(
    "--own",
    multiple=True,
    metavar=f"NAME{SUFFIX}",
    type=click.Path(path_type=Path),
    help="Also compare with this style of your own; may be repeated.",
)
@click.option("--checkpoint", metavar="PATH_OR_NAME", help="Another generator than the shipped one.")
def identify(picture: Path, own: tuple[Path, ...], checkpoint: str | None) -> None:
    """Tell which styles a picture is like, and whether it is a photo or a painting."""
    transfer = StyleTransfer.from_pretrained(checkpoint)
    packs = [transfer.load_pack(path) for path in own]
    found = transfer.identify(picture, {pack.name: pack for pack in packs})
    titles = {style.name: f"{style.title}, {style.artist}" for style in transfer.styles}
    click.echo(f"{picture.name} is probably a {found.kind}.")
    if not found.known:
        click.echo("It is like none of the known styles; the nearest:")
    for match in found.matches[:SHOWN]:
        click.echo(f"{match.similarity:4.0%}  {match.name:18} {titles.get(match.name, '')}".rstrip())
