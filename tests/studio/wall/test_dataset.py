"""The dataset of the public wall: what it holds is not believed, and it delays nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import huggingface_hub.constants
import pytest
from PIL import Image

from studio.gallery import database
from studio.gallery.recipe import Recipe
from studio.gallery.store import Store, StoreError
from studio.wall import dataset
from studio.wall.dataset import WallSync, open_wall
from studio.wall.wall import PICTURE, RECORD, PublicWall
from tests.support.gallery import OWNER, keep
from tests.support.hub import Hub
from tests.support.pictures import synthetic_picture
from tests.support.wall import DATASET, KIND, TOKEN, paintings_of, record, webp

NAME = "0197f0000000-0123456789abcdef"
pytestmark = pytest.mark.usefixtures("signed_in")


# What the dataset holds already.


def test_a_restart_without_a_disk_shows_what_was_published_before(
    hub: Hub, wall: PublicWall, store: Store, connect, tmp_path: Path
):
    wall.publish(OWNER, keep(store, tmp_path, 3).id)
    connect(wall)
    empty = PublicWall(tmp_path / "other-wall", Store(tmp_path / "other-gallery"), DATASET)
    connect(empty)
    assert [look.recipe for look in empty.latest()] == [Recipe("great_wave", "The Great Wave", seed=3)]
    assert len(paintings_of(hub.files(DATASET, KIND))) == 2


def test_what_the_datasets_owner_deletes_is_gone_at_the_next_start(
    hub: Hub, wall: PublicWall, store: Store, connect, tmp_path: Path
):
    mine = keep(store, tmp_path, 1)
    wall.publish(OWNER, mine.id)
    connect(wall)
    hub.add(DATASET, {}, KIND)
    connect(wall)
    assert wall.latest() == [] and not wall.has(OWNER, mine.id)
    assert paintings_of(hub.files(DATASET, KIND)) == {}


def test_only_the_newest_are_fetched(hub: Hub, wall: PublicWall, connect, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dataset, "WALL_SHOWN", 2)
    picture = webp(synthetic_picture(40, 30, 1, 4))
    names = [f"{number:012x}-{'0' * 16}" for number in range(5)]
    files = {f"{name}{PICTURE}": picture for name in names} | {f"{name}{RECORD}": record() for name in names}
    hub.add(DATASET, files | {"README.md": b"# Wall", "photo.webp": picture}, KIND)
    connect(wall)
    assert [look.name for look in wall.latest()] == [names[4], names[3]]
    fetched = {path.rsplit("/", 1)[1] for _, path, _ in hub.requests if "/resolve/" in path}
    assert fetched == {f"{name}{suffix}" for name in names[3:] for suffix in (PICTURE, RECORD)}


GOOD = webp(synthetic_picture(40, 30, 1, 4))
FRAMES = [synthetic_picture(40, 30, seed, 4) for seed in range(3)]
PNG = BytesIO()
FRAMES[0].save(PNG, "PNG")
HOSTILE = {
    "a picture of another format": (PNG.getvalue(), record()),
    "half a picture": (GOOD[: len(GOOD) // 2], record()),
    "no picture": (b"<script>alert(1)</script>", record()),
    "a moving picture": (webp(FRAMES[0], save_all=True, append_images=FRAMES[1:]), record()),
    "a picture that takes a gigabyte": (webp(Image.new("RGB", (16383, 4000))), record()),
    "a dot": (webp(Image.new("RGB", (1, 1))), record()),
    "too many bytes": (GOOD + b"\0" * 5_000_000, record()),
    "no JSON": (GOOD, b"{"),
    "no text": (GOOD, b"\xff\xfe\0"),
    "a list": (GOOD, b"[1, 2]"),
    "a list of a recipe": (GOOD, b'{"recipe": ["great_wave"]}'),
    "a deep record": (GOOD, b"[" * 9_000),
    "a long record": (GOOD, record(Comment="x" * 10_000)),
    "a path for a style": (GOOD, record(Style="../../etc/passwd")),
    "a number for a style": (GOOD, record(Style=7)),
    "an impossible strength": (GOOD, record(Strength="1e999")),
    "a title over two lines": (GOOD, record(Title="a\nb")),
    "a book for a title": (GOOD, record(Title="x" * 201)),
    "another program's": (GOOD, record(Software="GIMP")),
}


def test_hostile_paintings_in_the_dataset_are_not_shown(
    hub: Hub, wall: PublicWall, connect, caplog: pytest.LogCaptureFixture
):
    files = {}
    for number, (picture, said) in enumerate(HOSTILE.values()):
        name = f"{number:012x}-{'0' * 16}"
        files |= {f"{name}{PICTURE}": picture, f"{name}{RECORD}": said}
    files |= {f"{NAME}{PICTURE}": GOOD, f"{NAME}{RECORD}": record(Title="<img src=x>", Photo="a" * 64, Pack="b" * 64)}
    files |= {"index.html": b"<script>", f"x/{NAME}{RECORD}": record(), f"{NAME[:-1]}{RECORD}": record()}
    hub.add(DATASET, files, KIND)
    connect(wall)
    shown = {look.name: look.recipe for look in wall.latest()}
    problems = [problem for number, problem in enumerate(HOSTILE) if f"{number:012x}-{'0' * 16}" in shown]
    assert problems == []
    assert shown == {NAME: Recipe("great_wave", "<img src=x>")}  # a title is a text, whatever it says
    told = [r.getMessage() for r in caplog.records if r.name.startswith("studio")]
    assert len(told) == 1 and "cannot be shown" in told[0]


def test_a_downloaded_file_is_not_believed_to_be_as_small_as_was_said(wall: PublicWall, tmp_path: Path):
    (tmp_path / f"{NAME}{PICTURE}").write_bytes(GOOD + b"\0" * 5_000_000)
    (tmp_path / f"{NAME}{RECORD}").write_bytes(record())
    assert not wall.import_painting(tmp_path, NAME)
    (tmp_path / f"{NAME}{PICTURE}").write_bytes(GOOD)
    assert wall.import_painting(tmp_path, NAME)


@pytest.mark.parametrize("name", ["../gallery/gallery", "", "x" * 1000, "a\0b"])
def test_a_name_that_is_none_finds_nothing(wall: PublicWall, name: str):
    with pytest.raises(StoreError, match="not on the wall any more"):
        wall.find(name)


# Switching it on.


@pytest.mark.parametrize(
    ("repo", "token", "message"),
    [
        ("no-owner", TOKEN, "should look like owner/name"),
        ("a/b/c", TOKEN, "should look like owner/name"),
        ("https://huggingface.co/a/b", TOKEN, "should look like owner/name"),
        ("a/b@main", TOKEN, "should look like owner/name"),
        (TOKEN, TOKEN, "should look like owner/name"),
        (DATASET, "", "set HF_TOKEN"),
    ],
)
def test_a_mistake_in_its_settings_is_told_in_one_line_and_the_app_goes_on(
    hub: Hub, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog, repo: str, token: str, message: str
):
    monkeypatch.setenv("ATELIER_GALLERY_REPO", repo)
    monkeypatch.setenv("HF_TOKEN", token)
    assert open_wall(tmp_path / "wall", store) is None
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1 and message in told[0] and TOKEN not in told[0]
    assert not hub.requests and not (tmp_path / "wall").exists()


@pytest.fixture
def keepers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[WallSync]]:
    """Those that the app starts by itself; they are closed at the end."""
    made = []

    class Kept(WallSync):
        def start(self) -> None:
            made.append(self)
            super().start()

    monkeypatch.setattr(dataset, "WallSync", Kept)
    yield made
    for keeper in made:
        keeper.close()


def test_a_hub_that_never_answers_delays_neither_the_start_nor_a_visitor(
    store: Store, keepers: list[WallSync], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with socket.socket() as silent:  # takes connections and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen(100)
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        mine = keep(store, tmp_path, 1)
        start = time.monotonic()
        wall = open_wall(tmp_path / "wall", store)
        wall.publish(OWNER, mine.id)
        assert len(wall.latest()) == 1
        wall.withdraw(OWNER, mine.id)
        assert wall.latest() == []
        assert time.monotonic() - start < 2
        assert any(thread.name == "wall" and thread.is_alive() for thread in threading.enumerate())
        for keeper in keepers:
            keeper.close()


def test_a_gallery_of_the_version_before_keeps_its_paintings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as before:
        before.setattr(database, "MIGRATIONS", database.MIGRATIONS[:1])
        store = Store(tmp_path / "gallery")
        mine = keep(store, tmp_path, 1)
        store.close()
    store = Store(tmp_path / "gallery")
    assert store.get(OWNER, mine.id) == mine
    wall = PublicWall(tmp_path / "wall", store, DATASET)
    wall.publish(OWNER, mine.id)
    assert wall.has(OWNER, mine.id)


def test_another_dataset_starts_with_an_empty_wall_and_the_first_ones_are_not_mixed_up(
    hub: Hub, wall: PublicWall, store: Store, connect, tmp_path: Path
):
    mine = keep(store, tmp_path, 1)
    wall.publish(OWNER, mine.id)
    connect(wall)
    other = PublicWall(tmp_path / "wall-2", store, "someone/other")
    assert not other.has(OWNER, mine.id)
    store.delete(OWNER, [mine.id])
    connect(other)
    assert len(paintings_of(hub.files(DATASET, KIND))) == 2
    connect(wall)
    assert paintings_of(hub.files(DATASET, KIND)) == {}
