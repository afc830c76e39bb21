"""A painting as people need it: other files and sizes, a framed card, a clip; copied, or shared from a phone."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from studio.gallery.models import Result
from studio.operation.jobs import job, note_error
from studio.painting.forms import FORMS, MAX_TITLE, SIZES, Wish, write_form
from studio.painting.painter import Painter
from studio.tabs.wiring import PRIVATE, QUIET, TELLING, Updates
from studio.web.guard import session_of
from studio.web.messages import status_line
from stylegan import StyleTransfer, UserError

NOTHING = "There is no painting to save yet."
COPIED, NOT_COPIED = (
    "Copied. Paste it into a mail, a chat or a slide.",
    "This browser does not let a page copy pictures.",
)
# A clipboard takes PNG alone. The picture is handed over as a promise: after an await, Safari would refuse it.
COPY = f"""async (file) => {{
  const png = async () => {{
    const bitmap = await createImageBitmap(await (await fetch(file.url)).blob());
    const canvas = Object.assign(document.createElement('canvas'), {{width: bitmap.width, height: bitmap.height}});
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    return new Promise((done) => canvas.toBlob(done, 'image/png'));
  }};
  try {{
    await navigator.clipboard.write([new ClipboardItem({{'image/png': png()}})]);
    return "{status_line(COPIED)}";
  }} catch (error) {{
    return "{status_line(NOT_COPIED)}";
  }}
}}"""
SHARE = """async (file) => {
  const blob = await (await fetch(file.url)).blob();
  const name = decodeURIComponent(file.url.split('/').pop());
  try {
    await navigator.share({files: [new File([blob], name, {type: blob.type})], title: 'Painted by Atelier'});
  } catch (error) {}  // closed without sharing
  return '';
}"""


class Downloads:
    """The fold with its controls, inside the current Blocks, and its events."""

    def __init__(
        self, painter: Painter, owner_key: gr.BrowserState, shown: gr.State, place: str,
        id_of: Callable[[Any], str] = str,
    ):  # fmt: skip
        """shown: what the page shows. place: begins the names of the elements. id_of: what is shown, in the Gallery."""
        self._painter, self._id_of = painter, id_of
        forms = [(form.label, name) for name, form in FORMS.items()]
        with gr.Accordion("Save as, copy, share", open=False, elem_id=f"{place}-forms") as self.fold:
            with gr.Row():
                form = gr.Dropdown(forms, value="JPEG", label="Save it as", min_width=200, elem_id=f"{place}-form")
                self._size = gr.Dropdown(list(SIZES), label="Size", min_width=140, elem_id=f"{place}-size")
            self._quality = gr.Slider(50, 100, 90, step=5, label="Quality", elem_id=f"{place}-quality")
            self._title = gr.Textbox(
                label="Title on the card", placeholder="The style's name", max_length=MAX_TITLE, visible=False,
                elem_id=f"{place}-title",
            )  # fmt: skip
            self._picture = gr.Image(
                type="filepath", show_label=False, visible=False, interactive=False, buttons=[], height=320,
                elem_id=f"{place}-look",
            )  # fmt: skip
            self._film = gr.Video(
                show_label=False, visible=False, interactive=False, autoplay=True, loop=True, buttons=[], height=320,
                elem_id=f"{place}-film",
            )  # fmt: skip
            with gr.Row():
                off = {"interactive": False, "min_width": 100}
                self._save = gr.DownloadButton("Download", variant="primary", elem_id=f"{place}-save", **off)
                self._copy = gr.Button("Copy picture", elem_id=f"{place}-copy", **off)
                self._share = gr.Button("Share…", elem_id=f"{place}-share", elem_classes="share", **off)
            self._said = gr.HTML(elem_id=f"{place}-saved")
        self._made_of = gr.State("")  # the painting that the file is of
        asked = {"form": form, "size": self._size, "quality": self._quality, "title": self._title}
        controls = [form.input, self._size.input, self._quality.release, self._title.submit, self._title.blur]
        preparing = gr.on([self.fold.expand, *controls], self._prepare, None, self._buttons, **QUIET)
        preparing.then(
            self.make, [owner_key, shown], self._parts, inputs_kwargs=asked, trigger_mode="always_last", **TELLING
        )
        shown.change(self._close, [shown, self._made_of], [self.fold, *self._parts], **QUIET)
        self._copy.click(None, self._save, self._said, js=COPY, **PRIVATE)
        self._share.click(None, self._save, self._said, js=SHARE, **PRIVATE)

    @property
    def _buttons(self) -> list[Component]:
        return [self._save, self._copy, self._share, self._said]

    @property
    def _parts(self) -> list[Component]:
        return [*self._buttons, self._made_of, self._size, self._quality, self._title, self._picture, self._film]

    @job("export")
    def make(
        self, request: gr.Request, owner_key: str, shown: Any, *, form: str, size: str, quality: float, title: str
    ) -> Updates:
        """Write the file that is asked for, and offer it; only the controls that count for it are seen."""
        try:
            wish = Wish(form, size, round(quality), title or "")
            kind, id = FORMS[wish.form], self._id_of(shown)
            if not (owner_key and id):
                raise UserError(NOTHING)
            result = self._painter.store.get(owner_key, id)
            name = f"{result.name}{kind.stem}"
            path = self._painter.files.new_path(name, kind.suffix, session_of(request))
            write_form(path, result, wish.below(credit(self._painter.transfer, result, wish.title)))
        except UserError as error:
            note_error(error)
            return self._off() | {self._said: status_line(html.escape(str(error)))}
        film = kind.suffix == "mp4"
        return self._off() | {
            self._save: gr.DownloadButton(f"Download ({weight(path)})", value=str(path), interactive=True),
            self._made_of: id,
            self._copy: gr.Button(interactive=kind.still),
            self._share: gr.Button(interactive=True),
            self._size: gr.Dropdown(visible=not kind.shown),
            self._quality: gr.Slider(visible=kind.suffix == "jpg" and not kind.shown),
            self._title: gr.Textbox(visible=wish.form == "Card"),
            self._picture: gr.Image(str(path) if kind.shown and not film else None, visible=kind.shown and not film),
            self._film: gr.Video(str(path) if film else None, visible=film),
        }

    def _prepare(self) -> Updates:
        return self._off() | {self._save: gr.DownloadButton("Preparing…", value=None, interactive=False)}

    def _close(self, shown: Any, made_of: str) -> Updates:
        """Something else is shown: whatever was made of the one before is not offered any more."""
        if made_of in ("", self._id_of(shown)):  # a late message may come after the fold was opened
            return gr.skip()
        seen = {self._picture: gr.Image(None, visible=False), self._film: gr.Video(None, visible=False)}
        return self._off() | seen | {self.fold: gr.Accordion(open=False), self._made_of: ""}

    def _off(self) -> Updates:
        save = gr.DownloadButton("Download", value=None, interactive=False)
        return {self._save: save, self._said: ""} | dict.fromkeys(
            (self._copy, self._share), gr.Button(interactive=False)
        )


def credit(transfer: StyleTransfer, result: Result, title: str) -> str:
    """Who painted it, and after whom. title: what stands above it; empty: the style's."""
    info = transfer.checkpoint.styles.get(result.recipe.style)
    after = f"{info.artist}, {info.year}" if info else ""
    if title.strip():
        after = f"{result.title} by {after}" if info else result.title
    return f"Painted by Atelier, after {after}" if after else "Painted by Atelier"


def weight(path: Path) -> str:
    """The size of a file as people say it."""
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
