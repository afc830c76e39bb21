"""What programs and emptied fields hand over is used, or refused in words that say what would work."""

import base64
import io
import math

import gradio as gr
import pytest
from PIL import Image

from studio.web import components, guard
from tests.support.pictures import synthetic_picture


def data_url(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def path_of(value: object) -> str | None:
    """What a handler gets of what a program sends for a picture."""
    component = components.picture_input()
    return component.preprocess(component.data_model.model_validate(value))


@pytest.mark.parametrize("form", [lambda url: {"url": url}, lambda url: {"url": url, "path": "a.png"}, lambda url: url])
def test_base64_is_a_picture_that_its_sender_may_use(form):
    picture = synthetic_picture(20, 16, 1, 4)
    path = path_of(form(data_url(picture)))
    assert Image.open(path).tobytes() == picture.tobytes()
    guard.check_files("", path)


@pytest.mark.parametrize(
    "value",
    [{}, {"url": "data:image/png;base64,x"}, {"path": "https://example.org/a.png"}, "http://127.0.0.1/", {"path": 5}]
    + [{"url": "https://example.org/a.png"}, 5, ["a.png"], {"path": ""}],
)
def test_what_cannot_be_used_is_told_what_to_send(value: object):
    """Before, a style picture that was sent so was ignored without a word, and something else was painted."""
    with pytest.raises(gr.Error, match="Send a picture as"):
        path_of(value)


def test_base64_is_bounded_like_an_upload():
    with pytest.raises(gr.Error, match="too large: at most 30 MB"):
        path_of("data:image/png;base64," + "A" * 45_000_000)


def test_a_path_reaches_the_guard_as_it_is():
    assert path_of({"path": "/etc/hostname"}) == path_of("/etc/hostname") == "/etc/hostname"
    assert components.picture_input().preprocess(None) is None


@pytest.mark.parametrize("value", [None, "", "abc", [], math.nan, math.inf])
def test_an_emptied_slider_asks_for_a_number(value: object):
    with pytest.raises(gr.Error, match="Brush size needs a number from 0.5 to 2"):
        components.slider(0.5, 2, 1, label="Brush size").preprocess(value)


def test_a_number_that_is_none_is_none_and_a_text_is_refused():
    field = components.number(0, label="Take")
    assert [field.preprocess(value) for value in (None, 3, 3.0)] == [None, 3, 3]
    for value in ("abc", [], math.nan, math.inf):
        with pytest.raises(gr.Error, match="Take needs a whole number"):
            field.preprocess(value)


@pytest.mark.parametrize("several", [False, True])
def test_a_file_input_for_programs_is_not_seen_and_says_what_is_no_file(several: bool):
    count = "multiple" if several else "single"
    component = components.file_input(visible=False, label="Style pack", file_count=count)
    told = component.get_config()
    assert told["visible"] is False and told["label"] == "Style pack"  # else the page shows an upload box for nobody
    for value in ([{}], {}, [{"url": "x"}], "a"):
        with pytest.raises(gr.Error, match="Send a file"):
            component.preprocess(component.data_model.model_validate(value))
