"""The commands that put something on the Hugging Face Hub. They sign in as ``hf auth login`` or HF_TOKEN says."""

import tempfile
from pathlib import Path

import click

from stylegan.cards import LICENSES
from stylegan.cli import Mistake, UserCommand, cli
from stylegan.hub import HubRepo
from stylegan.publish import push_style
from stylegan.space import MAX_SPACE_BYTES, build_space, deploy_space, space_files
from stylegan.transfer import StyleTransfer

checkpoint_option = click.option(
    "--checkpoint", metavar="PATH_OR_NAME", help="Another generator than the shipped one; a path, or a name on the Hub."
)
private_option = click.option("--private", is_flag=True, help="If it is new: for your eyes only.")


@cli.command(cls=UserCommand)
@click.argument("name", metavar="OWNER/NAME")
@checkpoint_option
@private_option
@click.option("--revision", help="A branch other than main.")
@click.option("--message", default="Upload from Atelier", show_default=True, help="Of the commit.")
def push(name: str, checkpoint: str | None, **settings: object) -> None:
    """Publish the generator on the Hugging Face Hub, with config.json and a model card."""
    click.echo(StyleTransfer.from_pretrained(checkpoint).push_to_hub(name, **settings))


@cli.command("push-style", cls=UserCommand)
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
    pack: Path, name: str, checkpoint: str | None, license: str | None, description: str, **settings: object
) -> None:
    """Publish a style pack on the Hugging Face Hub, with a preview and a model card."""
    transfer = StyleTransfer.from_pretrained(checkpoint)
    style = transfer.load_pack(pack)
    click.echo(push_style(style, transfer.checkpoint, name, license or "", description, **settings))


@cli.command(cls=UserCommand)
@click.argument("name", metavar="OWNER/NAME")
@click.option("--yes", is_flag=True, help="Do it; without this the files are listed and nothing is uploaded.")
@private_option
@click.option("--message", default="Update Atelier", show_default=True, help="Of the commit.")
def deploy(name: str, yes: bool, **settings: object) -> None:
    """Create or update the Space that runs this app."""
    HubRepo.parse(name)
    with tempfile.TemporaryDirectory(prefix="atelier-") as temporary:
        folder = Path(temporary)
        size = build_space(folder, name)
        for path in space_files(folder):
            click.echo(f"{(folder / path).stat().st_size / 1e3:10,.1f} kB  {path.as_posix()}")
        click.echo(f"{len(space_files(folder))} files, {size / 1e6:.1f} MB.")
        if size > MAX_SPACE_BYTES:
            raise Mistake(f"that is more than the {MAX_SPACE_BYTES / 1e6:g} MB that this Space should have.")
        if yes:
            click.echo(deploy_space(folder, name, **settings))
        else:
            click.echo(f"Nothing was uploaded. With --yes it goes to https://huggingface.co/spaces/{name}.")
