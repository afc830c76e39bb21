"""Where the app keeps its data: somewhere that can be written, or a line that says what to do."""

from pathlib import Path

import pytest

from studio import settings
from stylegan import SettingError


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """A folder that cannot be made, whoever runs the tests."""
    (tmp_path / "home").write_text("a file where a folder should be")
    return tmp_path / "home" / "atelier"


def test_a_read_only_home_gets_a_temporary_folder_and_one_line(
    read_only: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    for name in ("ATELIER_DATA", "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("click.get_app_dir", lambda name: str(read_only))
    folder = settings.data_folder()
    (folder / "painting").touch()
    assert len(caplog.messages) == 1 and "ATELIER_DATA" in caplog.text and str(read_only) in caplog.text


def test_a_folder_that_exists_but_cannot_be_written_counts_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ATELIER_DATA", raising=False)
    monkeypatch.setattr("click.get_app_dir", lambda name: str(tmp_path))
    assert settings.data_folder() == tmp_path
    monkeypatch.setattr("os.access", lambda *_: False)
    assert settings.data_folder() != tmp_path


def test_a_chosen_folder_that_cannot_be_written_is_named(read_only: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ATELIER_DATA", str(read_only))
    with pytest.raises(SettingError, match="ATELIER_DATA names .*atelier, which cannot be written"):
        settings.data_folder()
    monkeypatch.setenv("ATELIER_DATA", str(read_only.parent.parent / "new" / "folder"))
    assert settings.data_folder().is_dir()
