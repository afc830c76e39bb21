"""What was measured, as JSON for programs, Markdown for texts, and one HTML file that opens in any browser."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader

from stylegan.evaluation.bootstrap import Estimate
from stylegan.evaluation.measures import MEASURES, Measure
from stylegan.evaluation.plot import plots
from stylegan.evaluation.run import Evaluation
from stylegan.formats.safe_write import replacing
from stylegan.images import load_image

THUMBNAIL, TINY = 240, 72  # px, long side of a picture in the report and in its table
ARROWS = {"lower": "↓", "higher": "↑", "": ""}  # which way is better
CAVEAT = (
    "Generators are trained through the lens and please it where it errs: compare generators through VGG-19 "
    "(--perceptual vgg19, or a file of its weights), and one generator's settings through the lens."
)


def write_report(evaluation: Evaluation) -> list[Path]:
    """Write evaluation.json, evaluation.md and evaluation.html into the report's folder; returns their paths.

    Raises:
        OSError: the disk refuses one of them.
    """
    texts = {"json": as_json(evaluation), "md": as_markdown(evaluation), "html": as_html(evaluation)}
    paths = [evaluation.folder / f"evaluation.{suffix}" for suffix in texts]
    for path, text in zip(paths, texts.values()):
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8")
    return paths


def as_json(evaluation: Evaluation) -> str:
    """Everything: the network and the size, means, intervals, differences, each painting, and broken pictures."""
    estimates: dict[str, Callable] = {"summary": evaluation.summary, "differences": evaluation.differences}
    means = {
        key: {system: {name: asdict(one) for name, one in of.items()} for system, of in function().items()}
        for key, function in estimates.items()
    }
    pairs = [
        {"system": row.system, "photo": row.pair.photo.name, "style": row.pair.style.name} | row.values
        for row in evaluation.rows
    ]
    facts = {"network": evaluation.judge.name, "network_sha256": evaluation.judge.digest, "pixels": evaluation.pixels}
    facts |= {"generator_sha256": evaluation.generator} if evaluation.generator else {}
    return json.dumps(facts | means | {"pairs": pairs, "broken": list(evaluation.broken)}, indent=1, ensure_ascii=False)


def as_markdown(evaluation: Evaluation) -> str:
    """Means with their intervals, a row for each measure and a column for each system."""
    head, *rows = summary_table(evaluation)
    lines = [" | ".join(["", *head, ""]).strip(), "|" + "---|" * len(head)]
    lines += [" | ".join(["", *row, ""]).strip() for row in rows]
    parts = ["# Evaluation", seen_through(evaluation), "\n".join(lines), notes(evaluation)]
    if evaluation.broken:
        parts.append("Left out:\n\n" + "\n".join(f"- {reason}" for reason in evaluation.broken))
    return "\n\n".join(parts) + "\n"


def seen_through(evaluation: Evaluation) -> str:
    """Which network looked, at which size, in a sentence."""
    network = "VGG-19" if evaluation.judge.name == "VGG-19" else "Atelier's own lens, which is distilled from VGG-19"
    return f"Seen through {network}, at {evaluation.pixels} px on the short side."


def notes(evaluation: Evaluation) -> str:
    """How to read the table."""
    text = (
        "↓ lower, ↑ higher is better. In brackets: 95 % intervals, bootstrapped over photos and styles. near, cover, "
        "patch and layout rank as the eye does; a generator is easily trained to please the others."
    )
    if evaluation.differences():
        text += " “−” columns: the difference on the pairs that both have; * where its interval leaves out 0."
    return text if evaluation.judge.name == "VGG-19" else f"{text} {CAVEAT}"


def summary_table(evaluation: Evaluation) -> list[list[str]]:
    """Cells of the table of means, the head first."""
    summary, differences = evaluation.summary(), evaluation.differences()
    first = next(iter(summary))
    counts = {system: sum(row.system == system for row in evaluation.rows) for system in summary}
    head = ["", *(f"{system} ({counts[system]})" for system in summary), *(f"{name} − {first}" for name in differences)]
    table = [head]
    for measure in MEASURES:
        if any(measure.name in estimates for estimates in summary.values()):
            cells = [_cell(measure, estimates.get(measure.name)) for estimates in summary.values()]
            cells += [_cell(measure, estimates.get(measure.name), signed=True) for estimates in differences.values()]
            table.append([f"{measure.name} {ARROWS[measure.better]}".strip(), *cells])
    return table


def _cell(measure: Measure, estimate: Estimate | None, signed: bool = False) -> str:
    if estimate is None:
        return "–"
    form = f"{{:{'+' if signed else ''}.{measure.digits}f}}"
    if estimate.low is None or estimate.high is None:
        return form.format(estimate.mean)
    mark = "*" if signed and not estimate.low <= 0 <= estimate.high else ""
    return f"{form.format(estimate.mean)}{mark} [{form.format(estimate.low)}, {form.format(estimate.high)}]"


def as_html(evaluation: Evaluation) -> str:
    """One file with all pictures, plots and scripts in it; it needs no network."""
    environment = Environment(loader=PackageLoader("stylegan.evaluation", ""), autoescape=True, trim_blocks=True)
    environment.filters["thumbnail"] = cache(thumbnail)
    head, *rows = summary_table(evaluation)
    by_pair: dict = {}
    for row in evaluation.rows:
        by_pair.setdefault(row.pair, []).append(row)
    return environment.get_template("report.html").render(
        evaluation=evaluation,
        seen_through=seen_through(evaluation),
        notes=notes(evaluation),
        head=head,
        rows=rows,
        measures=MEASURES,
        tiny=TINY,
        arrows=ARROWS,
        plots=plots(evaluation.summary()),
        by_pair=by_pair,
    )


def thumbnail(path: Path, side: int = THUMBNAIL) -> str:
    """A small copy of a picture as a data URI."""
    picture = load_image(path)
    picture.thumbnail((side, side))
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
