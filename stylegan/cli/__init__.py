"""The command line: ``python -m stylegan``."""

import click

from stylegan.cli import ablate, evaluate, hub, identify, paint, train
from stylegan.malloc import keep_freed_memory


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Turn photos into paintings, or teach the generator new styles.

    \b
    Try:
      python -m stylegan styles
      python -m stylegan stylize photo.jpg --style great_wave --output painting.png
    """


for command in (
    *(paint.styles, paint.stylize, paint.remember, identify.identify),
    *(train.finetune, train.train, train.refine, train.distill),
    *(evaluate.evaluate, ablate.ablate),
    *(hub.push, hub.push_style_command),
):
    cli.add_command(command)


def main() -> None:
    """Entry point."""
    keep_freed_memory()
    cli()
