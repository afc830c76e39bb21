"""The queue of trainings, with real trainings of a few steps."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studio.styles.library import StyleLibrary, new_owner_key
from studio.styles.training_queue import TrainingQueue, TrainingRequest
from stylegan import StyleError, StyleTransfer
from tests.support.app import ROOT
from tests.support.pictures import synthetic_picture

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_finetuning")]
LONG = 120  # seconds: a busy machine is not a broken app


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingQueue, StyleLibrary]:
    transfer = StyleTransfer.from_pretrained()
    library = StyleLibrary(tmp_path_factory.mktemp("styles"), transfer)
    queue = TrainingQueue(transfer, library)
    queue.start()
    return queue, library


@pytest.fixture
def picture(tmp_path: Path) -> str:
    synthetic_picture(160, 120, seed=7, detail=30).save(tmp_path / "drawing.png")
    return str(tmp_path / "drawing.png")


def test_two_at_once_the_second_waits_and_both_get_their_style(parts: tuple, picture: str):
    queue, library = parts
    first, second = new_owner_key(), new_owner_key()
    job = queue.submit(TrainingRequest.read(first, "First", [picture], 6))
    later = queue.submit(TrainingRequest.read(second, "Second", [picture], 2))
    before, _ = queue.queue_position(later)
    assert before == 1
    assert job.ended.wait(LONG) and later.ended.wait(LONG)
    assert [style.title for style in library.styles(first)] == ["First"]
    assert [style.title for style in library.styles(second)] == ["Second"]
    assert [step for step, _, _ in job.history] == [1, 2, 3, 4, 5, 6]
    assert job.previews >= 1 and len(job.preview) == 2
    assert queue.forecast(100) > queue.forecast(10) > 0


def test_stop_keeps_what_was_learnt(parts: tuple, picture: str):
    queue, library = parts
    owner = new_owner_key()
    job = queue.submit(TrainingRequest.read(owner, "Stopped", [picture], 5000))
    while not job.step and not job.ended.wait(0.1):
        pass
    queue.cancel(job)
    assert job.ended.wait(LONG)
    assert job.state == "done" and 0 < job.step < 5000
    assert [style.key for style in library.styles(owner)] == [job.style]


def test_one_that_nobody_waits_for_ends_at_once_and_leaves_nothing(parts: tuple, picture: str):
    queue, library = parts
    owner = new_owner_key()
    job = queue.submit(TrainingRequest.read(owner, "Dropped", [picture], 5000))
    while not job.step and not job.ended.wait(0.1):
        pass
    queue.discard(job)
    assert job.ended.wait(2) and job.state == "failed" and "nobody waited" in job.message
    assert library.styles(owner) == []
    queue.delete(job)
    assert queue.latest(owner) is None


def test_stopped_while_waiting_it_never_begins(parts: tuple, picture: str):
    queue, library = parts
    running = queue.submit(TrainingRequest.read(new_owner_key(), "Running", [picture], 5000))
    owner = new_owner_key()
    waiting = queue.submit(TrainingRequest.read(owner, "Waiting", [picture], 5))
    queue.cancel(waiting)
    assert waiting.ended.is_set() and "before it began" in waiting.message
    queue.cancel(running)
    assert running.ended.wait(LONG)
    assert library.styles(owner) == []


def test_a_training_that_fails_says_why_and_the_next_one_runs(
    parts: tuple, picture: str, monkeypatch: pytest.MonkeyPatch
):
    queue, library = parts
    owner = new_owner_key()
    with monkeypatch.context() as broken:
        broken.setattr(queue, "_train", lambda job: (_ for _ in ()).throw(RuntimeError("the disk is full")))
        job = queue.submit(TrainingRequest.read(owner, "Broken", [picture], 2))
        assert job.ended.wait(LONG)
    assert (job.state, job.message) == ("failed", "Learning failed: the disk is full")
    job = queue.submit(TrainingRequest.read(owner, "Mended", [picture], 2))
    assert job.ended.wait(LONG) and job.state == "done"


def test_mistakes_are_told_before_anything_begins(parts: tuple, picture: str, tmp_path: Path):
    queue, _ = parts
    (tmp_path / "letter.png").write_text("Dear reader")
    for name, pictures, message in (
        ("", [picture], "name"),
        ("x" * 61, [picture], "too long"),
        ("Sea", [], "at least one"),
        ("Sea", [picture] * 21, "20"),
        ("Sea", [str(tmp_path / "letter.png")], "not a picture"),
    ):
        owner = new_owner_key()
        with pytest.raises(ValueError, match=message):
            queue.submit(TrainingRequest.read(owner, name, pictures, 2))
        assert queue.latest(owner) is None


def test_one_training_for_each_visitor(parts: tuple, picture: str):
    queue, _ = parts
    owner = new_owner_key()
    job = queue.submit(TrainingRequest.read(owner, "One", [picture], 5000))
    with pytest.raises(StyleError, match="already"):
        queue.submit(TrainingRequest.read(owner, "Two", [picture], 2))
    queue.cancel(job)
    assert job.ended.wait(LONG)


END = """import sys, time
import signal
import subprocess
import sys
from pathlib import Path
from studio.styles.library import StyleLibrary
from studio.styles.training_queue import TrainingQueue
from stylegan import StyleTransfer
transfer = StyleTransfer.from_pretrained()
TrainingQueue(transfer, StyleLibrary(Path(sys.argv[1]), transfer)).start()
time.sleep(4)
raise KeyboardInterrupt
"""


def test_the_app_ends_cleanly_while_it_learns(tmp_path: Path):
    """Python that ends under PyTorch's feet says "terminate called without an active exception" and dumps core."""
    ended = subprocess.run([sys.executable, "-c", END, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert "KeyboardInterrupt" in ended.stderr and "terminate called" not in ended.stderr
    assert ended.returncode != -signal.SIGABRT
