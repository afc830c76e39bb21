"""Where the arithmetic runs: on a GPU of this machine, on one that ZeroGPU lends for a call, or on the processor.

On ZeroGPU the app's own process has no GPU. A function marked by ``spaces.GPU`` runs in a process that is forked for
the call and has one. All that goes in and comes out is pickled, so the marked functions are plain functions of
pictures and settings; they find the generator in this module, as it was when the process was forked.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradio.context import LocalContext
from PIL import Image

from studio.settings import on_zero_gpu
from stylegan import Checkpoint, Settings, StyleTransfer, UserError
from stylegan.formats.style_pack import SUFFIX, save_pack
from stylegan.images import load_image
from stylegan.pipeline import Blend, FinishProgress, Picture, Style
from stylegan.temporary import temporary_folder

try:  # only ZeroGPU has it
    from spaces import GPU  # pyright: ignore[reportMissingImports]
except ImportError:

    def GPU(duration: object) -> Callable:
        """Leaves the function as it is."""
        return lambda function: function


PAINT_SECONDS = 15  # lent for one painting, the start of its process included
FINISH_SECONDS = 25  # lent for finishing one, the start of its process included
SETUP_SECONDS, STEP_SECONDS = 20, 0.1  # lent for a training; visitors who are not signed in have 120 s a day
SPARE_SECONDS = 8  # of a training's time, to finish in
STOP, PACK = "stop", f"learnt{SUFFIX}"  # files by which the two processes of a training talk

_checkpoint: Checkpoint | None = None  # set before any process is forked


def load_transfer(checkpoint: Checkpoint) -> StyleTransfer:
    """The transfer for this machine."""
    if on_zero_gpu():
        return LentGpuTransfer(checkpoint)
    return StyleTransfer(checkpoint)


def _forked_transfer() -> StyleTransfer:
    """The transfer of a process that was forked for a call."""
    assert _checkpoint
    return StyleTransfer(_checkpoint)


class LentGpuTransfer(StyleTransfer):
    """Paints and learns on a lent GPU where a visitor asks for it, and on the processor at the start of the app."""

    def __init__(self, checkpoint: Checkpoint):
        super().__init__(checkpoint, "cpu")
        global _checkpoint
        _checkpoint = checkpoint

    def _stylize(self, image: Picture, style: Style | Blend, settings: Settings, finish: bool) -> Image.Image:
        if not _visitor_asks():
            return super()._stylize(image, style, settings, finish)
        result = _paint(load_image(image), style, settings, finish)
        if isinstance(result, Exception):
            raise result
        return result

    def _finish_steps(
        self, image: Picture, style: Style | Blend, settings: Settings
    ) -> Generator[FinishProgress, None, None]:
        if not _visitor_asks():
            yield from super()._finish_steps(image, style, settings)
            return
        with closing(_finish(load_image(image), style, settings)) as events:
            for event in events:
                if isinstance(event, Exception):
                    raise event
                yield event

    def finetune(
        self,
        images: Sequence[Picture],
        name: str,
        folder: str | Path | None = None,
        *,
        stop: Callable[[], bool] = lambda: False,
        **settings: Any,
    ) -> Generator:
        """As ``StyleTransfer.finetune``; what is learnt when the lent time ends is kept."""
        if not _visitor_asks():
            yield from super().finetune(images, name, folder, stop=stop, **settings)
            return
        with temporary_folder() as temporary:
            talk = Path(temporary)
            for event in _learn(list(images), name, settings, talk):
                if isinstance(event, Exception):
                    raise event
                learnt = self.load_pack(talk / PACK) if (talk / PACK).exists() else None
                yield replace(event, pack=learnt)
                if stop():
                    (talk / STOP).touch()


@GPU(duration=PAINT_SECONDS)
def _paint(photo: Image.Image, style: Style | Blend, settings: Settings, finish: bool) -> Image.Image | Exception:
    """A painting; a mistake of the user comes back as a value, because exceptions lose their message on the way."""
    try:
        return _forked_transfer().stylize(photo, style, settings, finish=finish)
    except UserError as error:
        return error


@GPU(duration=FINISH_SECONDS)
def _finish(photo: Image.Image, style: Style | Blend, settings: Settings) -> Generator:
    """The events of finishing a painting; a mistake of the user is one of them."""
    try:
        yield from _forked_transfer().finish_steps(photo, style, settings)
    except UserError as error:
        yield error


def _lent_seconds(pictures: list, name: str, settings: dict, talk: Path) -> int:
    """How long a training may take, all in all."""
    return SETUP_SECONDS + round(STEP_SECONDS * settings["steps"])


@GPU(duration=_lent_seconds)
def _learn(pictures: list, name: str, settings: dict, talk: Path) -> Generator:
    """The events of a training. Its pack goes through a file: tensors do not outlive the process that made them."""
    end = time.monotonic() + _lent_seconds(pictures, name, settings, talk) - SPARE_SECONDS

    def stop() -> bool:
        return time.monotonic() > end or (talk / STOP).exists()

    try:
        for event in _forked_transfer().finetune(pictures, name, stop=stop, **settings):
            if event.pack:
                save_pack(talk / PACK, event.pack)
            yield replace(event, pack=None)
    except (UserError, RuntimeError) as error:
        yield error


def _visitor_asks() -> bool:
    """Whether this is done for a visitor, whose account the lent time is charged to."""
    return LocalContext.request.get(None) is not None
