"""What the app says on the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from stylegan import UserError

ADD_PHOTO = "Add a photo first, or pick one of the examples."


@contextmanager
def user_errors() -> Iterator[None]:
    """Show a mistake of the user as its message alone."""
    try:
        yield
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from None


def escape_markdown(text: str) -> str:
    """A text that Markdown shows as it is written."""
    return "".join(f"&#{ord(c)};" if c in "<>&*_[]()`#|!\\$~" else c for c in text)


def status_line(text: str, done: float | None = None) -> str:
    """HTML that says how far something is; done: part of it, 0..1, for a bar."""
    bar = "" if done is None else f'<progress value="{done:.3f}" max="1"></progress>'
    return f"<div role='status'>{text}</div>{bar}"
