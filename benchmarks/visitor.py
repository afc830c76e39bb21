"""A visitor of the running app as its browser speaks for them: a cookie, a page, uploads, clicks; no browser needed."""

import asyncio
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import httpx
from PIL import Image

from studio.styles.library import new_owner_key

ROUTE = "/gradio_api"
WAIT_SECONDS = 600  # for one painting, its place in the queue included


@dataclass(frozen=True)
class Answer:
    """What became of one click."""

    seconds: float  # from the click until the painting is there
    painting: bytes = b""  # a PNG file; none where there is a refusal
    address: str = ""  # of that file
    place: int = 0  # how many were to come first, as the page said
    refusal: str = ""  # why there is none, in the words that a person reads


@dataclass
class Visitor:
    """One browser with one page open. ``config``: the page's, as /config answers it."""

    client: httpx.AsyncClient
    config: Mapping[str, Any]
    owner_key: str = field(default_factory=new_owner_key)
    page: str = field(default_factory=lambda: secrets.token_hex(6))

    @classmethod
    async def arrive(cls, url: str) -> "Visitor":
        """Open the page, which hands out the cookie."""
        client = httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(WAIT_SECONDS))
        (await client.get("/")).raise_for_status()
        return cls(client, (await client.get("/config")).json())

    async def upload(self, picture: Image.Image, name: str) -> dict[str, Any]:
        """Bring a picture; returns what the page then holds in its input."""
        data = BytesIO()
        picture.save(data, "PNG", compress_level=1)
        answer = await self.client.post(f"{ROUTE}/upload", files={"files": (name, data.getvalue())})
        return {"path": answer.raise_for_status().json()[0], "meta": {"_type": "gradio.FileData"}}

    async def paint(self, photo: dict[str, Any], style: str, **settings: Any) -> Answer:
        """Click a style; settings by the labels of their controls."""
        begun = time.monotonic()
        values = {"Your photo": photo, "Style": style, **settings}
        waiting = re.search(r"(One|\d+) others? come", str(await self.at_once("_ask", values)))
        place = int(waiting[1].replace("One", "1")) if waiting else 0
        try:
            said = await self.queued("show", values)
        except httpx.HTTPStatusError as refused:
            return Answer(time.monotonic() - begun, refusal=refused.response.text)
        file = next((o["value"] for o in said if isinstance(o, dict) and _is_png(o.get("value"))), None)
        if file is None:
            return Answer(time.monotonic() - begun, place=place, refusal=" ".join(map(str, said))[:300])
        painting = (await self.client.get(file["url"])).raise_for_status().content
        return Answer(time.monotonic() - begun, painting, file["url"], place)

    async def gallery(self) -> int:
        """Look at the Gallery's first page; how many paintings are there."""
        said = await self.at_once("_first", {})
        wall = next(o["value"] for o in said if isinstance(o, dict) and isinstance(o.get("value"), list))
        for painting in wall[:8]:
            (await self.client.get(painting["image"]["url"])).raise_for_status()
        return len(wall)

    async def at_once(self, handler: str, values: Mapping[str, Any]) -> list:
        """An event without a queue."""
        body = self._body(handler, values)
        return (await self.client.post(f"{ROUTE}/run/predict", json=body)).raise_for_status().json()["data"]

    async def queued(self, handler: str, values: Mapping[str, Any]) -> list:
        """An event of the queue, and what it answers.

        Raises:
            httpx.HTTPStatusError: it was refused. RuntimeError: it broke.
        """
        (await self.client.post(f"{ROUTE}/queue/join", json=self._body(handler, values))).raise_for_status()
        given = {"session_hash": self.page}
        async with self.client.stream("GET", f"{ROUTE}/queue/data", params=given) as stream:
            async for line in stream.aiter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    if not message["success"]:
                        raise RuntimeError(str(message["output"]))
                    return message["output"]["data"]
        raise RuntimeError(f"{handler} was never answered")

    def _body(self, handler: str, values: Mapping[str, Any]) -> dict[str, Any]:
        called = next(d for d in self.config["dependencies"] if d["api_name"] == handler)
        parts = {part["id"]: part for part in self.config["components"]}
        data = [self._value(parts[id], values) for id in called["inputs"]]
        return {"fn_index": called["id"], "data": data, "session_hash": self.page, "event_data": None}

    def _value(self, part: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
        if part["type"] == "browserstate":
            return self.owner_key
        return values.get(part["props"].get("label"), None if part["type"] == "state" else part["props"].get("value"))


async def click_together(url: str, photo: Image.Image, style: str, visitors: int, clicks: int) -> list[float]:
    """Seconds from each click to its painting, where so many visitors click so often, each as soon as they have one."""

    async def click(number: int) -> list[float]:
        visitor = await Visitor.arrive(url)
        given = await visitor.upload(photo, "photo.png")
        await visitor.paint(given, style)  # finds the faces
        await everybody.wait()
        answers = [await visitor.paint(given, style, Take=1 + number * clicks + i) for i in range(clicks)]
        await visitor.client.aclose()
        if refused := [answer.refusal for answer in answers if not answer.painting]:
            raise RuntimeError(f"A click was refused: {refused[0]}")
        return [answer.seconds for answer in answers]

    everybody = _Together(visitors)
    return sum(await asyncio.gather(*map(click, range(visitors))), [])


class _Together:
    """Waits until all are there; ``asyncio.Barrier`` is not in Python 3.10."""

    def __init__(self, number: int):
        self._left, self._there = number, asyncio.Event()

    async def wait(self) -> None:
        self._left -= 1
        if not self._left:
            self._there.set()
        await self._there.wait()


def _is_png(value: object) -> bool:
    return isinstance(value, dict) and str(value.get("path", "")).endswith(".png")
