"""Where the app runs: on this machine, or as a Space on the Hugging Face Hub."""

import os


def space_id() -> str:
    """``owner/name`` of the Space that the app runs as; empty elsewhere."""
    return os.environ.get("SPACE_ID", "")


def address() -> str:
    """Where the app answers, as far as it can know: a Space is told, elsewhere the page's own address says it."""
    host = os.environ.get("SPACE_HOST")
    return f"https://{host}" if host else ""


def can_sign_in() -> bool:
    """Whether visitors can sign in with their account on the Hub: the front matter of README.md asks for it."""
    return bool(space_id()) and os.environ.get("SYSTEM") == "spaces" and "OAUTH_CLIENT_ID" in os.environ


def on_zero_gpu() -> bool:
    """Whether a GPU is lent for single calls instead of being there all the time."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
