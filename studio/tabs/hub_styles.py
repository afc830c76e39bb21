"""Styles from the Hugging Face Hub, and visitors' own styles on their way there."""

from pathlib import Path

import gradio as gr

from studio.styles.library import StyleLibrary
from studio.tabs.wiring import PRIVATE, QUIET
from studio.web.messages import escape_markdown, user_errors
from stylegan import StyleError, StyleTransfer
from stylegan.hub.cards import LICENSES
from stylegan.hub.download import download_style
from stylegan.hub.publish import push_style, slug
from stylegan.temporary import temporary_folder

HUB = {"concurrency_id": "hub", "concurrency_limit": 4}  # downloads and uploads at a time


class HubStyles:
    """The two panels and their events."""

    def __init__(self, transfer: StyleTransfer, library: StyleLibrary):
        self.transfer, self.library = transfer, library

    def build_add(self, owner_key: gr.BrowserState, changed: gr.Number) -> None:
        """The panel that adds a style by its name on the Hub."""
        with gr.Accordion("Add a style that somebody has shared", open=False, elem_id="hub-panel"):
            gr.Markdown("People share styles on the Hugging Face Hub, a public library. It becomes one of your own.")
            name = gr.Textbox(
                label="Name or link of the style",
                placeholder="owner/name",
                max_length=200,
                submit_btn="Add",
                elem_id="hub-style",
            )
            said = gr.Markdown("", elem_id="hub-said")
        name.submit(
            self.add, [owner_key, name, changed], [changed, name, said],
            show_progress_on=said, **PRIVATE, **HUB,
        )  # fmt: skip

    def build_publish(self, owner_key: gr.BrowserState, changed: gr.Number) -> None:
        """The panel that publishes one of the visitor's styles; only where visitors can sign in."""
        with gr.Accordion("Publish a style of yours", open=False, elem_id="publish-panel"):
            gr.Markdown(
                "It gets a page of its own under your name on the Hugging Face Hub, where everybody can see and use "
                "it. Publish only what was learnt from pictures that you may share."
            )
            gr.LoginButton(size="sm")
            with gr.Row():
                style = gr.Dropdown([], label="Style", interactive=True, elem_id="publish-style")
                license = gr.Dropdown(
                    list(LICENSES.items()), value=None, label="What others may do with it", elem_id="publish-license"
                )
            description = gr.Textbox(
                label="A few words about it",
                placeholder="What the pictures were, who made them",
                lines=2,
                max_length=1000,
                elem_id="publish-words",
            )
            publish = gr.Button("Publish this style", variant="primary", elem_id="publish")
            said = gr.Markdown("", elem_id="published")
        changed.change(self._list, [owner_key, style], style, **QUIET)
        publish.click(
            self.publish, [owner_key, style, license, description], said,
            show_progress_on=said, **PRIVATE, **HUB,
        )  # fmt: skip

    def add(self, owner_key: str, name: str, changed: int) -> tuple[int, str, str]:
        """Download a style and keep it among the visitor's own."""
        with user_errors(), temporary_folder() as folder:
            style = self.library.load(owner_key, str(download_style(name or "", Path(folder), token=False)))
        return changed + 1, "", f"**{escape_markdown(style.title)}** is now the last tile of the wall."

    def publish(
        self,
        owner_key: str,
        key: str | None,
        license: str | None,
        description: str | None,
        profile: gr.OAuthProfile | None,
        token: gr.OAuthToken | None,
    ) -> str:
        """Publish a style under the name of the visitor who is signed in."""
        with user_errors():
            if not profile or not token:
                raise StyleError("Sign in first: the style is published under your name.")
            if not key:
                raise StyleError("Choose one of your styles. If you have none, teach one above.")
            if not license:
                raise StyleError("Choose what others may do with the style.")
            pack = self.transfer.load_pack(self.library.find(owner_key, key).path)
            name = f"{profile.username}/atelier-{slug(pack.name)}"
            address = push_style(pack, self.transfer.checkpoint, name, license, description or "", token=token.token)
        return f"Published: [{name}]({address})."

    def _list(self, owner_key: str, chosen: str | None) -> gr.Dropdown:
        styles = self.library.styles(owner_key) if owner_key else []
        keys = [style.key for style in styles]
        chosen = chosen if chosen in keys else next(reversed(keys), None)
        return gr.Dropdown([(style.title, style.key) for style in styles], value=chosen)
