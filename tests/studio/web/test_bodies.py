"""A request that never ends holds nobody up, on a small app of real Gradio."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import gradio as gr
import httpx
import pytest
from starlette.middleware import Middleware

from studio.web import bodies
from studio.web.bodies import SLOW, BodyLimits

HEAD = "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n"
UPLOAD = "/gradio_api/upload", "multipart/form-data; boundary=xx"
CALL = "/gradio_api/call/v2/paint", "application/json"
BEGUN = '--xx\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\nhalf'


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    monkeypatch.setattr(bodies, "UPLOAD_SECONDS", 1.0)
    monkeypatch.setattr(bodies, "MAX_BODY_MB", 1)
    monkeypatch.setattr(bodies, "TIDY_SECONDS", -1)  # always
    with gr.Blocks(analytics_enabled=False) as app:
        name = gr.Textbox()
        name.submit(lambda name: name, name, name, api_name="paint")
    options: dict = {"app_kwargs": {"middleware": [Middleware(BodyLimits)]}, "ssr_mode": False}
    _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, **options)
    yield url.rstrip("/")
    app.close()


def connected(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=30)


def halves(tmp_path: Path) -> list[Path]:
    return [file for file in (tmp_path / "uploads").glob("*") if file.is_file()]


@pytest.mark.parametrize(("path", "kind"), [UPLOAD, CALL])
def test_a_body_that_comes_in_drops_is_ended_and_nothing_of_it_stays(url: str, path: str, kind: str, tmp_path: Path):
    start = time.monotonic()
    with connected(url) as slow:
        slow.sendall(HEAD.format(path, kind, 1_000_000).encode() + BEGUN.encode())
        assert httpx.get(f"{url}/config").is_success, "others are served meanwhile"
        slow.settimeout(0.2)
        answer = b""
        while not answer and time.monotonic() - start < 30:  # one byte every now and then
            try:
                slow.sendall(b"x")
                answer = slow.recv(4096)
            except TimeoutError:
                pass
        slow.settimeout(30)
        while part := slow.recv(4096):  # until the connection is closed
            answer += part
    assert b" 408 " in answer.splitlines()[0] and SLOW.encode() in answer
    left = halves(tmp_path)
    assert len(left) == (path == UPLOAD[0])
    for file in left:
        os.utime(file, (0, 0))
    httpx.post(f"{url}/gradio_api/upload", files={"files": ("b.png", b"whole")})
    assert not halves(tmp_path)


def test_a_body_that_comes_steadily_may_take_longer(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "SLOWEST_BYTES", 1000)
    body = (BEGUN + "x" * 4000 + "\r\n--xx--\r\n").encode()
    with connected(url) as slow:
        slow.sendall(HEAD.format(*UPLOAD, len(body)).encode())
        for first in range(0, len(body), 500):
            slow.sendall(body[first : first + 500])
            time.sleep(0.25)  # 2 s in all
        assert b" 200 " in slow.recv(4096).splitlines()[0]


def test_a_body_that_is_too_large_is_refused_before_it_fills_the_memory(url: str):
    answer = httpx.post(f"{url}/gradio_api/call/v2/paint", json={"name": "x" * 1_100_000})
    assert (answer.status_code, answer.text) == (413, "That is too much at once: at most 1 MB.")
    assert httpx.post(f"{url}/gradio_api/call/v2/paint", json={"name": "x" * 900_000}).is_success
