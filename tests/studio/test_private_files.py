"""What a stranger can read of the server through the app's own addresses, on a running app: nothing."""

import base64
import json
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from stylegan.sample_photos import sample_photos
from tests.support.pictures import synthetic_picture

GONE = "This picture is not there any more. Please add it again."
META = {"meta": {"_type": "gradio.FileData"}}
REST = [False, 1.0, 0, "", 0.5, 0, None, False, 0.0]  # the other settings of /stylize, in order


@pytest.fixture
def api(app_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{app_url}/gradio_api", timeout=60) as client:
        yield client


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    synthetic_picture(40, 30, 1, 4).save(tmp_path / "secret.png")
    return tmp_path / "secret.png"


def upload(api: httpx.Client, path: Path, cookie: str = "") -> str:
    headers = {"cookie": f"atelier-visit={cookie}"} if cookie else {}
    return api.post("/upload", files={"files": (path.name, path.read_bytes())}, headers=headers).json()[0]


def answer(api: httpx.Client, call: str, body: dict, cookie: str = "") -> tuple[str, object]:
    """The event that ends a call, and what it says."""
    headers = {"cookie": f"atelier-visit={cookie}"} if cookie else {}
    begun = api.post(call, json=body, headers=headers)
    assert begun.is_success, begun.text
    name = call.split("/")[-1]
    text = api.get(f"/call/{name}/{begun.json()['event_id']}", headers=headers).text.strip()
    event, data = text.splitlines()[-2:]
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def refusal(api: httpx.Client, call: str, body: dict, cookie: str = "") -> str:
    event, said = answer(api, call, body, cookie)
    assert event == "error", said
    return said["error"] if isinstance(said, dict) else str(said)


def test_no_path_of_the_server_is_painted_whether_there_is_a_file_or_not(api: httpx.Client, secret: Path):
    photo = {"path": upload(api, sample_photos()[0])}
    for path in (str(secret), f"{secret}.absent", "docs/styles.jpg", "../../../../etc/hostname", "/etc"):
        for inputs in ({"photo": {"path": path}}, {"photo": photo, "style_image": {"path": path}}):
            assert refusal(api, "/call/v2/stylize", inputs | {"strength": 0}) == GONE, path
        assert refusal(api, "/call/stylize", {"data": [{"path": path}, "great_wave", None, 0.0, *REST]}) == GONE


def test_with_gradios_mark_no_path_opens_either(api: httpx.Client, secret: Path):
    photo = {"path": upload(api, sample_photos()[0])}
    for path in (str(secret), f"{secret}.absent"):
        named = {"path": path, **META}
        for inputs in ({"photo": named}, {"photo": photo, "style_image": named}, {"photo": photo, "pack": named}):
            assert "not uploaded by a user" in refusal(api, "/call/v2/stylize", inputs | {"strength": 0})
        assert "not uploaded by a user" in refusal(api, "/call/v2/finetune", {"pictures": [named], "steps": 1})


def test_what_a_browser_uploaded_is_not_anothers(api: httpx.Client, secret: Path):
    path = upload(api, secret, "anna")
    assert answer(api, "/call/v2/stylize", {"photo": {"path": path}, "strength": 0}, "anna")[0] == "complete"
    for mark in ({}, META):
        for cookie in ("", "ben"):
            assert refusal(api, "/call/v2/stylize", {"photo": {"path": path, **mark}, "strength": 0}, cookie) == GONE
    assert refusal(api, "/call/v2/finetune", {"pictures": [{"path": path, **META}], "steps": 1}, "ben") == GONE
    assert api.get(f"/file={path}").status_code == 404
    assert api.get(f"/file={path}", headers={"cookie": "atelier-visit=anna"}).is_success


def test_an_upload_that_was_swept_away_is_not_there_any_more(api: httpx.Client, secret: Path):
    path = upload(api, secret)
    shutil.rmtree(Path(path).parent)
    assert refusal(api, "/call/v2/stylize", {"photo": {"path": path}}) == GONE


def test_the_addresses_of_files_serve_nothing_of_the_server(api: httpx.Client, secret: Path):
    for path in (secret, "/etc/hostname", Path("app.py").resolve(), "app.py", "https://127.0.0.1/a.png"):
        for address in (f"/file={path}", f"/file/{path}"):
            assert api.get(address).status_code == 404, address


def test_the_pictures_of_the_page_itself_are_there_for_everybody(app_url: str, api: httpx.Client):
    components = {c["props"].get("elem_id"): c["props"] for c in httpx.get(f"{app_url}/config").json()["components"]}
    tiles = components["wall"]["value"]
    assert len(tiles) >= 16 and all(api.get(f"/file={tile['image']['path']}").is_success for tile in tiles)


def test_a_script_uploads_and_paints_as_ever(app_url: str, secret: Path, tmp_path: Path):
    client = Client(app_url, verbose=False, download_files=tmp_path / "painted")
    assert Path(client.predict(photo=handle_file(secret), strength=0, api_name="/stylize")).exists()
    with pytest.raises(AppError, match="not there any more"):
        client.predict(photo={"path": str(secret)}, strength=0, api_name="/stylize")


def test_a_picture_as_base64_paints_and_one_from_a_private_address_is_never_fetched(api: httpx.Client, secret: Path):
    url = "data:image/png;base64," + base64.b64encode(secret.read_bytes()).decode()
    event, said = answer(api, "/call/v2/stylize", {"photo": {"url": url}, "style_image": {"url": url}})
    assert event == "complete" and said[0]["path"].endswith("file__file.png")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(1)
        private = f"http://127.0.0.1:{server.getsockname()[1]}/a.png"
        for named, words in (({"path": private, **META}, "Nothing could be fetched"), (private, "Send a picture")):
            assert words in refusal(api, "/call/v2/stylize", {"photo": named})
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("name", ["strength", "brush", "mix", "seed", "size"])
def test_null_for_a_number_is_the_usual_or_a_plain_word(api: httpx.Client, secret: Path, name: str):
    asked = {"photo": {"path": upload(api, secret)}, "style": None, "blend": None, name: None}
    event, said = answer(api, "/call/v2/stylize", asked)
    assert event == "complete" or re.search(r"needs a number from [\d.]+ to \d\.", str(said)), said
