"""What style is this? Under an uploaded style picture: the styles it is most like, to paint with at a click."""

from collections.abc import Callable

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from studio.operation.jobs import job, note_error
from studio.operation.shares import dear
from studio.styles.library import StyleLibrary
from studio.tabs.wiring import CHOOSING, PAINTING, PRIVATE, QUIET, Updates
from studio.web.components import picture_input
from studio.web.guard import check_files, session_of
from studio.web.messages import user_errors
from stylegan import StyleTransfer, UserError
from stylegan.identify import Identification

SHOWN = 3  # styles


class Alike:
    """The likest styles of a picture, and /identify for programs; inside the current Blocks."""

    def __init__(self, transfer: StyleTransfer, library: StyleLibrary):
        self._transfer, self._library = transfer, library
        self._said = gr.Markdown(visible=False, elem_id="alike")
        with gr.Row():
            self._buttons = [gr.Button(visible=False, size="sm", elem_classes="alike") for _ in range(SHOWN)]
        self._keys = gr.State([])  # of the styles on the buttons

    def wire(
        self,
        picture: Component,
        owner_key: gr.BrowserState,
        chosen: list[Component],
        take: Callable[[str], Updates],
        paint_after: Callable[[Callable], Dependency],
    ) -> None:
        """picture: what is looked at. take: the updates of ``chosen`` that choose the style of a key."""
        shown = [self._said, *self._buttons, self._keys]
        picture.change(self._hide, None, shown, **QUIET).then(  # pyright: ignore[reportAttributeAccessIssue]
            self._look, [owner_key, picture], shown, show_progress="hidden", **PRIVATE, **PAINTING
        )
        for number, button in enumerate(self._buttons):
            choosing = button.click(lambda keys, number=number: take(keys[number]), self._keys, chosen, **CHOOSING)
            paint_after(choosing.then)
        self._offer_to_programs()

    def _offer_to_programs(self) -> None:
        photo = picture_input(visible=False, label="Picture")
        gr.Button(visible=False).click(
            self.identify, inputs_kwargs={"picture": photo}, outputs=gr.JSON(visible=False), api_name="identify",
            **PAINTING,
        )  # fmt: skip

    @dear("identify")
    @job("identify")
    def identify(self, picture: str, request: gr.Request | None = None) -> dict:
        """Tell which built-in styles a picture is like, the likest first, and whether it is a photo or a painting.

        Args:
            picture: A picture of any kind.
        """
        with user_errors():
            check_files(session_of(request), picture)
            found = self._transfer.identify(picture)
        styles = [{"style": match.name, "similarity": round(match.similarity, 3)} for match in found.matches]
        return {"kind": found.kind, "known": found.known, "styles": styles}

    def _hide(self) -> Updates:
        return {self._said: gr.Markdown(visible=False)} | {b: gr.Button(visible=False) for b in self._buttons}

    @job("identify")
    def _look(self, owner_key: str, picture: str | None, request: gr.Request) -> Updates:
        """Say what the picture is like. Whatever is wrong with it is told by the painting that it was added for."""
        if not picture:
            return gr.skip()
        own = {style.key: style for style in (self._library.styles(owner_key) if owner_key else [])}
        try:
            check_files(session_of(request), picture)
            found = self._transfer.identify(picture, {key: style.path for key, style in own.items()})
        except UserError as error:
            note_error(error)
            return gr.skip()
        titles = {style.name: style.title for style in self._transfer.styles}
        titles |= {key: f"★ {style.title}" for key, style in own.items()}
        likest = found.matches[:SHOWN]
        texts = [f"{titles[match.name]}, {match.similarity:.0%}" for match in likest]
        return {
            self._said: gr.Markdown(_sentence(found), visible=True),
            self._keys: [match.name for match in likest],
            **{button: gr.Button(text, visible=True) for button, text in zip(self._buttons, texts)},
        }


def _sentence(found: Identification) -> str:
    """What is said of a picture above the buttons."""
    looks = f"This is probably a {found.kind}."
    if found.known:
        return f"{looks} It is most like these styles; click one to paint with it:"
    return f"{looks} It is unlike all styles here; the nearest are:"
