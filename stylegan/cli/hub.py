"""The commands that put something on the Hugging Face Hub. They sign in as ``hf auth login`` or HF_TOKEN says."""

from pathlib import Path
from typing import Any

import click

from stylegan.cli.common import UserCommand
from stylegan.hub.cards import LICENSES
from stylegan.hub.publish import push_style
from stylegan.pipeline import StyleTransfer

checkpoint_option = click.option(
    "--checkpoint", metavar="PATH_OR_NAME", help="Another generator than the shipped one; a path, or a name on the Hub."
)
private_option = click.option("--private", is_flag=True, help="If it is new: for your eyes only.")


@click.command(cls=UserCommand)
@click.argument("name", metavar="OWNER/NAME")
@checkpoint_option
@private_option
@click.option("--revision", help="A branch other than main.")
@click.option("--message", default="Upload from Atelier", show_default=True, help="Of the commit.")
def push(name: str, checkpoint: str | None, **settings: Any) -> None:
    """Publish the generator on the Hugging Face Hub, with config.json and a model card."""
    click.echo(StyleTransfer.from_pretrained(checkpoint).push_to_hub(name, **settings))


@click.command("push-style", cls=UserCommand)
@click.argument("pack", type=click.Path(path_type=Path))
@click.argument("name", metavar="OWNER/NAME")
@click.option(
    "--license", type=click.Choice(list(LICENSES.values())), help="What others may do with it; default: as it says."
)
@click.option("--description", default="", help="A few words for its page.")
@checkpoint_option
@private_option
@click.option("--message", default="Upload from Atelier", show_default=True, help="Of the commit.")
def push_style_command(
    pack: Path, name: str, checkpoint: str | None, license: str | None, description: str, **settings: Any
) -> None:
    """Publish a style pack on the Hugging Face Hub, with a preview and a model card."""
    transfer = StyleTransfer.from_pretrained(checkpoint)
    style = transfer.load_pack(pack)
    click.echo(push_style(style, transfer.checkpoint, name, license or "", description, **settings))
