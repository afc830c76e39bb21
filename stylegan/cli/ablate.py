"""The losses lab on the command line."""

from dataclasses import replace
from pathlib import Path

import click

from stylegan.cli.common import Mistake, UserCommand
from stylegan.evaluation.judge import Judge
from stylegan.settings import MAX_SIDE
from stylegan.training.config import TrainConfig

MAX_CROP, MAX_BATCH = 256, 64  # a photo is read at 288 px; more samples take more memory than most machines have
NO_LIMIT = 1e9  # minutes: a run is as long as its steps, however busy the machine is
BASE = TrainConfig(
    minutes=NO_LIMIT,
    crop=64,
    rows=1024,
    content_weight=0.2,  # ten times that of a long training: else no measure would tell content losses apart
    warmup_steps=20,
)
folder_option = click.Path(file_okay=False, path_type=Path)


@click.command(cls=UserCommand)
@click.option("--content", required=True, type=folder_option, help="Folder of photos.")
@click.option("--styles", required=True, type=folder_option, help="Folder of paintings.")
@click.option(
    "--output",
    required=True,
    type=folder_option,
    help="Folder of what is written. Run again to resume, or to add runs.",
)
@click.option(
    "--exclude",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file with a photo and a painting in each row, by name without suffix: they are what is measured, and no "
    "training sees them. Default: the last pictures of both folders.",
)
@click.option("--full", is_flag=True, help="The whole grid instead of one factor at a time.")
@click.option("--failures", is_flag=True, help="Also provoke mode collapse, and a discriminator that runs ahead.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1, 100), help="Runs of each variant.")
@click.option("--steps", default=250, show_default=True, type=click.IntRange(1), help="Training steps of each run.")
@click.option("--start-steps", default=400, show_default=True, type=click.IntRange(1), help="Of the start all share.")
@click.option("--minutes", default=60.0, show_default=True, type=click.FloatRange(0, min_open=True), help="At most.")
@click.option("--paintings", default=32, show_default=True, type=click.IntRange(1), help="To train on, at most.")
@click.option("--pairs", default=4, show_default=True, type=click.IntRange(1), help="Held-out pairs to measure.")
@click.option(
    "--crop", default=BASE.crop, show_default=True, type=click.IntRange(64, MAX_CROP), help="Side of crops in pixels."
)
@click.option(
    "--batch", default=BASE.batch, show_default=True, type=click.IntRange(2, MAX_BATCH), help="Samples per step."
)
@click.option(
    "--size", default=256, show_default=True, type=click.IntRange(64, MAX_SIDE), help="Short side at which is measured."
)
@click.option(
    "--perceptual", default="lens", show_default=True, help="What looks: lens, vgg19 (with torchvision), or a file."
)
def ablate(
    content: Path,
    styles: Path,
    output: Path,
    exclude: Path | None,
    full: bool,
    failures: bool,
    seeds: int,
    steps: int,
    start_steps: int,
    minutes: float,
    paintings: int,
    pairs: int,
    crop: int,
    batch: int,
    size: int,
    perceptual: str,
) -> None:
    """Compare losses: short trainings that differ in one loss, on the same pictures, seeds and steps.

    \b
    Writes ablation.json, ablation.md, ablation.svg and ablation.jpg. To spread the runs:
      accelerate launch -m stylegan ablate ...
    """
    # accelerate takes seconds to import; painting needs none of it
    from stylegan.ablation import grid, run
    from stylegan.ablation.bench import find_pairs, load_bench
    from stylegan.ablation.report import write_report

    share = run.own_share()
    try:
        config = replace(BASE, crop=crop, batch=batch, steps=steps)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    held_out, unseen = find_pairs(content, styles, exclude, pairs)
    judge = Judge(perceptual)
    variants = grid.full_grid() if full else grid.one_at_a_time()
    runs = run.all_runs(variants, grid.FAILURES if failures else (), seeds)
    bench = load_bench(content, styles, held_out, unseen, paintings, size, config)
    ablation = run.Ablation(bench, judge, output, runs, config, start_steps, size)
    needed = ablation.seconds() / 60 / share[1]
    if needed > minutes:
        raise Mistake(
            f"{len(ablation.missing())} runs would take about {needed:.1f} minutes, and --minutes allows {minutes:g}: "
            "allow more, or take fewer --steps or --seeds."
        )
    try:
        with click.progressbar(
            length=1000, label="Training", item_show_func=lambda name: str(name) if name else None
        ) as bar:
            for event in ablation.run(share):
                bar.update(int(1000 * event.done) - bar.pos, event.doing)
        if not ablation.missing():
            click.echo(f"Wrote {', '.join(map(str, write_report(ablation)))}.")
    except OSError as error:
        raise Mistake(f"cannot write {output}: {error.strerror}.") from None
