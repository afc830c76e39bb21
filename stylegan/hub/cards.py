"""Model cards of generators and of style packs, as the Hugging Face Hub shows them."""

import json
from dataclasses import fields
from pathlib import Path

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from stylegan.formats.checkpoint import Checkpoint
from stylegan.formats.style_pack import StylePack
from stylegan.training.config import FORMER_NAMES, TrainConfig

LIBRARY = "stylegan"
PREVIEW_FILE = "preview.jpg"
EVALUATION_FILE = "evaluation.json"  # beside a checkpoint: figures that were measured of it
MEASURES = ("near", "cover", "patch", "layout")  # see ``stylegan.evaluation.distances``
LICENSES = {
    "CC0 1.0 (no conditions)": "cc0-1.0",
    "CC BY 4.0 (name the author)": "cc-by-4.0",
    "CC BY-SA 4.0 (name the author, share alike)": "cc-by-sa-4.0",
    "CC BY-NC 4.0 (name the author, not for sale)": "cc-by-nc-4.0",
    "Apache 2.0": "apache-2.0",
    "Other": "other",
}

GENERATOR_CARD = """---
{{ card_data }}
---

# {{ name }}

*Match and paint*: a generator that paints photos in the style of any picture, at once and without training, in
{{ styles | length }} built-in styles, or in a style that it was taught from a few pictures. It runs on two CPU cores.
{% if preview %}
![A photo in the built-in styles]({{ preview }})
{% endif %}
```python
from stylegan import StyleTransfer

transfer = StyleTransfer.from_pretrained({{ source }})
transfer.stylize("photo.jpg", style="{{ example }}").save("painting.png")
transfer.stylize("photo.jpg", style="any_picture.jpg").save("another.png")
```

## What it is

G(x, z | s) = Decoder(match(features(x), memory of s)), from coarse to fine. A *style memory* holds what a frozen
perceptual network (the *lens*, distilled from VGG-19) sees in every bit of a picture, at four scales. Each place of the
photo x finds the most similar place of the style s; the decoder paints what was found. The noise z moves the choice, so
that takes differ in composition. A *key encoder*, trained to see what the lens sees, finds places in a fraction of its
time. Only the decoder, {{ parameters }} weights, is trained against a patch discriminator.

## How it was trained

```bash
{{ command }}
```

Half of each batch rebuilds crops of photos and paintings from their features; the other half paints photos with the
memory of a painting, and the discriminator is told the style it should be.

| | |
|---|---|
{% for label, value in training -%}
| {{ label }} | {{ value }} |
{% endfor %}
None of the training pictures is part of the files here. The memories of the built-in styles were read from paintings in
the public domain.
{% if figures %}
## How good it is

{{ dataset }}, through VGG-19, which it was not trained on. Lower is better. *near*: is each bit of the painting one
that the painter could have painted? *cover*: is all that the style has used? *patch*: distance of the distributions of
small patches of pixels. *layout*: is the scene still there? Printed by `python -m stylegan evaluate --content PHOTOS/
--style PAINTINGS/ --pairs HELD_OUT.csv --perceptual vgg19 --paint --outputs NAME=PEER/`, and put here by
`python -m benchmarks.card --evaluation`.

| | near | cover | patch | layout |
|---|---|---|---|---|
{% for label, values in figures -%}
| {{ label }} | {{ values | join(" | ") }} |
{% endfor %}{% endif %}
## Limits

- It knows nothing of what it paints. Faces are found and kept more closely; full profiles, hands and small animals
  can lose their likeness. A lower strength is kinder.
- Styles of clean line and flat shape come out rougher than they are.
- The style is what stands in the picture: a picture of one colour gives little to paint with.
- Strokes are as fine as cells of 4 × 4 px let them be; over 1024 px on the short side they grow with the picture.

## Styles

| name | painting |
|---|---|
{% for style in styles -%}
| `{{ style.name }}` | {{ style.artist }}, {{ style.title }}, {{ style.year }} |
{% endfor %}
## Files

| file | SHA-256 |
|---|---|
{% for file, digest in files -%}
| `{{ file }}` | `{{ digest }}` |
{% endfor %}
Only safetensors: loading runs no code. A style pack, those of the built-in styles included, fits the generator whose
SHA-256 it names, and no other. Checkpoints of the formats 1 and 2, and their packs, were made with an earlier
Atelier and do not fit.
"""

STYLE_CARD = """---
{{ card_data }}
---

# {{ title }}

A style for [Atelier]({{ link }}), which turns photos into paintings.
{% if preview %}
![A photo in this style]({{ preview }})
{% endif %}{% if description %}
{{ description }}
{% endif %}
The app adds it by its name on the Hub, `{{ name }}`. Or:

```bash
hf download {{ name }} {{ file }} --local-dir .
python -m stylegan stylize photo.jpg --style {{ file }} --output painting.png
```

| | |
|---|---|
| made from | {{ facts.pictures }} picture{{ "" if facts.pictures == 1 else "s" }}, {{ learnt }} |
| date | {{ facts.created }} |
{% if facts.objective -%}
| losses | {{ facts.objective }} |
{% endif -%}
{% for label, value in facts.distances.items() -%}
| {{ label }}, of a sample photo painted in it | {{ value }} |
{% endfor -%}
| licence | {{ license }} |
| fits the generator with SHA-256 | `{{ base }}` |

It is a safetensors file: loading it runs no code.
"""


def generator_card(
    checkpoint: Checkpoint, name: str, files: dict[str, str], preview: str | None = PREVIEW_FILE, local: bool = False
) -> ModelCard:
    """The card of a generator.

    files: names and SHA-256. local: it lies beside the code and is no repository on the Hub.
    """
    data = ModelCardData(
        license="apache-2.0",
        library_name=LIBRARY,
        pipeline_tag="image-to-image",
        tags=["style-transfer", "gan", "painting", "art", "atelier"],
        widget=[{"text": "A photo in the built-in styles", "output": {"url": preview}}] if preview else None,
        model_name=name,
        eval_results=evaluation(checkpoint) or None,
    )
    known = _known_figures(checkpoint)
    parameters = sum(parameter.numel() for parameter in checkpoint.generator.decoder.parameters())
    return ModelCard.from_template(
        data,
        template_str=GENERATOR_CARD,
        name=name,
        source="" if local else f'"{name}"',
        styles=list(checkpoint.styles.values()),
        example=next(iter(checkpoint.styles), "any_picture.jpg"),
        preview=preview,
        parameters=f"{parameters / 1e6:.2f} million",
        command=training_command(checkpoint),
        training=training_facts(checkpoint),
        dataset=_dataset(known).capitalize() if known else "",
        figures=_table(known),
        files=list(files.items()),
    )


def style_card(
    pack: StylePack, name: str, file: str, license: str, description: str, base_model: str, preview: str | None
) -> ModelCard:
    """The card of a style pack; base_model: owner/name of its generator, empty where that is not on the Hub."""
    data = ModelCardData(
        license=license,
        library_name=LIBRARY,
        pipeline_tag="image-to-image",
        tags=["style-transfer", "gan", "painting", "art", "atelier-style"],
        base_model=base_model or None,
    )
    return ModelCard.from_template(
        data,
        template_str=STYLE_CARD,
        title=pack.name,
        name=name,
        file=file,
        link=f"https://huggingface.co/{base_model}" if base_model else "https://huggingface.co/models?other=atelier",
        description=description,
        facts=pack.facts,
        learnt=f"learnt in {pack.facts.steps} steps" if pack.facts.steps else "remembered, nothing learnt",
        license=pack.facts.license or license,
        base=pack.base,
        preview=preview,
    )


def _known_figures(checkpoint: Checkpoint) -> dict:
    """``evaluation.json``; empty where there is none, or where its figures are of other weights."""
    path = checkpoint.folder / EVALUATION_FILE
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return known if known.get("sha256") == checkpoint.digest else {}


def _dataset(known: dict) -> str:
    return f"{known['pairs']} held-out pairs of photo and painting, {known['pixels']} px"


def _table(known: dict) -> list[tuple[str, list[str]]]:
    """Rows of the comparison with peers: this generator first."""
    rows = {"this generator": known} | known["peers"] if known else {}
    return [(label, [f"{row[name]:.3f}" if name in row else "" for name in MEASURES]) for label, row in rows.items()]


def evaluation(checkpoint: Checkpoint) -> list[EvalResult]:
    """The figures that were measured of a checkpoint, if there are any."""
    known = _known_figures(checkpoint)
    return [
        EvalResult(
            task_type="image-to-image",
            dataset_type="photos-and-paintings",
            dataset_name=_dataset(known),
            metric_type=name,
            metric_name=f"{name} (lower is better)",
            metric_value=known[name],
        )
        for name in MEASURES
        if name in known
    ]


def training_command(checkpoint: Checkpoint) -> str:
    """The command that trains such a generator: its time budget, and the options that differ from the defaults."""
    stored = checkpoint.training.get("config", {})
    config = {FORMER_NAMES.get(name, name): value for name, value in stored.items()}
    lines = ["python -m stylegan train --content PHOTOS/ --styles PAINTINGS/ --output runs/base"]
    lines.append(f"--minutes {_number(checkpoint.training.get('minutes')) or 'MINUTES'}".replace(",", ""))
    for option in fields(TrainConfig):
        value = config.get(option.name, option.default)
        value = tuple(value) if isinstance(value, list) else value
        if value != option.default and option.name not in ("minutes", "steps"):
            lines.append(_as_option(option.name.replace("_", "-"), value))
    return " \\\n  ".join(lines)


def _as_option(name: str, value: object) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return " ".join([f"--{name}", *map(str, value if isinstance(value, tuple) else (value,))])


def training_facts(checkpoint: Checkpoint) -> list[tuple[str, str]]:
    """How a generator was trained, as label and text; facts that are not in its file are left out."""
    training, config = checkpoint.training, checkpoint.training.get("config", {})
    losses = [config.get(f"{kind}_loss") for kind in ("content", "style", "adversarial")]
    minutes = training.get("minutes")
    facts = {
        "date": training.get("date"),
        "steps": _number(training.get("steps")),
        "samples": _number(training.get("samples")),
        "hours": f"{minutes / 60:,.1f}" if isinstance(minutes, int | float) else None,
        "photos": _number(training.get("photos")),
        "paintings": _number(training.get("paintings")),
        "losses": ", ".join(map(str, losses)) if all(losses) else None,
    }
    return [(label, value) for label, value in facts.items() if value]


def _number(value: object) -> str | None:
    return f"{value:,.0f}" if isinstance(value, int | float) else None


def license_id(text: str) -> str:
    """The Hub's name of a licence that an owner wrote down in any way; "other" where it is none of the known."""
    plain = "-".join(text.lower().split())
    return plain if plain in LICENSES.values() else "other"


def write_card(card: ModelCard, folder: Path) -> None:
    """Write a card as the README.md of a folder."""
    (folder / "README.md").write_text(str(card), encoding="utf-8")
