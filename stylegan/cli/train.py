"""The commands that train: one style, the base generator, its built-in styles, the lens."""

import logging
import shutil
from pathlib import Path

import click

from stylegan.builtin_styles import BUILTIN_STYLES, StyleInfo
from stylegan.cli.common import Mistake, UserCommand, check_pack_name, write_pack
from stylegan.cli.options import config_options
from stylegan.errors import TrainingError
from stylegan.formats.checkpoint import PACK_FOLDER, SHIPPED, Checkpoint
from stylegan.formats.style_pack import SUFFIX, save_pack
from stylegan.images import image_files
from stylegan.pipeline import StyleTransfer
from stylegan.training.config import FINETUNING, REFINING, TrainConfig

content_option = click.option(
    "--content", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of photos."
)
styles_option = click.option(
    "--styles",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of paintings; the built-in styles are found in it by file name.",
)


@click.command(cls=UserCommand)
@click.argument("pictures", nargs=-1, required=True, metavar="PICTURE...", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What to call the style.")
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help=f"NAME{SUFFIX}")
@click.option(
    "--photos",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with photos like those you will paint; some sample photos are used anyway.",
)
@click.option("--license", default="", help="What others may do with the style.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Another generator than the shipped one.")
@config_options(FINETUNING)
def finetune(
    pictures: tuple[Path, ...],
    name: str,
    output: Path,
    photos: Path | None,
    license: str,
    checkpoint: Path | None,
    config: TrainConfig,
) -> None:
    """Learn a style from 1 to 20 pictures and write it as a style pack.

    --steps takes so many steps, however long that takes. The same command resumes an interrupted training.
    """
    # accelerate takes seconds to import; painting needs none of it
    from stylegan.training.finetune import work_folder

    check_pack_name(output)
    transfer = StyleTransfer.from_pretrained(checkpoint)
    folder = work_folder(output, pictures, transfer.checkpoint, config.objective)
    settings = {
        "minutes": config.minutes,
        "steps": config.steps,
        "photos": image_files(photos) if photos else [],
        "license": license,
        "objective": config.objective,
        "config": config,
    }
    try:
        with click.progressbar(length=1000, label="Learning") as bar:
            for event in transfer.finetune(pictures, name, folder, **settings):
                bar.update(int(1000 * event.done) - bar.pos)
    except (TrainingError, OSError) as error:
        raise Mistake(str(error)) from None
    assert event.pack  # the last event holds what was learnt
    write_pack(event.pack, output)
    shutil.rmtree(folder)
    click.echo(f"Wrote {output} after {event.step} steps and {event.seconds:.0f} seconds.")


@click.command(cls=UserCommand)
@content_option
@styles_option
@click.option(
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for training state, log, samples and the finished generator. Run again to resume.",
)
@click.option(
    "--base",
    type=click.Path(exists=True, path_type=Path),
    help="Folder with a generator and a discriminator to start from, such as checkpoints/.",
)
@click.option(
    "--exclude",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file; pictures whose names without suffix stand in it are not trained on.",
)
@config_options(TrainConfig())
def train(
    content: Path, styles: Path, output: Path, base: Path | None, exclude: Path | None, config: TrainConfig
) -> None:
    """Train the base generator on folders of photos and paintings.

    On several GPUs: accelerate launch -m stylegan train ...
    """
    # accelerate takes seconds to import; painting needs none of it
    from stylegan.training.train import export, prepare

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        trainer = prepare(content, styles, output, config, base, exclude)
        if trainer.resume():
            click.echo(f"Resuming after {trainer.step} steps and {trainer.elapsed / 60:.1f} minutes.")
        with click.progressbar(length=1000, label="Training") as bar:
            for progress in trainer.run():
                bar.update(int(1000 * progress.done) - bar.pos)
    except (TrainingError, ValueError, FileNotFoundError) as error:
        raise Mistake(str(error)) from None
    if trainer.accelerator.is_main_process:
        path = export(trainer, styles, BUILTIN_STYLES)
        click.echo(f"Wrote {path} after {trainer.step} steps.")


@click.command(cls=UserCommand)
@click.argument("names", nargs=-1, metavar="[NAME...]")
@content_option
@styles_option
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Another generator than the shipped one.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Folder for the style packs. Default: {PACK_FOLDER}/ beside the generator, where they are used at once.",
)
@config_options(REFINING)
def refine(
    names: tuple[str, ...],
    content: Path,
    styles: Path,
    checkpoint: Path | None,
    output: Path | None,
    config: TrainConfig,
) -> None:
    """Train built-in styles further, one after another: the named ones, or all whose painting is there.

    The time budget is that of each style. A style starts from the pack that the generator has of it. The same command
    resumes an interrupted training; styles that are finished are left as they are.
    """
    # accelerate takes seconds to import; painting needs none of it
    from stylegan.training.data import load_uint8
    from stylegan.training.finetune import PHOTO_SHORT_SIDE
    from stylegan.training.refine import refine as refine_style

    transfer = StyleTransfer.from_pretrained(checkpoint or SHIPPED)
    base = transfer.checkpoint
    output = output or base.folder / PACK_FOLDER
    paintings = {file.stem: file for file in image_files(styles)}
    wanted = _asked_for(base, names, paintings, styles)
    work = output / ".training"
    try:
        photos = [load_uint8(file, PHOTO_SHORT_SIDE) for file in image_files(content)]
        for style in wanted:
            done = work / f"{style.name}.done"
            if done.exists():
                continue
            with click.progressbar(length=1000, label=style.title) as bar:
                pack = refine_style(
                    base, style, paintings[style.source], photos, work / style.name, config, transfer.device,
                    observe=lambda progress: bar.update(int(1000 * progress.done) - bar.pos),
                )  # fmt: skip
            save_pack(output / f"{style.name}{SUFFIX}", pack)
            done.touch()
            shutil.rmtree(work / style.name)
        shutil.rmtree(work, ignore_errors=True)
    except (TrainingError, ValueError, OSError) as error:
        raise Mistake(str(error)) from None
    click.echo(f"Style packs written to {output}: {len(wanted)}.")


def _asked_for(base: Checkpoint, names: tuple[str, ...], paintings: dict[str, Path], folder: Path) -> list[StyleInfo]:
    """The styles named, or all whose painting is there."""
    if unknown := set(names) - base.styles.keys():
        raise Mistake(f"there is no built-in style called {', '.join(sorted(unknown))}.")
    asked = [base.styles[name] for name in names or base.styles]
    present = [style for style in asked if style.source in paintings]
    if len(present) < len(asked) and (names or not present):
        missing = [style.source for style in asked if style not in present]
        raise Mistake(f"not in {folder}: {', '.join(missing)}.")
    return present


@click.command(cls=UserCommand)
@click.option(
    "--teacher",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="safetensors file with VGG-19's layers up to conv3_1.",
)
@content_option
@styles_option
@click.option("--output", default=SHIPPED / "lens.safetensors", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--base", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A lens to go on with.")
def distill(teacher: Path, content: Path, styles: Path, output: Path, minutes: float, base: Path | None) -> None:
    """Distil the lens, the compact perceptual network, from VGG-19."""
    from stylegan.training import distill as distillation

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    distillation.distill(teacher, content, styles, output, minutes, base)
