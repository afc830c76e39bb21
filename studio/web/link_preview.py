"""The page as it leaves the app: compressed, with its own head, which makes previews, and the script that runs first.

Gradio adds a page's head by JavaScript, which those who make previews do not run, and its own page previews Gradio.
"""

import html
import re

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.settings import space_id
from studio.web.answers import changing
from studio.web.page_script import FIRST_SCRIPT

TITLE = "Atelier"
DESCRIPTION = "Turn a photo into a painting: add a photo, click a style, done. Teach it your own style in minutes."
PAGES = ("", "/", "/config", "/gradio_api/info")
PICTURE = "docs/styles.jpg"
_CHARSET = re.compile(rb"<meta charset[^>]*>")  # must stay the first
_OTHERS = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>')


class LinkPreview:
    """Middleware that puts the page's own metadata in the place of Gradio's, and a script before Gradio's."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in ("", "/"):
            await self.app(scope, receive, send)
            return

        async def rewrite(start: Message, body: bytes) -> tuple[Message, bytes]:
            page = _CHARSET.sub(lambda found: found[0] + tags().encode(), _OTHERS.sub(b"", body), count=1)
            headers = [(k, v) for k, v in start["headers"] if k != b"content-length" or scope["method"] == "HEAD"]
            if scope["method"] != "HEAD":
                headers.append((b"content-length", str(len(page)).encode()))
            return {**start, "headers": headers}, page

        await self.app(scope, receive, changing(send, rewrite))


class CompressedPage:
    """Middleware that compresses the page and its settings, which Gradio sends as they are: their addresses have no
    ending. Streams and files go on untouched."""

    def __init__(self, app: ASGIApp):
        self.app, self._compressed = app, GZipMiddleware(app, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in PAGES
        await (self._compressed if page else self.app)(scope, receive, send)


def tags() -> str:
    """The page's metadata, and its first script."""
    facts = {"og:title": TITLE, "og:description": DESCRIPTION, "og:type": "website", "og:site_name": TITLE}
    if space_id():  # the picture needs a full address, which is known on a Space alone
        facts["og:image"] = f"https://huggingface.co/spaces/{space_id()}/resolve/main/{PICTURE}"
        facts["og:url"] = f"https://huggingface.co/spaces/{space_id()}"
    card = {"twitter:card": "summary_large_image" if space_id() else "summary"}
    lines = [f'<meta property="{name}" content="{html.escape(value)}">' for name, value in facts.items()]
    lines += [f'<meta name="{name}" content="{value}">' for name, value in card.items()]
    lines += [f"<title>{TITLE}</title>", f'<meta name="description" content="{html.escape(DESCRIPTION)}">']
    return "".join([*lines, f"<script>{FIRST_SCRIPT}</script>"])
