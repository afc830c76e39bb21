"""The About tab: which generator paints here, and where it comes from."""

from studio.settings import address
from studio.web.messages import escape_markdown
from stylegan import Checkpoint, __version__
from stylegan.formats.checkpoint import SHIPPED
from stylegan.hub.cards import training_facts

HUB = "https://huggingface.co"
INTRO = """## About Atelier
Atelier repaints a photo with a small neural network, a GAN that has learnt to paint from art in the public domain. For
every part of your photo it looks up what the style's painter does in such a place, and paints that. Your photos are
painted on the machine that runs this page and are sent nowhere else.
"""
LINKS = """
For programs: [the API page](?view=api). For assistants that speak MCP: {mcp}.
"""


def about_text(checkpoint: Checkpoint) -> str:
    """The tab's Markdown."""
    training = [f"{label} {value}" for label, value in training_facts(checkpoint)]
    groups = [checkpoint.digest[i : i + 16] for i in range(0, len(checkpoint.digest), 16)]  # so that it can wrap
    facts = [
        ("Generator", _source(checkpoint)),
        ("Fingerprint (SHA-256)", " ".join(f"`{group}`" for group in groups)),
        ("Built-in styles", str(len(checkpoint.styles))),
        ("Last training", escape_markdown(", ".join(training)) or "unknown"),
        ("Licence", "Apache 2.0, code and weights"),
        ("Version", __version__),
    ]
    listed = "".join(f"- **{label}:** {value}\n" for label, value in facts)
    tried = "".join(f"- {escape_markdown(note)}\n" for note in checkpoint.origin.fallback_reasons)
    return "\n".join([INTRO, listed, f"\nNot used, and why:\n{tried}" if tried else "", LINKS.format(mcp=_mcp())])


def _source(checkpoint: Checkpoint) -> str:
    origin = checkpoint.origin
    if origin.revision:
        link = f"[{escape_markdown(origin.source)}]({HUB}/{origin.source}/tree/{origin.revision})"
        how = "from an earlier download" if origin.offline else "from the Hugging Face Hub"
        return f"{link}, {how}, revision `{origin.revision[:12]}`"
    return "the one that comes with the app" if checkpoint.folder == SHIPPED else f"`{checkpoint.path.name}`"


def _mcp() -> str:
    return f"`{address()}/gradio_api/mcp/`" if address() else "this page's address followed by `gradio_api/mcp/`"
