"""Painted files: nothing lost that was just painted, no disk filled, no folder escaped."""

import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from studio.web.served_files import ServedFiles

DOT = Image.new("RGB", (4, 4))


def test_only_the_newest_results_stay():
    folder = ServedFiles(kept=3)
    paths = [folder.add(f"painting {i}", DOT) for i in range(5)]
    assert [path.exists() for path in paths] == [False, False, True, True, True]


def test_a_thumbnail_keeps_its_address_and_outlasts_what_is_not_looked_at(tmp_path: Path):
    thumbs = [tmp_path / name for name in ("a.webp", "b.webp")]
    for thumb in thumbs:
        thumb.write_bytes(thumb.name.encode())
    folder = ServedFiles(kept=3)
    first = folder.thumbnails(thumbs[:1], "visitor")
    for i in range(5):
        folder.add(f"painting {i}", DOT)
        again = folder.thumbnails(thumbs, "visitor")
    assert again[0] == first[0]
    assert [path.read_bytes() for path in again] == [b"a.webp", b"b.webp"]


def test_no_two_visitors_share_a_shelf(tmp_path: Path):
    thumb = tmp_path / "a.webp"
    thumb.write_bytes(b"a")
    folder = ServedFiles(kept=10)
    places = {folder.thumbnails([thumb], visit)[0].parent for visit in ("one", "two", "", "")}
    assert len(places) == 4


def test_hostile_names_stay_inside_the_folder():
    folder = ServedFiles(kept=10)
    root = folder.add("plain", DOT).parent.parent
    for name in ("../../etc/passwd", "/abs", "..", "", "a" * 500, "<script>", "nul\0l"):
        path = folder.add(name, DOT)
        assert path.resolve().parent.parent == root.resolve()
        assert len(path.name) < 100
        assert set(path.name) & set("<>/\0") == set()


def test_the_folder_goes_with_the_app():
    folder = ServedFiles(kept=3)
    path: Path = folder.add("painting", DOT)
    del folder
    assert not path.exists()


def test_a_folder_that_the_system_tidies_away_is_made_again(tmp_path: Path):
    """systemd-tmpfiles and macOS do so: every painting would fail until a restart."""
    (tmp_path / "a.webp").write_bytes(b"a")
    folder = ServedFiles(kept=3)
    first = folder.thumbnails([tmp_path / "a.webp"], "visitor")
    shutil.rmtree(folder.add("painting", DOT).parents[1])
    assert folder.add("painting", DOT).exists()
    assert folder.thumbnails([tmp_path / "a.webp"], "visitor")[0].exists() and first


@pytest.mark.parametrize("kept", [1, 2, 10])
def test_as_many_stay_as_are_promised(kept: int):
    folder = ServedFiles(kept)
    paths = []
    for i in range(3 * kept):
        paths.append(folder.add(f"painting {i}", DOT))
        os.utime(paths[-1].parent, (i, i))
        assert sum(path.exists() for path in paths) == min(i + 1, kept)


def test_four_who_paint_at_once_lose_nothing():
    folder = ServedFiles(kept=50)
    with ThreadPoolExecutor(4) as threads:
        paths = list(threads.map(lambda i: folder.add(f"painting {i}", DOT), range(200)))
    assert sum(path.exists() for path in paths) == 50


HOSTILE_NAMES = (
    *("a/b", "..", "it's", 'say "hi"', "<img src=x onerror=alert(1)>", "🎨🖼️", "\u202egnp.exe", "%2e%2e%2f"),
    *("x" * 240, "-rf", "$(id)", "a\nb", "CON", ".hidden", "a\\b", "a:b"),
)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_photo_of_any_name_gives_its_painting_a_harmless_one(name: str):
    folder = ServedFiles(kept=1)
    path = folder.add(f"{name}__great_wave", DOT)
    assert path.exists() and len(path.stem) <= 80 and path.stem.isprintable()
    assert not set(path.stem) & set("/\\<>\"'%$():\u202e ") and not path.stem.startswith((".", "-"))


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the system's own tidying must do")
def test_the_next_start_deletes_what_a_killed_app_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Up to a thousand paintings, which are somebody's, would stay in the temporary folder for good."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    running = ServedFiles(kept=5)
    mine = running.add("mine", DOT)
    killed = subprocess.Popen(["true"])
    killed.wait()
    left = tmp_path / f"atelier-{killed.pid}-x"
    (left / "folder").mkdir(parents=True)
    (left / "folder" / "painting.png").write_bytes(b"somebody's")
    foreign = [tmp_path / name for name in ("atelier-notes-x", "other-1-x")]
    for folder in foreign:
        folder.mkdir()
    another = ServedFiles(kept=5)
    assert not left.exists() and mine.exists() and all(folder.exists() for folder in foreign)
    assert another.add("painting", DOT).exists()
