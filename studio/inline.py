"""A gallery whose pictures have no address."""

import base64
import mimetypes
from pathlib import Path

import gradio as gr
from gradio.components.gallery import GalleryData, GalleryImage
from gradio.data_classes import ImageData


class InlineGallery(gr.Gallery):
    """Shows files with captions; the pictures travel inside the answer, so nobody else can open them by an address."""

    is_template = True  # the page shows it as it shows gr.Gallery

    def postprocess(self, value: list[tuple[Path, str]] | None) -> GalleryData:
        """Args: value: small image files, each with its caption."""
        return GalleryData(root=[_inline(path, caption) for path, caption in value or []])


def _inline(path: Path, caption: str) -> GalleryImage:
    kind = mimetypes.guess_type(path.name)[0] or "image/webp"
    data = base64.b64encode(path.read_bytes()).decode()
    return GalleryImage(image=ImageData(url=f"data:{kind};base64,{data}", mime_type=kind), caption=caption)
