"""Inputs that several tabs use."""

from abc import ABCMeta

import gradio as gr
from gradio.data_classes import ImageData


def _path_of(component: gr.Image, payload: ImageData | None) -> str | None:
    return payload.path if payload else None


# An image input that hands over the uploaded file itself, so that one loader judges every upload: Gradio's own step
# would open the file first and fail without a word to the user. A class, and not one changed component, because Gradio
# makes the component anew for each page that updates it. Made past Gradio's metaclass, which would write a stub file
# beside this one.
_PictureInput = ABCMeta.__new__(
    type(gr.Image), "Image", (gr.Image,), {"preprocess": _path_of, "__module__": gr.Image.__module__}
)


def picture_input(**options: object) -> gr.Image:
    """An image input whose value is the path of the file as it was uploaded."""
    return _PictureInput(type="filepath", **options)
