"""Components that several tabs use, with files of which the guard knows whose they are."""

import math
from abc import ABCMeta
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components.gallery import GalleryData
from gradio.data_classes import FileData, GradioRootModel, ImageData
from gradio.processing_utils import save_base64_to_cache
from gradio_client.utils import is_http_url_like
from pydantic import ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator

from studio.settings import MAX_UPLOAD_MB
from studio.web import guard

SEND = (
    'Send a picture as {"path": …} with the path that /upload answered, as {"url": "data:image/png;base64,…"}, or as '
    '{"path": "https://…", "meta": {"_type": "gradio.FileData"}}.'
)


def picture_input(**options: Any) -> gr.Image:
    """An image input whose value is the path of the file as it was uploaded."""
    return _PictureInput(type="filepath", **options)


def file_input(**options: Any) -> gr.File:
    """A file input for programs, which may name a web address, too."""
    file = _FileInput(**options)
    file.data_model = SentFiles if file.file_count == "multiple" else SentFile
    return file


def slider(low: float, high: float, value: float, **options: Any) -> gr.Slider:
    """A slider that says in plain words that its field was emptied."""
    return _Slider(low, high, value, **options)


def number(value: int, **options: Any) -> gr.Number:
    """A field for a whole number; an empty one is None."""
    return _Number(value, precision=0, **options)


def picture_wall(**options: Any) -> gr.Gallery:
    """A wall of pictures that are handed to it as pixels, not as files."""
    return _PictureWall(**options)


class PictureData(ImageData):
    """What a program says of a picture. A bare text is a path or base64; anything else is no picture."""

    model_config = ConfigDict(title="ImageData")  # as the API page knows it

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: object, read: ModelWrapValidatorHandler["PictureData"]) -> "PictureData":
        if isinstance(value, str):
            value = {"url" if value.startswith("data:") else "path": value}
        try:
            return read(value)
        except ValidationError:
            return cls()


class SentFile(FileData):
    """What a program says of a file; anything that does not say where it is, is at no place at all."""

    model_config = ConfigDict(title="FileData")

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: object, read: ModelWrapValidatorHandler["SentFile"]) -> "SentFile":
        try:
            return read(value)
        except ValidationError:
            return cls.model_construct(path="")


class SentFiles(GradioRootModel):
    """Several of them."""

    model_config = ConfigDict(title="ListFiles")
    root: list[SentFile]

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: object, read: ModelWrapValidatorHandler["SentFiles"]) -> "SentFiles":
        try:
            return read(value)
        except ValidationError:
            return cls.model_construct(root=[SentFile.model_construct(path="")])


def _file_of(component: gr.File, payload: Any) -> Any:
    files = payload.root if isinstance(payload, SentFiles) else [payload] if payload else []
    if not all(file.path for file in files):
        raise gr.Error(SEND.replace("picture", "file", 1), print_exception=False)
    return [file.path for file in files] if isinstance(payload, SentFiles) else files[0].path if files else None


def _path_of(component: gr.Image, payload: ImageData | None) -> str | None:
    if payload is None:
        return None
    if payload.url and payload.url.startswith("data:"):
        return _decoded(payload.url, component.GRADIO_CACHE)
    if not payload.path or is_http_url_like(payload.path):
        raise gr.Error(SEND, print_exception=False)
    return payload.path


def _decoded(url: str, folder: str) -> str:
    if len(url) * 3 / 4 > MAX_UPLOAD_MB * 2**20:
        raise gr.Error(f"The picture is too large: at most {MAX_UPLOAD_MB} MB.", print_exception=False)
    try:
        path = save_base64_to_cache(url, folder)
    except (ValueError, OSError):
        raise gr.Error(SEND, print_exception=False) from None
    guard.remember("", path)
    return path


def _slid(component: gr.Slider, payload: Any) -> float:
    if not _is_number(payload):
        low, high = component.minimum, component.maximum
        raise gr.Error(f"{component.label} needs a number from {low:g} to {high:g}.", print_exception=False)
    return gr.Slider.preprocess(component, payload)


def _whole(component: gr.Number, payload: Any) -> float | None:
    if payload is not None and not _is_number(payload):
        raise gr.Error(f"{component.label} needs a whole number.", print_exception=False)
    return gr.Number.preprocess(component, payload)


def _is_number(payload: object) -> bool:
    return isinstance(payload, int | float) and math.isfinite(payload)


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
    """Gradio writes pixels into files of unguessable names, which open for whoever knows them.

    What is shown from a file opens for those for whom that file opens, and for nobody else.
    """
    data: Any = gr.Gallery.postprocess(component, value)
    pictures = (item[0] if isinstance(item, tuple | list) else item for item in value or [])
    written = [shown.image.path for given, shown in zip(pictures, data.root) if not isinstance(given, str | Path)]
    guard.remember("", *written)
    return data


def _like(component: type[Block], **changes: object) -> Any:
    """A kind of component with some attributes of our own, which the page takes for Gradio's.

    A class, and not one changed component, because Gradio makes the component anew for each page that updates it. Made
    past Gradio's metaclass, which would write a stub file beside this one.
    """
    return ABCMeta.__new__(
        type(component), component.__name__, (component,), changes | {"__module__": component.__module__}
    )


# Hands over the uploaded file itself, so that one loader judges every upload: Gradio's own step would open the file
# first and fail without a word to the user.
_PictureInput = _like(
    gr.Image, data_model=PictureData, preprocess=_path_of, async_move_resource_to_block_cache=_fetched
)
_FileInput = _like(gr.File, preprocess=_file_of, async_move_resource_to_block_cache=_fetched)
_Slider = _like(gr.Slider, preprocess=_slid)
_Number = _like(gr.Number, preprocess=_whole)
_PictureWall = _like(gr.Gallery, postprocess=_shown)
