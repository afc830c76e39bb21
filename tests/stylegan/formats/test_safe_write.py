"""Files are replaced as a whole or not at all."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from stylegan.formats import safe_write
from stylegan.formats.safe_write import replacing, write_atomically


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
