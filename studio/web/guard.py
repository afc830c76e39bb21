"""Files of one visitor open for that visitor alone.

Gradio serves its files to whoever knows their address. Here every browser gets a random cookie; a file that a browser
uploaded, or that was painted for it, is served to that cookie only. Programs send no cookie: what they upload and get
back is guarded by its unguessable address alone, as everywhere in Gradio.
"""

import hashlib
import json
import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from http.cookies import SimpleCookie

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.settings import REMEMBERED_UPLOADS
from stylegan import ImageError

COOKIE = "atelier-visit"
_FOLDER = re.compile(r"([0-9a-f]{64})\.[\w-]{22}", re.IGNORECASE)


def session_of(request: gr.Request | None) -> str:
    """Whose browser a request came from; nothing for a program."""
    return (request.cookies.get(COOKIE) or "") if request else ""


def folder_name(session: str) -> str:
    """A name that cannot be guessed, for a folder whose files only one visitor gets."""
    name = secrets.token_urlsafe(16)
    return f"{_digest(session)}.{name}" if session else name


def may_open(path: str, session: str) -> bool:
    """Whether a visitor may have a file: false for one that is another's."""
    digest = _digest(session)
    owners = [match[1].lower() for part in re.split(r"[/\\]", path) if (match := _FOLDER.fullmatch(part))]
    return all(owner == digest for owner in owners) and _uploads.open_to(path, digest)


def keep_open(paths: Iterable[str]) -> None:
    """Files of the app's own, which stay everybody's: a visitor who uploads the same file gets the same path."""
    _uploads.keep_open(paths)


def check_files(session: str, *paths: str | None) -> None:
    """Refuse files of another visitor as inputs.

    Raises:
        ImageError: one of the files is another visitor's.
    """
    if not all(may_open(path, session) for path in paths if path):
        raise ImageError("This picture is not there any more. Please add it again.")


class FileGuard:
    """ASGI middleware: hands out the cookie, remembers who uploaded what, and refuses others' files."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)
        path, session = scope["path"], request.cookies.get(COOKIE, "")
        asked = re.split(r"/file[=/]", path, maxsplit=1)
        if len(asked) == 2 and not may_open(asked[1], session):
            return await PlainTextResponse("Not found", 404)(scope, receive, send)
        if scope["method"] == "POST" and path.endswith("/upload"):
            send = _remembering(send, session)
        elif scope["method"] == "GET" and path.endswith("/") and not session:
            scheme = request.headers.get("x-forwarded-proto", request.url.scheme)  # a Space sits behind a proxy
            send = _greeting(send, secure=scheme.startswith("https"))
        await self.app(scope, receive, send)


class _Uploads:
    """The browsers that each file was uploaded from."""

    def __init__(self, kept: int):
        self._kept, self._lock = kept, threading.Lock()
        self._sessions: OrderedDict[str, set[str]] = OrderedDict()
        self._everybodys: set[str] = set()

    def keep_open(self, paths: Iterable[str]) -> None:
        self._everybodys.update(map(_real, paths))

    def add(self, path: str, digest: str) -> None:
        with self._lock:
            self._sessions.setdefault(_real(path), set()).add(digest)
            if len(self._sessions) > self._kept:
                self._sessions.popitem(last=False)

    def open_to(self, path: str, digest: str) -> bool:
        with self._lock:
            sessions = self._sessions.get(_real(path))
        return not sessions or digest in sessions or _NOBODY in sessions or _real(path) in self._everybodys


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _real(path: str) -> str:
    return os.path.normcase(os.path.abspath(path.partition("\0")[0]))


def _remembering(send: Send, session: str) -> Send:
    """Send on the answer to an upload, and remember the paths in it."""
    body = bytearray()

    async def remember(message: Message) -> None:
        if message["type"] == "http.response.body":
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                for path in _paths(bytes(body)):
                    _uploads.add(path, _digest(session))
        await send(message)

    return remember


def _paths(body: bytes) -> list[str]:
    try:
        answer = json.loads(body)
    except ValueError:  # an upload that was refused
        return []
    return [path for path in answer if isinstance(path, str)] if isinstance(answer, list) else []


def _greeting(send: Send, secure: bool) -> Send:
    """Send on a page with a cookie for this browser, which a page inside another site's frame gets, too."""
    cookie = SimpleCookie({COOKIE: secrets.token_urlsafe(24)})
    cookie[COOKIE].update({"path": "/", "httponly": True, "samesite": "None" if secure else "Lax", "secure": secure})
    header = cookie[COOKIE].OutputString() + ("; Partitioned" if secure else "")

    async def greet(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("set-cookie", header)
        await send(message)

    return greet


_NOBODY = _digest("")
_uploads = _Uploads(REMEMBERED_UPLOADS)
