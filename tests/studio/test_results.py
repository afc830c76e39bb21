"""Painted files: nothing lost that was just painted, no disk filled, no folder escaped."""

from pathlib import Path

from PIL import Image

from studio.results import ResultFolder

DOT = Image.new("RGB", (4, 4))


def test_only_the_newest_results_stay():
    folder = ResultFolder(kept=3)
    paths = [folder.add(f"painting {i}", DOT) for i in range(5)]
    assert [path.exists() for path in paths] == [False, False, True, True, True]


def test_hostile_names_stay_inside_the_folder():
    folder = ResultFolder(kept=10)
    root = folder.add("plain", DOT).parent.parent
    for name in ("../../etc/passwd", "/abs", "..", "", "a" * 500, "<script>", "nul\0l"):
        path = folder.add(name, DOT)
        assert path.resolve().parent.parent == root.resolve()
        assert len(path.name) < 100
        assert set(path.name) & set("<>/\0") == set()


def test_the_folder_goes_with_the_app():
    folder = ResultFolder(kept=3)
    path: Path = folder.add("painting", DOT)
    del folder
    assert not path.exists()
