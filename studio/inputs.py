"""Inputs that several tabs use."""

import gradio as gr


def picture_input(**options: object) -> gr.Image:
    """An image input that hands over the uploaded file itself, so that one loader judges every upload.

    Gradio's own step would open the file first and fail without a word to the user.
    """
    component = gr.Image(type="filepath", **options)
    component.preprocess = lambda payload: payload.path if payload else None
    return component
