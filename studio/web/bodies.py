"""What a request brings has a size, and a time in which to bring it."""

import asyncio
import re
import time
from pathlib import Path

from gradio.utils import get_upload_folder
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.settings import MAX_BODY_MB, MAX_UPLOADED_MB, SLOWEST_BYTES, UPLOAD_SECONDS

LARGE = "That is too much at once: at most {} MB."
HALF_SECONDS, TIDY_SECONDS = 3600, 600  # after which half a file is left behind; between two looks for such
_HALF = re.compile(r"tmp[a-z0-9_]{8}")  # as Gradio names what it has not wholly received
SLOW = "This took too long to arrive. Please try again on a faster connection."


class BodyLimits:
    """Middleware that ends requests whose body is too large, or comes in drops."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self._tidy_at = 0.0  # when to look for what broken uploads have left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope.get("headers", ())}
        if scope["type"] != "http" or not names & {b"content-length", b"transfer-encoding"}:  # no body
            return await self.app(scope, receive, send)
        uploads = scope["path"].endswith("/upload")
        if uploads and time.monotonic() > self._tidy_at:
            self._tidy_at = time.monotonic() + TIDY_SECONDS
            await run_in_threadpool(delete_halves, Path(get_upload_folder()))
        most = 1_000_000 * (MAX_UPLOADED_MB if uploads else MAX_BODY_MB)
        size, seconds, whole, begun = 0, 0.0, False, False  # seconds: that were spent waiting for it
        refusal: PlainTextResponse | None = None

        async def limited() -> Message:
            nonlocal size, seconds, whole, refusal
            if whole:
                return await receive()
            start, most_seconds = time.monotonic(), UPLOAD_SECONDS + size / SLOWEST_BYTES
            try:
                message = await asyncio.wait_for(receive(), max(0, most_seconds - seconds))
            except asyncio.TimeoutError:
                refusal = PlainTextResponse(SLOW, 408, {"connection": "close"})
                return {"type": "http.disconnect"}
            seconds += time.monotonic() - start
            size += len(message.get("body", b""))
            whole = not message.get("more_body")
            if size > most:
                refusal = PlainTextResponse(LARGE.format(most // 1_000_000), 413, {"connection": "close"})
                return {"type": "http.disconnect"}
            return message

        async def answer(message: Message) -> None:
            nonlocal begun
            if not refusal:
                begun = True
                await send(message)

        try:
            await self.app(scope, limited, answer)
        except Exception:
            if not refusal:
                raise
        if refusal and not begun:
            await refusal(scope, receive, send)


def delete_halves(folder: Path) -> None:
    """Delete what uploads have left that broke off: Gradio keeps those for ever."""
    for file in folder.glob("tmp*"):
        try:
            if _HALF.fullmatch(file.name) and file.is_file() and time.time() - file.stat().st_mtime > HALF_SECONDS:
                file.unlink()
        except OSError:  # gone meanwhile, or another user's
            continue
