"""Assistants that speak MCP: Gradio calls itself for them, without saying for whom, nor when they have left."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.settings import space_id

PATH = "/gradio_api/mcp"
HEADER = "x-atelier-call"  # which Gradio passes on to the call that it makes for the assistant


@dataclass
class Call:
    """What an assistant waits for."""

    address: str  # of the assistant
    left: bool = False


class AssistantCalls:
    """Middleware that marks each request of an assistant with a secret, by which its call is found."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            return await self.app(scope, receive, send)
        token, call = secrets.token_urlsafe(16), Call(address_of(Request(scope)))
        _calls[token] = call
        others = [header for header in scope["headers"] if header[0] != HEADER.encode()]

        async def listen() -> Message:
            message = await receive()
            call.left |= message["type"] == "http.disconnect"
            return message

        try:
            marked = {**scope, "headers": [*others, (HEADER.encode(), token.encode())]}
            await self.app(marked, listen, send)
        finally:
            call.left = True
            del _calls[token]


def still_waits(headers: Mapping[str, str]) -> bool:
    """Whether the assistant waits that a request with these headers was made for; True for any other request."""
    if HEADER not in headers:
        return True
    call = _calls.get(headers[HEADER])
    return call is not None and not call.left


def address_of(request: Request) -> str:
    """Where a request came from, as far as it can be known; on a Space its proxy says so."""
    call = _calls.get(request.headers.get(HEADER, ""))
    if call:
        return call.address
    said = request.headers.get("x-forwarded-for", "").partition(",")[0].strip() if space_id() else ""
    return said or (request.client.host if request.client else "")


_calls: dict[str, Call] = {}  # those that go on
