"""Atelier in the browser: ``atelier``, ``python -m studio``, or ``python app.py`` in a checkout."""

import logging
import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import click
from starlette.middleware import Middleware

from studio.build import build_app
from studio.painting.zero_gpu import load_transfer
from studio.settings import MAX_UPLOAD_MB
from studio.theme import CSS, THEME
from studio.web.assistants import AssistantCalls
from studio.web.bodies import BodyLimits
from studio.web.guard import FileGuard
from studio.web.link_preview import CompressedPage, LinkPreview
from studio.web.mistakes import HANDLERS
from studio.web.page_script import PAGE_SCRIPT
from studio.web.phone_photos import PhonePhotos
from studio.web.theatre import THEATRE_SCRIPT
from stylegan.cli.common import UserCommand
from stylegan.hub.download import load_default_checkpoint
from stylegan.malloc import keep_freed_memory

MIDDLEWARE = (BodyLimits, AssistantCalls, CompressedPage, FileGuard, LinkPreview, PhonePhotos)  # from the outermost


@click.command(cls=UserCommand)
@click.option(
    "--checkpoint",
    envvar="ATELIER_CHECKPOINT",
    show_envvar=True,
    metavar="PATH_OR_NAME",
    help="Generator to paint with: a file, a folder, or owner/name[@revision] on the Hugging Face Hub.",
)
def main(checkpoint: str | None) -> None:
    """Run the app in the browser. GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where it answers."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for name in ("stylegan", "studio.operation.jobs"):
        logging.getLogger(name).setLevel(logging.INFO)
    keep_freed_memory()
    app, routes = build_app(load_transfer(load_default_checkpoint(checkpoint)))
    app.launch(
        theme=THEME,
        css=CSS,
        js=f"() => {{ ({PAGE_SCRIPT})(); ({THEATRE_SCRIPT})(); }}",
        max_file_size=f"{MAX_UPLOAD_MB}mb",
        footer_links=["api", "gradio", "settings"],
        run_history=False,
        ssr_mode=False,
        show_error=True,
        mcp_server=True,
        app_kwargs={
            "middleware": [Middleware(part) for part in MIDDLEWARE],
            "routes": routes,
            "exception_handlers": HANDLERS,
        },
    )


if __name__ == "__main__":
    main()
