"""Photos of phones in HEIC, which most browsers cannot show: an upload of one becomes a JPEG on its way in."""

import json
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.web.answers import changing
from stylegan import ImageError
from stylegan.images import PHONE_SUFFIXES, load_image

QUALITY = 95


class PhonePhotos:
    """Middleware: the answer to an upload names JPEGs in the place of HEIC files."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith("/upload"):
            send = _answering(send, scope["app"].get_blocks().upload_file_set)
        await self.app(scope, receive, send)


def _answering(send: Send, uploaded: set[str]) -> Send:
    """uploaded: the files that Gradio tidies away one day."""

    async def change(start: Message, body: bytes) -> tuple[Message, bytes]:
        if start["status"] == 200:
            paths = [await run_in_threadpool(_as_jpeg, path) for path in json.loads(body)]
            uploaded.update(paths)
            body = json.dumps(paths).encode()
            MutableHeaders(scope=start)["content-length"] = str(len(body))
        return start, body

    return changing(send, change)


def _as_jpeg(path: str) -> str:
    """The path of the file as a JPEG, upright and in sRGB; of any other file, or a damaged one, its own path."""
    source = Path(path)
    if source.suffix.lower() not in PHONE_SUFFIXES:
        return path
    target = source.with_suffix(".jpg")
    try:
        load_image(source).save(target, quality=QUALITY, subsampling=0)
    except (ImageError, OSError):  # told where the picture is used
        return path
    source.unlink(missing_ok=True)
    return str(target)
