"""Whatever JSON a program sends to /stylize, it gets a painting or plain words, and nothing breaks inside."""

import json
from collections.abc import Callable, Iterator

import gradio as gr
import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.operation.jobs import Job, listen
from studio.web.mistakes import HANDLERS
from tests.support.gallery import noise, uploaded

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e308, -1, 2**63, 0.5])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = st.sampled_from(
    ["PHOTO", "", "/etc/passwd", "../x.png", "a\0b", "data:image/png;base64,AAAA", "data:,", "x" * 999]
)
PICTURES = st.fixed_dictionaries(
    {}, optional={"path": PLACES | JSON, "url": PLACES | JSON, "meta": JSON, "size": JSON, "orig_name": JSON}
)
PHOTO = st.just({"path": "PHOTO", "meta": {"_type": "gradio.FileData"}})
SETTINGS = {
    "style": st.sampled_from(["great_wave", "nobody", "own:x", "../x"]) | JSON,
    "style_image": PICTURES | PLACES | JSON,
    "strength": NUMBERS | JSON,
    "keep_colors": JSON,
    "brush": NUMBERS | JSON,
    "seed": NUMBERS | JSON,
    "blend": st.sampled_from(["starry_night", "nobody"]) | JSON,
    "mix": NUMBERS | JSON,
    "size": st.integers(-1, 200) | JSON,
    "pack": PICTURES | JSON,
    "unknown": JSON,
}
CALLS = st.fixed_dictionaries({"photo": PHOTO | PICTURES | PLACES | JSON}, optional=SETTINGS)
INTERNAL = ("Traceback", "TypeError", "NoneType", "object has no", "validation error", "Errno", "site-packages")


@pytest.fixture
def ended() -> list[Job]:
    return []


@pytest.fixture
def url(stylize_on_a_page: Callable, ended: list[Job]) -> Iterator[str]:
    with gr.Blocks(analytics_enabled=False) as app:
        stylize_on_a_page()
    listen(app, ended.append)
    options: dict = {"app_kwargs": {"exception_handlers": HANDLERS}, "ssr_mode": False, "show_error": True}
    _, url, _ = app.queue().launch(prevent_thread_lock=True, quiet=True, **options)
    yield url.rstrip("/")
    app.close()


def answer(client: httpx.Client, call: object) -> tuple[int, str, object]:
    """The status of a call, the event that ends it, and what it says."""
    begun = client.post("/gradio_api/call/v2/stylize", json=call)
    if not begun.is_success:
        return begun.status_code, "refused", begun.json()
    text = client.get(f"/gradio_api/call/stylize/{begun.json()['event_id']}").text.strip()
    event, data = text.splitlines()[-2:]
    return 200, event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture
def photo(tmp_path) -> str:
    noise(1, 24).save(tmp_path / "photo.png")
    return uploaded(tmp_path / "photo.png")


@given(call=CALLS)
@example({"photo": "PHOTO", "pack": {}})
@example({"photo": "PHOTO", "pack": [{}]})
@example({"photo": "PHOTO", "pack": {"path": "/etc/passwd"}})
def test_any_call_is_painted_or_refused_in_plain_words(client: httpx.Client, photo: str, ended: list[Job], call: dict):
    asked = json.loads(json.dumps(call).replace('"PHOTO"', json.dumps(photo)))
    ended.clear()
    status, event, said = answer(client, asked)
    assert status < 500 and event in ("complete", "error", "refused"), (status, said)
    assert not any(word in json.dumps(said) for word in INTERNAL), said
    assert event != "error" or (isinstance(said, dict) and said["error"]), said
    assert not [job for job in ended if job.result == "failed"], ended
