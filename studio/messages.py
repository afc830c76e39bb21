"""What the app says on the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from stylegan import UserError


@contextmanager
def told() -> Iterator[None]:
    """Show a mistake of the user as its message alone."""
    try:
        yield
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from None


def plain(text: str) -> str:
    """A text that Markdown shows as it is written."""
    return "".join(f"&#{ord(c)};" if c in "<>&*_[]()`#|!\\$~" else c for c in text)
