"""The whole app: tabs in one Blocks."""

import gradio as gr

from studio.limits import QUEUE_SIZE
from studio.stylize import StylizeTab
from stylegan import StyleTransfer

INTRO = """# Atelier
Turn a photo into a painting. Add a photo, click a style, done."""


def build_app(transfer: StyleTransfer) -> gr.Blocks:
    """The app around a loaded generator, with its queue set up."""
    with gr.Blocks(title="Atelier", analytics_enabled=False, delete_cache=(3600, 86400)) as app:
        gr.Markdown(INTRO, elem_id="intro")
        with gr.Tabs(), gr.Tab("Stylize"):
            StylizeTab(transfer).build()
    return app.queue(max_size=QUEUE_SIZE)
