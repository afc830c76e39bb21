"""What an ablation found: JSON, a Markdown table, curves as SVG, and one contact sheet."""

import json
from dataclasses import asdict
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from stylegan.ablation.curves import draw_curves
from stylegan.ablation.grid import BASELINE
from stylegan.ablation.measure import COMPARED
from stylegan.ablation.run import Ablation, Run
from stylegan.ablation.statistics import CURVES, change, curve, means, results
from stylegan.formats.safe_write import replacing
from stylegan.images import load_image

CELL, LABEL, GAP = (192, 128), 150, 3  # px: of a painting on the sheet, of its row's name, between them
ARROWS = {"lower": "↓", "higher": "↑", "": ""}


def write_report(ablation: Ablation) -> list[Path]:
    """Write ablation.json, .md, .svg and .jpg into the folder; every run has its result."""
    paths = [ablation.folder / f"ablation.{suffix}" for suffix in ("json", "md", "svg", "jpg")]
    for path, text in zip(paths, (as_json(ablation), as_markdown(ablation), draw_curves(_curves(ablation)))):
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8")
    with replacing(paths[-1]) as partial:
        sheet(ablation).save(partial, format="JPEG", quality=80)
    return paths


def as_json(ablation: Ablation) -> str:
    """Every run, the means over seeds, and the differences from the baseline."""
    found = results(ablation)
    summary = {
        name: {
            measure.name: {
                "mean": asdict(means(of, measure.name)),
                "change": asdict(change(of, found[BASELINE.name], measure.name)),
            }
            for measure in COMPARED
        }
        for name, of in found.items()
    }
    runs = [result for of in found.values() for result in of.values()]
    return json.dumps(ablation.plan | {"summary": summary, "runs": runs}, indent=1, ensure_ascii=False)


def as_markdown(ablation: Ablation) -> str:
    """A row for each variant; bold: the best mean of its column; a star: other than the baseline beyond chance."""
    found = results(ablation)
    competing = [run.variant.name for run in ablation.runs if not run.variant.changes]
    best = {}
    for measure in COMPARED:
        choose = min if measure.better == "lower" else max  # takes of a collapsed decoder do not differ
        best[measure.name] = choose(competing, key=lambda name, of=measure.name: means(found[name], of).mean)
    lines = ["| | " + " | ".join(f"{m.name} {ARROWS[m.better]}".strip() for m in COMPARED) + " | remarks |"]
    lines.append("|" + "---|" * (len(COMPARED) + 2))
    for name, of in found.items():
        cells = []
        for measure in COMPARED:
            mean, moved = means(of, measure.name), change(of, found[BASELINE.name], measure.name)
            text = f"{mean.mean:.3f}" + (f" ± {mean.half:.3f}" if mean.half is not None else "")
            text = f"**{text}**" if best[measure.name] == name else text
            cells.append(text + ("*" if moved.excludes_zero else ""))
        remarks = "; ".join(sorted({result["stopped"] for result in of.values() if result["stopped"]}))
        lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + f" | {remarks} |")
    seeds = len(found[BASELINE.name])
    notes = (
        f"Means over {seeds} seeds ± half the 95 % interval (Student's t). Bold: the best of its column. "
        "*: the difference from the baseline, seed by seed, leaves out 0."
    )
    return "\n".join(lines) + f"\n\n{notes}\n"


def sheet(ablation: Ablation) -> Image.Image:
    """Photos and styles on top, then what each variant painted after its first training."""
    pairs = [one.pair for one in ablation.bench.held_out]
    rows: list[tuple[str, list[Path]]] = [("photo", [p.photo for p in pairs]), ("style", [p.style for p in pairs])]
    for run in ablation.runs:
        if run.seed == 0:
            folder = ablation.folder_of(run)
            rows.append((run.variant.name.replace("_", "\n", 1), [folder / f"{pair.name}.png" for pair in pairs]))
    (width, height), count = CELL, len(pairs)
    page = Image.new("RGB", (LABEL + count * (width + GAP), len(rows) * (height + GAP)), "white")
    draw = ImageDraw.Draw(page)
    for y, (label, files) in enumerate(rows):
        draw.text((8, y * (height + GAP) + 10), label, "black", font_size=16)
        for x, file in enumerate(files):
            picture = ImageOps.fit(load_image(file), CELL, Image.Resampling.LANCZOS)
            page.paste(picture, (LABEL + x * (width + GAP), y * (height + GAP)))
    return page


def _curves(ablation: Ablation) -> dict[str, dict[str, dict[str, list[tuple[float, float]]]]]:
    """Curves by factor, column and variant; the baseline is in every factor's."""
    by_variant: dict[str, list[Run]] = {}
    for run in ablation.runs:
        by_variant.setdefault(run.variant.name, []).append(run)
    groups: dict[str, list[str]] = {}
    for name, runs in by_variant.items():
        if name != BASELINE.name:
            groups.setdefault("failures" if runs[0].variant.changes else name.partition("_")[0], []).append(name)
    return {
        factor: {
            column: {name: curve(ablation, by_variant[name], column) for name in (BASELINE.name, *names)}
            for column in CURVES
        }
        for factor, names in groups.items()
    }
