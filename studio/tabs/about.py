"""The About tab: how a painting is made, after whom, and by which generator."""

from pathlib import Path

import gradio as gr

from studio.settings import address
from studio.web.guard import keep_open
from studio.web.messages import escape_markdown
from stylegan import Checkpoint, __version__
from stylegan.formats.checkpoint import SHIPPED
from stylegan.hub.cards import training_facts

HUB = "https://huggingface.co"
ASSETS = Path(__file__).parents[1] / "assets"  # drawn by benchmarks/how_it_works.py
INTRO = """## How Atelier paints
Nothing is sent away: your photos are painted on the machine that runs this page.
"""
STEPS = (  # what is said under each of the three pictures
    "### 1. It looks closely at a painting\n"
    "A painting is taken apart into thousands of small bits. Here are six of them.",
    "### 2. It finds the right bit for every place\n"
    "Every place of the photo gets the bit that is most like it. On the right they lie side by side; the six have gone "
    "to the frames of their colour.",
    "### 3. It paints them into one picture\n"
    "A small network that has learnt to paint turns the loose bits into strokes without seams, and draws the photo's "
    "eyes and outlines again.",
)
SHOWN = "*Vincent van Gogh, Wheat Field with Cypresses, 1889, in the public domain; the cat is a sample photo.*"
LINKS = """
For programs and assistants: [the API page](?view=api).
"""


def build_about(checkpoint: Checkpoint) -> None:
    """Lay out the tab inside the current Blocks."""
    gr.Markdown(INTRO)
    with gr.Row(elem_id="how"):
        for number, step in enumerate(STEPS, start=1):
            path = ASSETS / f"how_{number}.jpg"
            keep_open([path])
            gr.set_static_paths([path])
            with gr.Column(min_width=260):
                gr.Image(
                    str(path), type="filepath", show_label=False, container=False, interactive=False, buttons=[],
                    height=260, elem_id=f"how-{number}",
                )  # fmt: skip
                gr.Markdown(step)
    gr.Markdown(SHOWN)
    gr.Markdown(artists_text(checkpoint), elem_id="artists")
    with gr.Accordion("Version, fingerprint, training", open=False, elem_id="versions"):
        gr.Markdown(about_text(checkpoint))
    gr.Markdown(LINKS, elem_id="about")


def artists_text(checkpoint: Checkpoint) -> str:
    """Whose paintings the built-in styles were read from, and what anybody may do with it all."""
    works: dict[str, list[str]] = {}
    for style in checkpoint.styles.values():
        works.setdefault(style.artist, []).append(f"{escape_markdown(style.title)} ({style.year})")
    listed = "".join(f"- **{escape_markdown(artist)}:** {', '.join(titles)}\n" for artist, titles in works.items())
    return f"""## The painters
{listed}
All of these paintings are in the public domain. Atelier itself, code and weights, is free under the Apache License 2.0.
What you paint is yours; a style that somebody else has taught says in its file what its maker allows.
"""


def about_text(checkpoint: Checkpoint) -> str:
    """Which generator paints here, where it comes from and how it was trained, in Markdown."""
    training = [f"{label} {value}" for label, value in training_facts(checkpoint)]
    groups = [checkpoint.digest[i : i + 16] for i in range(0, len(checkpoint.digest), 16)]  # so that it can wrap
    facts = [
        ("Generator", _source(checkpoint)),
        ("Fingerprint (SHA-256)", " ".join(f"`{group}`" for group in groups)),
        ("Built-in styles", str(len(checkpoint.styles))),
        ("Last training", escape_markdown(", ".join(training)) or "unknown"),
        ("Version", __version__),
        ("For assistants that speak MCP", _mcp()),
    ]
    listed = "".join(f"- **{label}:** {value}\n" for label, value in facts)
    tried = "".join(f"- {escape_markdown(note)}\n" for note in checkpoint.origin.fallback_reasons)
    return "\n".join([listed, f"\nNot used, and why:\n{tried}" if tried else ""])


def _source(checkpoint: Checkpoint) -> str:
    origin = checkpoint.origin
    if origin.revision:
        link = f"[{escape_markdown(origin.source)}]({HUB}/{origin.source}/tree/{origin.revision})"
        how = "from an earlier download" if origin.offline else "from the Hugging Face Hub"
        return f"{link}, {how}, revision `{origin.revision[:12]}`"
    return "the one that comes with the app" if checkpoint.folder == SHIPPED else f"`{checkpoint.path.name}`"


def _mcp() -> str:
    return f"`{address()}/gradio_api/mcp/`" if address() else "this page's address followed by `gradio_api/mcp/`"
