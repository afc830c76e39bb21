"""The queue of trainings, with real trainings of a few steps."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studio.styles import training_queue
from studio.styles.library import StyleLibrary, new_owner_key
from studio.styles.training_queue import TrainingQueue, TrainingRequest
from stylegan import Objective, StyleError, StyleTransfer
from stylegan.errors import TrainingError
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
    assert [step for step, _, _ in job.runs[0].history] == [1, 2, 3, 4, 5, 6]
    assert job.previews >= 1 and len(job.runs[0].preview) == 2
    assert queue.forecast(100) > queue.forecast(10) > 0


def test_stop_keeps_what_was_learnt(parts: tuple, picture: str):
    queue, library = parts
    owner = new_owner_key()
    job = queue.submit(TrainingRequest.read(owner, "Stopped", [picture], 5000))
    while not job.runs[0].step and not job.ended.wait(0.1):
        pass
    queue.cancel(job)
    assert job.ended.wait(LONG)
    assert job.state == "done" and 0 < job.runs[0].step < 5000
    assert [style.key for style in library.styles(owner)] == [job.style]


def test_one_that_nobody_waits_for_ends_at_once_and_leaves_nothing(parts: tuple, picture: str):
    queue, library = parts
    owner = new_owner_key()
    job = queue.submit(TrainingRequest.read(owner, "Dropped", [picture], 5000))
    while not job.runs[0].step and not job.ended.wait(0.1):
        pass
    queue.discard(job)
    assert job.ended.wait(2) and job.state == "failed" and "nobody waited" in job.message
    assert library.styles(owner) == []
    queue.delete(job)
    assert queue.latest(owner) is None


def test_ways_that_are_compared_take_one_place_in_the_queue_and_the_same_time_each(parts: tuple, picture: str):
    queue, library = parts
    owner, ways = new_owner_key(), [Objective(style="gram"), Objective(style="moments")]
    job = queue.submit(TrainingRequest.read(owner, "Two ways", [picture], 3, objectives=ways))
    behind = queue.submit(TrainingRequest.read(new_owner_key(), "Behind", [picture], 1))
    assert queue.queue_position(behind)[0] == 1
    assert job.ended.wait(LONG) and behind.ended.wait(LONG)
    assert job.to_choose and library.styles(owner) == [], "nothing is a style before it is chosen"
    assert [run.pack.facts.objective for run in job.runs] == [str(way) for way in ways]
    ends = [run.distances[-1][0] for run in job.runs]
    assert max(ends) < 3 * min(ends), ends
    assert job.number < behind.number and all(len(run.distances) >= 2 for run in job.runs)
    queue.keep(owner, 1)
    with pytest.raises(StyleError, match="not there any more"):
        queue.keep(owner, 0)
    (kept,) = library.styles(owner)
    assert kept.facts.objective == str(ways[1]) and not job.to_choose
    queue.submit(TrainingRequest.read(owner, "Next", [picture], 1)).ended.wait(LONG)


def test_a_comparison_that_is_stopped_keeps_what_is_there(parts: tuple, picture: str, monkeypatch: pytest.MonkeyPatch):
    queue, library = parts
    monkeypatch.setattr(queue, "_step_seconds", 100.0)
    owner, ways = new_owner_key(), [Objective(), Objective(style="gram"), Objective(style="moments")]
    job = queue.submit(TrainingRequest.read(owner, "Stopped", [picture], 60, objectives=ways))
    while not job.runs[0].step and not job.ended.wait(0.1):
        pass
    queue.cancel(job)
    assert job.ended.wait(LONG)
    (run,) = job.runs
    assert job.to_choose and run.objective == ways[0] and run.pack
    queue.delete(job)


def test_one_way_that_fails_leaves_the_others(parts: tuple, picture: str, monkeypatch: pytest.MonkeyPatch):
    queue, _ = parts
    learn = queue._learn

    def diverges(job, number: int, show: list) -> None:
        if number == 0:
            raise TrainingError("The loss is no number any more.")
        learn(job, number, show)

    monkeypatch.setattr(queue, "_learn", diverges)
    ways = [Objective(), Objective(style="moments")]
    job = queue.submit(TrainingRequest.read(new_owner_key(), "Two", [picture], 1, objectives=ways))
    assert job.ended.wait(LONG) and job.state == "done"
    assert [(run.failure, bool(run.pack)) for run in job.runs] == [
        ("The loss is no number any more.", False),
        ("", True),
    ]


def test_only_so_many_comparisons_wait_for_a_choice(parts: tuple, picture: str, monkeypatch: pytest.MonkeyPatch):
    _, library = parts
    queue = TrainingQueue(StyleTransfer.from_pretrained(), library)  # whose thread does not run
    monkeypatch.setattr(training_queue, "COMPARISONS_KEPT", 2)
    ways, owners = [Objective(), Objective(style="moments")], [new_owner_key() for _ in range(3)]
    for owner in owners:
        queue.submit(TrainingRequest.read(owner, "Ways", [picture], 1, objectives=ways)).state = "done"
    queue._forget_old_choices()
    assert [queue.latest(owner) is not None for owner in owners] == [False, True, True]


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
