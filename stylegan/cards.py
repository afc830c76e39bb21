"""Model cards of generators and of style packs, as the Hugging Face Hub shows them."""

import json
from pathlib import Path

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from stylegan.checkpoints import Checkpoint
from stylegan.packs import StylePack

LIBRARY = "stylegan"
PREVIEW_FILE = "preview.jpg"
EVALUATION_FILE = "evaluation.json"  # beside a checkpoint: figures that were measured of it
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

A style-conditioned GAN that paints photos in {{ styles | length }} built-in styles, in the style of any picture, or in
a style that it was taught from a few pictures. It runs on two CPU cores.

![A photo in the built-in styles]({{ preview }})

```python
from stylegan import StyleTransfer

transfer = StyleTransfer.from_pretrained("{{ name }}")
transfer.stylize("photo.jpg", style="{{ styles[0].name }}").save("painting.png")
```

It knows nothing of what it paints: faces can lose their likeness.

## Styles

| name | painting |
|---|---|
{% for style in styles -%}
| `{{ style.name }}` | {{ style.artist }}, {{ style.title }}, {{ style.year }} |
{% endfor %}
## Its last training run

| | |
|---|---|
{% for label, value in training -%}
| {{ label }} | {{ value }} |
{% endfor %}
## Files

| file | SHA-256 |
|---|---|
{% for file, digest in files -%}
| `{{ file }}` | `{{ digest }}` |
{% endfor %}
Only safetensors: loading runs no code. A style pack fits the generator whose SHA-256 it names, and no other.
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
In the app: Stylize, "Add a style from the Hub", `{{ name }}`. Or:

```bash
hf download {{ name }} {{ file }} --local-dir .
python -m stylegan stylize photo.jpg --style {{ file }} --output painting.png
```

| | |
|---|---|
| learnt from | {{ facts.pictures }} picture{{ "" if facts.pictures == 1 else "s" }} in {{ facts.steps }} steps |
| date | {{ facts.created }} |
{% if facts.objective -%}
| losses | {{ facts.objective }} |
{% endif -%}
{% for label, value in facts.distances.items() -%}
| {{ label }} distance of a sample photo painted in it | {{ value }} |
{% endfor -%}
| licence | {{ license }} |
| fits the generator with SHA-256 | `{{ base }}` |

It is a safetensors file: loading it runs no code.
"""


def generator_card(checkpoint: Checkpoint, name: str, files: dict[str, str]) -> ModelCard:
    """The card of a generator; files: names and SHA-256."""
    data = ModelCardData(
        license="apache-2.0",
        library_name=LIBRARY,
        pipeline_tag="image-to-image",
        tags=["style-transfer", "gan", "painting", "art", "atelier"],
        widget=[{"text": "A photo in the built-in styles", "output": {"url": PREVIEW_FILE}}],
        model_name=name,
        eval_results=evaluation(checkpoint) or None,
    )
    return ModelCard.from_template(
        data,
        template_str=GENERATOR_CARD,
        name=name,
        styles=list(checkpoint.styles.values()),
        preview=PREVIEW_FILE,
        training=training_facts(checkpoint),
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
        license=pack.facts.license or license,
        base=pack.base,
        preview=preview,
    )


def evaluation(checkpoint: Checkpoint) -> list[EvalResult]:
    """What was measured of a checkpoint, as far as it is known: figures of another file of weights do not count."""
    path = checkpoint.folder / EVALUATION_FILE
    if not path.is_file():
        return []
    known = json.loads(path.read_text(encoding="utf-8"))
    if known["sha256"] != checkpoint.digest:
        return []
    return [
        EvalResult(
            task_type="image-to-image",
            dataset_type=known["dataset"]["type"],
            dataset_name=known["dataset"]["name"],
            metric_type=metric["type"],
            metric_name=metric["name"],
            metric_value=metric["value"],
        )
        for metric in known["metrics"]
    ]


def training_facts(checkpoint: Checkpoint) -> list[tuple[str, str]]:
    """A generator's last training run, as label and text; what its file does not tell is left out."""
    training, config = checkpoint.training, checkpoint.training.get("config", {})
    losses = [config.get(f"{kind}_loss") for kind in ("content", "style", "adversarial")]
    facts = {
        "date": training.get("date"),
        "steps": _number(training.get("steps")),
        "samples": _number(training.get("samples")),
        "minutes": _number(training.get("minutes")),
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
    """As README.md."""
    (folder / "README.md").write_text(str(card), encoding="utf-8")
