"""Whoever runs the app sees each job in one line, and no visitor's secret in any."""

import json
import logging
from collections.abc import Iterator

import gradio as gr
import pytest

from studio.operation.jobs import job, note_error, note_size, running
from stylegan import StyleError
from stylegan.interrupt import Interrupted


def told(caplog: pytest.LogCaptureFixture) -> list[dict]:
    return [json.loads(record.message)["job"] for record in caplog.records]


class Tab:
    @job("sheet")
    def sheet(self, styles: int) -> Iterator[int]:
        """What the handler says of itself stays."""
        for style in range(styles):
            note_size((640, 480 + style))
            yield style

    @job("paint")
    def paint(self, mistake: Exception | None = None) -> str:
        if mistake:
            raise mistake
        note_size((64, 48))
        return "painting.png"

    @job("tell")
    def tell(self, mistake: Exception) -> str:
        note_error(mistake)
        return "said on the page"


@pytest.fixture(autouse=True)
def level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "studio.operation.jobs")


def test_a_job_that_went_well(caplog: pytest.LogCaptureFixture):
    assert Tab().paint() == "painting.png" and list(Tab().sheet(3)) == [0, 1, 2]
    paint, sheet = told(caplog)
    assert paint.keys() == {"what", "id", "size", "ms", "queue_ms", "result"}
    assert (paint["what"], paint["size"], paint["result"]) == ("paint", "64x48", "ok")
    assert (sheet["what"], sheet["size"], sheet["result"]) == ("sheet", "640x482", "ok")
    assert paint["id"] != sheet["id"]


def test_a_sheet_that_nobody_waits_for_was_cancelled(caplog: pytest.LogCaptureFixture):
    updates = Tab().sheet(3)
    next(updates)
    updates.close()  # as Gradio does
    (sheet,) = told(caplog)
    assert (sheet["result"], sheet["size"]) == ("cancelled", "640x480")


def refused() -> Exception:
    """A refusal as ``user_errors`` raises it: it names a file."""
    try:
        raise StyleError("Grandma's secret.jpg is not a picture.")
    except StyleError as error:
        try:
            raise gr.Error(str(error)) from None
        except gr.Error as shown:
            return shown


@pytest.mark.parametrize(
    ("mistake", "result", "kind"),
    [
        (StyleError("/home/anna/secret.jpg"), "refused", "StyleError"),
        (refused(), "refused", "StyleError"),
        (Interrupted(), "cancelled", None),
        (MemoryError("/home/anna/secret.jpg"), "failed", "MemoryError"),
    ],
)
def test_the_kind_of_a_mistake_is_told_and_never_its_text(caplog, mistake: Exception, result: str, kind: str | None):
    with pytest.raises(type(mistake)):
        Tab().paint(mistake)
    assert Tab().tell(mistake) == "said on the page"
    for line in told(caplog):
        assert (line["result"], line.get("error")) == (result, kind)
    assert "secret" not in caplog.text and len(caplog.records) == 2


def test_gradio_still_sees_the_handler_itself():
    assert gr.utils.get_type_hints(Tab.sheet)["styles"] is int
    assert Tab.sheet.__doc__ == "What the handler says of itself stays."


def test_work_in_another_thread_tells_how_long_it_waited(caplog: pytest.LogCaptureFixture):
    with running("finetune", queue_seconds=1.5):
        note_size((512, 700))
    (line,) = told(caplog)
    assert (line["queue_ms"], line["size"]) == (1500, "512x700") and line["ms"] < 1000


def test_outside_of_a_job_notes_are_no_mistake():
    note_size((1, 1))
    note_error(ValueError())
