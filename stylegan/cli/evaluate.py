"""The command that measures paintings."""

from collections.abc import Iterator
from pathlib import Path

import click

from stylegan.cli.common import Mistake, UserCommand
from stylegan.evaluation.judge import Judge
from stylegan.evaluation.pairs import Pair, every_pair, listed, listed_pairs, paintings, pictures
from stylegan.evaluation.report import as_markdown, write_report
from stylegan.evaluation.run import OWN, Evaluation
from stylegan.pipeline import StyleTransfer
from stylegan.settings import MAX_SIDE

MIN_PIXELS = 64  # the measures look at a sixteenth of the side and more
folder_option = click.Path(file_okay=False, path_type=Path)


@click.command(cls=UserCommand)
@click.option("--content", required=True, type=folder_option, help="Folder of photos.")
@click.option("--style", required=True, type=folder_option, help="Folder of style pictures.")
@click.option(
    "--outputs",
    multiple=True,
    metavar="[NAME=]DIR",
    help="Paintings of another system, called CONTENT__STYLE.png; may be repeated. Without it, every pair is painted.",
)
@click.option("--paint", is_flag=True, help="Paint every pair as well, to compare with --outputs.")
@click.option("--finish", is_flag=True, help="Paint with crisper strokes, in seconds each.")
@click.option(
    "--pairs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file with a photo and a style in each row, by name without suffix: these pairs alone are painted.",
)
@click.option(
    "--report", default=Path("evaluation"), show_default=True, type=folder_option, help="Folder of what is written."
)
@click.option(
    "--size",
    default=384,
    show_default=True,
    type=click.IntRange(MIN_PIXELS, MAX_SIDE),
    help="Short side in pixels at which photos are painted and compared.",
)
@click.option(
    "--perceptual", default="lens", show_default=True, help="What looks: lens, vgg19 (with torchvision), or a file."
)
@click.option("--checkpoint", metavar="PATH_OR_NAME", help="Another generator than the shipped one.")
def evaluate(
    content: Path,
    style: Path,
    outputs: tuple[str, ...],
    paint: bool,
    finish: bool,
    pairs: Path | None,
    report: Path,
    size: int,
    perceptual: str,
    checkpoint: str | None,
) -> None:
    """Measure how good paintings are: ours, or those of other systems side by side.

    \b
    Writes evaluation.json, evaluation.md and evaluation.html. The same command resumes an interrupted evaluation.
    """
    photos, styles = pictures(content), pictures(style)
    systems = {name: paintings(folder, photos, styles) for name, folder in _systems(outputs).items()}
    wanted = listed_pairs(listed(pairs), photos, styles) if pairs else every_pair(photos, styles)
    if not wanted:
        raise Mistake(f"No row of {pairs} names a photo of {content} and a style of {style}.")
    judge = Judge(perceptual)
    try:
        evaluation = Evaluation(judge, report, size, systems)
        if paint or not outputs:
            transfer = StyleTransfer.from_pretrained(checkpoint)
            _show("Painting", evaluation.paint(transfer, wanted, finish), len(wanted))
        _show("Looking", evaluation.score(), sum(map(len, evaluation.systems.values())))
        written = write_report(evaluation)
        evaluation.delete_cache()
    except OSError as error:
        raise Mistake(f"cannot write {report}: {error.strerror}.") from None
    click.echo(as_markdown(evaluation))
    click.echo(f"Wrote {', '.join(map(str, written))}.")


def _systems(outputs: tuple[str, ...]) -> dict[str, Path]:
    """Folders by the names of systems; one without a name is called as its folder is."""
    found: dict[str, Path] = {}
    for given in outputs:
        name, _, folder = given.rpartition("=")
        if not folder:
            raise Mistake(f"--outputs {given}: name the folder of its paintings, as NAME=DIR.")
        name = name or Path(folder).resolve().name
        if name in found or name == OWN:
            raise Mistake(f"--outputs {given}: there is a system called {name} already; write another NAME=DIR.")
        found[name] = Path(folder)
    return found


def _show(label: str, events: Iterator[Pair], count: int) -> None:
    with click.progressbar(events, length=count, label=label, item_show_func=lambda p: p.name if p else "") as bar:
        for _ in bar:
            pass
