"""Files are replaced as a whole or not at all."""

import itertools
import os
import random
import resource
import signal
import time
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize

from stylegan.formats import safe_write
from stylegan.formats.safe_write import delete_unfinished, replacing, write_atomically

FILLED = torch.zeros(100_000), torch.ones(100_000)


@pytest.mark.parametrize("broken", ["save_file", "replace"])
def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str):
    """A full disk or a kill while saving must not cost what was there."""
    path = tmp_path / "state.safetensors"
    write_atomically(path, {"x": torch.ones(3)}, {"step": "1"})
    before = path.read_bytes()

    def fail(*arguments: object, **options: object) -> None:
        if broken == "save_file":
            Path(arguments[1]).write_bytes(before[:100])  # half of a file, as a full disk would leave it
        raise OSError("no space left on device")

    monkeypatch.setattr(safe_write if broken == "save_file" else safe_write.os, broken, fail)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, {"x": torch.zeros(3)}, {"step": "2"})
    assert path.read_bytes() == before


def test_a_write_replaces_the_old_file_and_leaves_no_other(tmp_path: Path):
    path = tmp_path / "state.safetensors"
    for value in (1.0, 2.0):
        write_atomically(path, {"x": torch.full((2, 2), value).t()}, {"note": str(value)})
    assert [f.name for f in tmp_path.iterdir()] == ["state.safetensors"]
    with safe_open(path, framework="pt") as file:
        assert file.metadata() == {"note": "2.0"}
        assert file.get_tensor("x").tolist() == [[2, 2], [2, 2]]


def test_two_threads_may_write_the_same_file_at_once(tmp_path: Path):
    """Visitors look at the same thumbnail at the same moment; what one has not finished must not be another's."""
    path = tmp_path / "thumb"
    with replacing(path) as first:
        first.write_text("whole")
        with replacing(path) as second:
            second.write_text("whole, too")
        assert path.read_text() == "whole, too"
    assert path.read_text() == "whole" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_a_kill_leaves_the_old_file_or_the_new_and_in_the_end_nothing_else(tmp_path: Path, monkeypatch):
    """ATELIER_KILLS=50 kills more often. A style that was learnt must survive, and no half of one may stay."""
    path, chance = tmp_path / "mine.style.safetensors", random.Random(0)
    write_atomically(path, {"x": torch.zeros(100_000)}, {"step": "0"})
    for _ in range(int(os.environ.get("ATELIER_KILLS", 8))):
        writer = os.fork()
        if not writer:
            for step in itertools.count(1):
                with replacing(path) as partial:  # without safetensors, whose threads a fork does not have
                    partial.write_bytes(serialize({"x": FILLED[step % 2]}, {"step": str(step)}))
        time.sleep(chance.uniform(0.005, 0.06))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        with safe_open(path, framework="pt") as file:
            assert len(set(file.get_tensor("x").tolist())) == 1
    monkeypatch.setattr(safe_write, "UNFINISHED_SECONDS", -1)
    delete_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_another_process_writes_just_now_is_left_alone(tmp_path: Path):
    with replacing(tmp_path / "mine") as partial:
        partial.write_text("half")
        delete_unfinished(tmp_path)
    assert (tmp_path / "mine").read_text() == "half"


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="a limit of POSIX")
def test_a_disk_that_is_full_half_way_leaves_the_old_file(tmp_path: Path):
    """The real thing: the system itself refuses to write on, in the middle of a file."""
    path = tmp_path / "mine.style.safetensors"
    write_atomically(path, {"x": torch.ones(9)}, {"step": "1"})
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises((OSError, SafetensorError)):
            write_atomically(path, {"x": torch.zeros(100_000)}, {"step": "2"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
