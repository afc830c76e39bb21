"""The commands for those who train: the base generator, its built-in styles, the lens."""

import shutil
from itertools import groupby
from pathlib import Path

import click

from stylegan.builtin import BUILTIN_STYLES, StyleInfo
from stylegan.checkpoints import PACK_FOLDER, SHIPPED, load_checkpoint
from stylegan.cli import Mistake, UserCommand, cli, loss_options
from stylegan.data import image_files
from stylegan.packs import SUFFIX, save_pack
from stylegan.transfer import StyleTransfer

content_option = click.option(
    "--content", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of photos."
)
styles_option = click.option(
    "--styles",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of paintings; the built-in styles are found in it by file name.",
)
perceptual_option = click.option(
    "--perceptual",
    default="lens",
    show_default=True,
    metavar="lens|vgg19|FILE",
    help="What the losses look through; vgg19 needs torchvision and a download.",
)


@cli.command(cls=UserCommand)
@content_option
@styles_option
@click.option(
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for training state, log, samples and the finished generator. Run again to resume.",
)
@click.option("--minutes", default=20.0, show_default=True, help="Time budget, earlier runs in this folder included.")
@perceptual_option
@loss_options
@click.option("--content-weight", default=0.1, show_default=True)
@click.option("--adversarial-weight", default=0.01, show_default=True)
@click.option("--builtin-share", default=0.65, show_default=True, help="Part of the samples in built-in styles.")
@click.option("--crop", default=192, show_default=True, help="Size of the training crops in pixels.")
@click.option("--batch", default=4, show_default=True, help="Samples per step, a multiple of 4 for each process.")
@click.option("--one-photo", is_flag=True, help="Pool style statistics over crops of one photo, not of several.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--base",
    type=click.Path(exists=True, path_type=Path),
    help="Folder with a generator and a discriminator to start from, such as checkpoints/.",
)
def train(content: Path, styles: Path, output: Path, perceptual: str, base: Path | None, **settings: object) -> None:
    """Train the base generator on folders of photos and paintings.

    On several GPUs: accelerate launch -m stylegan train ...
    """
    # accelerate takes seconds to import; painting needs none of it
    from stylegan.pretrain import export, present_styles, pretraining
    from stylegan.records import TrainingError
    from stylegan.trainer import TrainConfig

    try:
        trainer = pretraining(content, styles, output, TrainConfig(**settings), BUILTIN_STYLES, perceptual, base)
        if trainer.resume():
            click.echo(f"Resuming after {trainer.step} steps and {trainer.elapsed / 60:.1f} minutes.")
        with click.progressbar(length=100, label="Training") as bar:
            for progress in trainer.run():
                done = min(100, int(100 * progress.seconds / (60 * trainer.config.minutes)))
                bar.update(done - bar.pos)
    except (TrainingError, ValueError, FileNotFoundError) as error:
        raise Mistake(str(error)) from None
    if trainer.accelerator.is_main_process:
        facts = {"photos": len(trainer.content), "paintings": len(trainer.sampler.styles), "lens": perceptual}
        path = export(trainer, present_styles(BUILTIN_STYLES, styles), facts)
        click.echo(f"Wrote {path} after {trainer.step} steps.")


@cli.command(cls=UserCommand)
@click.argument("names", nargs=-1, metavar="[NAME...]")
@content_option
@styles_option
@click.option("--steps", default=110, show_default=True, type=click.IntRange(1), help="For each style.")
@perceptual_option
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Another generator than the shipped one.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Folder for the style packs. Default: {PACK_FOLDER}/ beside the generator, where they are used at once.",
)
def refine(
    names: tuple[str, ...],
    content: Path,
    styles: Path,
    steps: int,
    perceptual: str,
    checkpoint: Path | None,
    output: Path | None,
) -> None:
    """Teach built-in styles further, each by itself: those named, or all whose painting is there.

    Stopped half-way, the same command goes on where it was: a style whose pack is in the folder for the packs already
    is left as it is. With another folder than the default, a style goes on from the pack that the generator has of it.
    """
    # accelerate takes seconds to import; painting needs none of it
    from stylegan.data import load_uint8
    from stylegan.perceptual import load_perceptual
    from stylegan.pretrain import CONTENT_SHORT_SIDE, present_styles
    from stylegan.records import TrainingError
    from stylegan.refine import known_of
    from stylegan.refine import refine as refine_style

    transfer = StyleTransfer.from_pretrained(checkpoint or SHIPPED)
    base = transfer.checkpoint
    if unknown := set(names) - base.styles.keys():
        raise Mistake(f"there is no built-in style called {', '.join(sorted(unknown))}.")
    output = output or base.folder / PACK_FOLDER
    asked = tuple(base.styles[name] for name in names or base.styles)
    present = present_styles(asked, styles)
    if len(present) < len(asked) and (names or not present):
        missing = [style.source for style in asked if style not in present]
        raise Mistake(f"not in {styles}: {', '.join(missing)}.")
    wanted = [style for style in present if not (output / f"{style.name}{SUFFIX}").exists()]

    def learnt_for(style: StyleInfo) -> int:
        return known_of(base, style).facts.steps

    try:
        network = load_perceptual(perceptual)
        photos = [load_uint8(file, CONTENT_SHORT_SIDE) for file in image_files(content)]
        paintings = {file.stem: file for file in image_files(styles)}
        for _, equals in groupby(sorted(wanted, key=learnt_for), learnt_for):
            seen_photos = {}  # of no use to those that were learnt for longer or shorter: they practise on other crops
            for style in equals:
                folder = output / f".{style.name}.training"
                with click.progressbar(length=steps, label=style.title) as bar:
                    pack = refine_style(
                        base, style, paintings[style.source], photos, network, folder, steps, transfer.device,
                        seen_photos, observe=lambda progress: bar.update(progress.step - bar.pos),
                    )  # fmt: skip
                save_pack(output / f"{style.name}{SUFFIX}", pack)
                shutil.rmtree(folder)
    except (TrainingError, ValueError, OSError, ImportError) as error:
        raise Mistake(str(error)) from None
    click.echo(f"Style packs written to {output}: {len(wanted)}.")


@cli.command(cls=UserCommand)
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
@click.option(
    "--painter",
    type=click.Path(exists=True, path_type=Path),
    help="Folder with a generator whose paintings the lens should see, too.",
)
def distill(
    teacher: Path, content: Path, styles: Path, output: Path, minutes: float, base: Path | None, painter: Path | None
) -> None:
    """Distil the lens, the compact perceptual network, from VGG-19."""
    import logging

    from stylegan import distill as distillation

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    checkpoint = load_checkpoint(painter) if painter else None
    distillation.distill(teacher, content, styles, output, minutes, base, checkpoint)
