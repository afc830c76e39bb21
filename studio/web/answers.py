"""An answer of the app, changed on its way out."""

from collections.abc import Awaitable, Callable

from starlette.types import Message, Send


def changing(send: Send, change: Callable[[Message, bytes], Awaitable[tuple[Message, bytes]]]) -> Send:
    """Where to send an answer that is held back until it is whole, and then goes on as ``change`` returns it.

    change: gets the message that starts the answer, and all of the body.
    """
    start: Message = {}
    body = b""

    async def send_on(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message
            return
        body += message.get("body", b"")
        if message.get("more_body"):
            return
        changed, content = await change(start, body)
        await send(changed)
        await send({"type": "http.response.body", "body": content})

    return send_on
