"""Files of one visitor open for that visitor alone, and nothing else on the disk opens for anybody.

Gradio serves its files to whoever knows their address, and hands a handler any path that a caller names. Here a file
opens only if it is known whose it is: every browser gets a random cookie, and what a browser uploaded, or what was
painted for it, is that cookie's. Programs send no cookie: what they upload and get back is guarded by its unguessable
address alone, as everywhere in Gradio. A file of which nothing is known, as after a restart, is nobody's to open.
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
from pathlib import Path
from urllib.parse import urlsplit

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.settings import REMEMBERED_UPLOADS
from stylegan import ImageError

COOKIE = "atelier-visit"
GONE = "This picture is not there any more. Please add it again."
_FOLDER = re.compile(r"(?:([0-9a-f]{64})\.)?[\w-]{22}", re.IGNORECASE)


def session_of(request: gr.Request | None) -> str:
    """Whose browser a request came from; nothing for a program."""
    return (request.cookies.get(COOKIE) or "") if request else ""


def folder_name(session: str) -> str:
    """A name that cannot be guessed, for a folder whose files only one visitor gets."""
    name = secrets.token_urlsafe(16)
    return f"{_digest(session)}.{name}" if session else name


def open_by_name(root: Path) -> None:
    """A folder of folders, each of which opens for the visitor that its name says (``folder_name``)."""
    _known.by_name.add(_real(root))


def keep_open(paths: Iterable[str | Path]) -> None:
    """Files and folders of the app's own, which stay everybody's, whoever uploads the same file."""
    _known.everybodys.update(map(_real, paths))


def remember(session: str, *paths: str) -> None:
    """Files that a visitor brought. Without a session they open for whoever knows their address."""
    for path in paths:
        _known.add(path, _digest(session))


def may_open(path: str, session: str) -> bool:
    """Whether a visitor may have a file: only one that is known to be theirs or everybody's."""
    return "\0" not in path and _known.open_to(_real(path), _digest(session))


def check_files(session: str, *paths: str | None) -> None:
    """Refuse files that a visitor may not have as inputs, in the same words as files that are gone.

    Raises:
        ImageError: at least one of them is not there for this visitor.
    """
    if not all(may_open(path, session) and os.path.isfile(path) for path in paths if path):
        raise ImageError(GONE)


class FileGuard:
    """ASGI middleware: hands out the cookie, remembers who uploaded what, and refuses others' files."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        foreign = _from_another_site(Request(scope))
        if foreign:  # its pages get what a program gets, and not what the visitor may
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"cookie"]}
        request = Request(scope)
        path, session = scope["path"], request.cookies.get(COOKIE, "")
        asked = re.split(r"/file[=/]", path, maxsplit=1)
        if len(asked) == 2 and not may_open(asked[1], session):
            return await PlainTextResponse("Not found", 404)(scope, receive, send)
        if scope["method"] == "POST" and path.endswith("/upload"):
            send = _remembering(send, session)
        elif scope["method"] == "GET" and path.endswith("/") and not session and not foreign:
            scheme = request.headers.get("x-forwarded-proto", request.url.scheme)  # a Space sits behind a proxy
            send = _greeting(send, secure=scheme.startswith("https"))
        await self.app(scope, receive, send)


def _from_another_site(request: Request) -> bool:
    """Whether another site's page sends this with the visitor's cookies, which Gradio would let it read the answer of.

    Browsers say so themselves; older ones name the page's origin where they would not follow a link.
    """
    said = request.headers.get("sec-fetch-site")
    if said:
        return said in ("cross-site", "same-site") and request.headers.get("sec-fetch-mode") != "navigate"
    origin = request.headers.get("origin")
    hosts = request.headers.get("host"), request.headers.get("x-forwarded-host")
    return bool(origin) and urlsplit(origin).netloc not in hosts


class _KnownFiles:
    """Who may open which files. Of uploads the newest are known; the others open for nobody any more."""

    def __init__(self, kept: int):
        self._kept, self._lock = kept, threading.Lock()
        self._owners: OrderedDict[tuple[str, str], None] = OrderedDict()  # path and digest of a session, oldest first
        self.everybodys: set[str] = set()
        self.by_name: set[str] = set()

    def add(self, path: str, digest: str) -> None:
        owned = _real(path), digest
        with self._lock:
            self._owners[owned] = None
            self._owners.move_to_end(owned)
            if len(self._owners) > self._kept:
                self._owners.popitem(last=False)

    def open_to(self, path: str, digest: str) -> bool:
        with self._lock:
            if (path, digest) in self._owners or (path, _NOBODY) in self._owners:
                return True
        return any(self._opens(folder, path, digest) for folder in (path, *map(str, Path(path).parents)))

    def _opens(self, folder: str, path: str, digest: str) -> bool:
        if folder in self.everybodys:
            return True
        name = _FOLDER.fullmatch(Path(path).relative_to(folder).parts[0]) if folder in self.by_name - {path} else None
        return bool(name) and name[1] in (None, digest)


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _real(path: str | Path) -> str:
    """The path of a file with its links followed, so that two names of one file are the same."""
    return os.path.normcase(os.path.realpath(path))


def _remembering(send: Send, session: str) -> Send:
    """Send on the answer to an upload, and remember the paths in it."""
    body = bytearray()

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.body":
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                remember(session, *_paths(bytes(body)))
        await send(message)

    return send_on


def _paths(body: bytes) -> list[str]:
    try:
        answer = json.loads(body)
    except ValueError:  # an upload that was refused
        return []
    return [path for path in answer if isinstance(path, str)] if isinstance(answer, list) else []


def _greeting(send: Send, secure: bool) -> Send:
    """Send on a page with a cookie for this browser, which a page inside another site's frame gets, too."""
    cookie = SimpleCookie({COOKIE: secrets.token_urlsafe(24)})
    cookie[COOKIE]["path"], cookie[COOKIE]["httponly"] = "/", True
    cookie[COOKIE]["samesite"], cookie[COOKIE]["secure"] = ("None" if secure else "Lax"), secure
    header = cookie[COOKIE].OutputString() + ("; Partitioned" if secure else "")

    async def greet(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("set-cookie", header)
        await send(message)

    return greet


_NOBODY = _digest("")
_known = _KnownFiles(REMEMBERED_UPLOADS)
