"""Components that several tabs use, with files of which the guard knows whose they are."""

from abc import ABCMeta
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components.gallery import GalleryData
from gradio.data_classes import ImageData
from gradio.processing_utils import save_base64_to_cache
from gradio_client.utils import is_http_url_like

from studio.web import guard

SEND = "Send a picture as an uploaded file, as a public web address, or as base64 (data:image/png;base64,…)."


def picture_input(**options: Any) -> gr.Image:
    """An image input whose value is the path of the file as it was uploaded."""
    return _PictureInput(type="filepath", **options)


def file_input(**options: Any) -> gr.File:
    """A file input for programs, which may name a web address, too."""
    return _FileInput(**options)


def picture_wall(**options: Any) -> gr.Gallery:
    """A wall of pictures that are handed to it as pixels, not as files."""
    return _PictureWall(**options)


def _path_of(component: gr.Image, payload: ImageData | None) -> str | None:
    if payload is None:
        return None
    if payload.url and payload.url.startswith("data:"):
        return _decoded(payload.url, component.GRADIO_CACHE)
    if not payload.path or is_http_url_like(payload.path):
        raise gr.Error(SEND, print_exception=False)
    return payload.path


def _decoded(url: str, folder: str) -> str:
    try:
        path = save_base64_to_cache(url, folder)
    except (ValueError, OSError):
        raise gr.Error(SEND, print_exception=False) from None
    guard.remember("", path)
    return path


async def _fetched(component: Block, source: str | None) -> str | None:
    """Where Gradio downloads what a program has named by its address, never from a private network."""
    if not source or not is_http_url_like(str(source)):
        return await Block.async_move_resource_to_block_cache(component, source)
    try:
        path = await Block.async_move_resource_to_block_cache(component, source)
    except Exception:  # whatever is wrong with the address or behind it
        raise gr.Error(f"Nothing could be fetched from that address. {SEND}", print_exception=False) from None
    guard.remember("", str(path))
    return path


def _shown(component: gr.Gallery, value: list | None) -> GalleryData:
    """Gradio writes the pixels into files of unguessable names, which open for whoever was told of them."""
    data: Any = gr.Gallery.postprocess(component, value)
    guard.remember("", *(element.image.path for element in data.root))
    return data


def _like(component: type[Block], **methods: object) -> Any:
    """A kind of component with some methods of our own, which the page takes for Gradio's.

    A class, and not one changed component, because Gradio makes the component anew for each page that updates it. Made
    past Gradio's metaclass, which would write a stub file beside this one.
    """
    return ABCMeta.__new__(
        type(component), component.__name__, (component,), methods | {"__module__": component.__module__}
    )


# Hands over the uploaded file itself, so that one loader judges every upload: Gradio's own step would open the file
# first and fail without a word to the user.
_PictureInput = _like(gr.Image, preprocess=_path_of, async_move_resource_to_block_cache=_fetched)
_FileInput = _like(gr.File, async_move_resource_to_block_cache=_fetched)
_PictureWall = _like(gr.Gallery, postprocess=_shown)
