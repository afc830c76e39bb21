"""Who asks: a person in a browser, or a program."""

from dataclasses import dataclass

import gradio as gr

from studio.web.guard import session_of


@dataclass(frozen=True)
class Visitor:
    """Somebody who uses the app. A program is nobody in particular: it has neither."""

    owner_key: str = ""  # what the browser stores: paintings and styles are kept under it
    session: str = ""  # the browser's cookie: files are served to it alone

    @classmethod
    def of(cls, owner_key: str | None, request: gr.Request | None) -> "Visitor":
        """The visitor behind a request."""
        return cls(owner_key or "", session_of(request))
