"""What scripts and assistants call, on an app that was started with a Hub that never answers."""

import asyncio
import base64
import io
import json
import re
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from stylegan import StyleTransfer
from stylegan.sample_photos import sample_photos
from tests.support.app import ROOT, running_app
from tests.support.pictures import synthetic_picture


@pytest.fixture(scope="module")
def app_url() -> Iterator[str]:
    with socket.socket() as silent:  # takes connections and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen(100)
        hub = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = {"HF_ENDPOINT": hub, "HF_HUB_OFFLINE": None, "ATELIER_GALLERY_REPO": None}
        with running_app(ATELIER_CHECKPOINT="someone/atelier", **settings) as url:
            yield url


def test_the_app_starts_without_its_hub_and_says_so(app_url: str):
    page = urllib.request.urlopen(app_url).read().decode()
    assert "the one that comes with the app" in page
    assert re.search("The Hub (does not answer, so|took too long over) someone/atelier", page)


def test_the_styles_are_listed_for_scripts(app_url: str):
    listed = Client(app_url, verbose=False).predict(api_name="/styles")
    known = StyleTransfer.from_pretrained().styles
    assert [entry["name"] for entry in listed] == [style.name for style in known]
    assert set(listed[0]) == {"name", "title", "artist", "year"}


def test_the_api_page_tells_types_and_names(app_url: str):
    endpoints = json.load(urllib.request.urlopen(f"{app_url}/gradio_api/info"))["named_endpoints"]
    assert set(endpoints) == {"/stylize", "/styles", "/finetune", "/identify"}
    named = {p["parameter_name"]: p["python_type"]["type"] for p in endpoints["/stylize"]["parameters"]}
    assert named["photo"] == "filepath" and named["strength"] == "float" and named["keep_colors"] == "bool"
    assert named["finish"] == "bool"


def test_a_program_learns_what_a_picture_is_like(app_url: str):
    found = Client(app_url, verbose=False).predict(handle_file(sample_photos()[0]), api_name="/identify")
    assert found["kind"] == "photo" and found["known"] is False
    assert len(found["styles"]) == len(StyleTransfer.from_pretrained().styles)


def test_where_nobody_switched_a_public_wall_on_there_is_no_trace_of_one(app_url: str):
    page = json.dumps(json.load(urllib.request.urlopen(f"{app_url}/config"))["components"])
    assert "showcase" in page and "delete-several" in page
    assert not re.findall("(?i)public.wall|wall-publish|wall-withdraw|Everybody will see", page)


def test_an_example_stays_everybodys_when_a_visitor_uploads_the_same_file(app_url: str):
    components = httpx.get(f"{app_url}/config").json()["components"]
    (samples,) = [c["props"]["samples"] for c in components if c["type"] == "dataset"]
    example, mine = samples[0][0]["path"], {"atelier-visit": "somebody"}
    for name, content in (("mine.png", b"mine"), (Path(example).name, Path(example).read_bytes())):
        files = {"files": (name, content)}
        (path,) = httpx.post(f"{app_url}/gradio_api/upload", files=files, cookies=mine).json()
        everybodys = httpx.get(f"{app_url}/gradio_api/file={path}").is_success
        assert everybodys == (path == example), name
    assert httpx.get(f"{app_url}/gradio_api/file={example}").is_success


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_documented_curl_call_paints(app_url: str):
    (script,) = re.findall(r"```bash\n(APP=.*?)```", (ROOT / "docs/app.md").read_text(), re.S)
    script = script.replace("http://127.0.0.1:7860", app_url).replace("@photo.jpg", f"@{sample_photos()[0]}")
    answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120).stdout
    assert "event: complete" in answer, answer
    painted = json.loads(answer.partition("data: ")[2].strip())[0]
    image = Image.open(io.BytesIO(urllib.request.urlopen(painted["url"]).read()))
    assert image.size == Image.open(sample_photos()[0]).size


def test_an_assistant_finds_the_tools_and_paints(app_url: str):
    mcp = pytest.importorskip("mcp", reason="MCP needs gradio[mcp], as in requirements.txt")
    from mcp.client.streamable_http import streamablehttp_client

    data = io.BytesIO()
    synthetic_picture(64, 48, 0, 4).save(data, "PNG")
    photo = "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()

    async def talk() -> tuple[dict, object, object]:
        async with (
            streamablehttp_client(f"{app_url}/gradio_api/mcp/") as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            listed = await session.call_tool("styles", {})
            return tools, listed, await session.call_tool("stylize", {"photo": photo, "style": "starry_night"})

    with ThreadPoolExecutor(1) as thread:  # in this one, the browser tests may have left an event loop running
        tools, listed, painted = thread.submit(asyncio.run, talk()).result()
    assert {"stylize", "styles", "finetune", "identify"} == set(tools)
    schema = tools["stylize"].inputSchema["properties"]
    assert schema["strength"]["description"] == "0 gives the photo back, 1 the boldest painting."
    assert "great_wave" in listed.content[0].text
    assert not painted.isError, painted.content
    images = [content for content in painted.content if content.type == "image"]
    assert Image.open(io.BytesIO(base64.b64decode(images[0].data))).size == (64, 48)
