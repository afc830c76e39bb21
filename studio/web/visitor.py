"""Who asks: a person in a browser, or a program."""

import hashlib
from dataclasses import dataclass

import gradio as gr

from studio.web.guard import session_of

KEY_LENGTH = 20  # characters; a shorter key can be guessed


@dataclass(frozen=True)
class Visitor:
    """Somebody who uses the app. A program is nobody in particular: it has neither."""

    owner_key: str = ""  # what the browser stores: paintings and styles are kept under it
    session: str = ""  # the browser's cookie: files are served to it alone

    @classmethod
    def of(cls, owner_key: str | None, request: gr.Request | None) -> "Visitor":
        """The visitor behind a request."""
        return cls(owner_key or "", session_of(request))


def owner_digest(owner_key: str | None) -> str:
    """What the disk knows of an owner's key; empty where it is none, so that nothing can be kept under it."""
    return hashlib.sha256(owner_key.encode()).hexdigest() if owner_key and len(owner_key) >= KEY_LENGTH else ""
