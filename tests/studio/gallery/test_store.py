"""The store of results: nothing lost, nothing left over, nobody else's."""

import contextlib
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.gallery.database import MIGRATIONS, StoreError
from studio.gallery.models import ORDERS, Filter, Quota
from studio.gallery.recipe import Recipe, pixel_digest
from studio.gallery.store import Store
from studio.styles.library import new_owner_key
from tests.support.gallery import OWNER, keep, noise

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.studio.gallery.test_store"])


def disk(root: Path) -> set[Path]:
    return {path for folder in ("files", "fresh") for path in (root / folder).rglob("*") if path.is_file()}


def named(store: Store, owner: str) -> set[Path]:
    results = store.page(owner, limit=10_000)
    return {path for r in results for path in (r.painting, r.thumb, r.photo, r.picture) if path}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "gallery"


@pytest.fixture
def store(root: Path) -> Store:
    return Store(root)


def test_a_painting_comes_back_as_it_was(store: Store, root: Path, tmp_path: Path):
    kept = keep(store, tmp_path, 7, strength=0.4)
    store.close()
    again = Store(root).get(OWNER, kept.id)
    assert again == kept
    assert (again.title, again.width, again.recipe.strength, again.recipe.seed) == ("The Great Wave", 32, 0.4, 7)
    assert np.array_equal(Image.open(again.painting), noise(7))
    assert np.array_equal(Image.open(again.photo), noise(1_000_000))
    assert max(Image.open(again.thumb).size) <= 256


def test_a_photo_is_on_the_disk_once(store: Store, root: Path, tmp_path: Path):
    results = [keep(store, tmp_path, i) for i in range(10)]
    assert len({result.photo for result in results}) == 1
    assert len(disk(root)) == 10 + 10 + 1


def test_the_same_painting_again_is_one_result(store: Store, tmp_path: Path):
    first, other, again = keep(store, tmp_path, 1), keep(store, tmp_path, 2), keep(store, tmp_path, 1)
    assert again.id == first.id
    assert [result.id for result in store.page(OWNER)] == [first.id, other.id]


def test_filters_and_orders_find_what_is_meant(store: Store, tmp_path: Path):
    a = keep(store, tmp_path, 1, title="Wave")
    b = keep(store, tmp_path, 2, title="Scream")
    c = keep(store, tmp_path, 3, title="Wave")
    store.set_favourite(OWNER, a.id, True)
    found = {order: [r.id for r in store.page(OWNER, Filter(order=order))] for order in ORDERS}
    assert found == {
        "Newest first": [c.id, b.id, a.id],
        "Oldest first": [a.id, b.id, c.id],
        "By style": [b.id, c.id, a.id],
        "Favourites first": [a.id, c.id, b.id],
    }
    assert {r.id for r in store.page(OWNER, Filter(title="Wave"))} == {a.id, c.id}
    assert [r.id for r in store.page(OWNER, Filter(favourites=True))] == [a.id]
    assert [r.id for r in store.page(OWNER, Filter(since=c.created))] == [c.id]
    assert (store.count(OWNER), store.count(OWNER, Filter(title="Wave")), store.titles(OWNER)) == (
        3,
        2,
        ["Scream", "Wave"],
    )
    assert [r.id for r in store.page(OWNER, limit=1, offset=1)] == [b.id]


def test_another_owner_gets_nothing_whatever_the_ids(store: Store, tmp_path: Path):
    mine = keep(store, tmp_path, 1)
    thief = new_owner_key()
    assert (store.page(thief), store.count(thief), store.titles(thief)) == ([], 0, [])
    with pytest.raises(StoreError, match="not there"):
        store.get(thief, mine.id)
    assert store.source(thief, mine.recipe.photo) is None
    assert store.same(thief, mine.recipe) is None
    store.set_favourite(thief, mine.id, True)
    store.delete(thief, [mine.id])
    assert store.get(OWNER, mine.id) == mine
    store.delete(OWNER, [mine.id])
    store.restore(thief, [mine.id])
    assert store.count(OWNER) == 0


@pytest.mark.parametrize("owner", ["", "short", None])
def test_without_a_key_nothing_is_shared(store: Store, owner: str | None):
    with pytest.raises(StoreError, match="keeps no data"):
        store.page(owner)


def test_the_disk_does_not_tell_an_owners_key(store: Store, root: Path, tmp_path: Path):
    keep(store, tmp_path, 1)
    store.close()
    assert all(OWNER.encode() not in path.read_bytes() for path in root.rglob("*") if path.is_file())


def test_ids_cannot_be_guessed(store: Store, tmp_path: Path):
    ids = [keep(store, tmp_path, i).id for i in range(5)]
    assert len(set(ids)) == 5 and all(len(id) >= 22 for id in ids)


def test_a_deleted_painting_can_be_had_back(store: Store, tmp_path: Path):
    results = [keep(store, tmp_path, i) for i in range(3)]
    ids = [result.id for result in results]
    store.delete(OWNER, ids[:2])
    assert [r.id for r in store.page(OWNER)] == ids[2:]
    store.restore(OWNER, ids[:2])
    assert {r.id for r in store.page(OWNER)} == set(ids)
    assert all(path.exists() for path in named(store, OWNER))


def test_in_the_end_a_deleted_painting_leaves_the_disk(
    store: Store, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store.delete(OWNER, [keep(store, tmp_path, 1).id])
    assert disk(root)
    monkeypatch.setattr("studio.gallery.store.UNDO_SECONDS", -1)
    store.delete(OWNER, [])
    assert disk(root) == set()


def test_a_full_gallery_lets_the_oldest_go_but_no_favourite(root: Path, tmp_path: Path):
    store = Store(root, Quota(results=3))
    first, second, third = (keep(store, tmp_path, i) for i in range(3))
    store.set_favourite(OWNER, first.id, True)
    photo = noise(1_000_000)
    recipe = Recipe(seed=50, photo=pixel_digest(photo))
    path = tmp_path / "new.png"
    noise(50).save(path)
    fourth, gone = store.add(OWNER, path, photo, recipe, "new")
    assert gone == 1
    assert {r.id for r in store.page(OWNER)} == {first.id, third.id, fourth.id}
    assert disk(root) == named(store, OWNER)
    assert not second.painting.exists()


def test_a_quota_of_bytes_holds(root: Path, tmp_path: Path):
    store = Store(root, Quota(bytes=60_000))
    for i in range(30):
        keep(store, tmp_path, i)
    assert sum(path.stat().st_size for path in disk(root)) <= 60_000
    assert 5 < store.count(OWNER) < 20
    assert disk(root) == named(store, OWNER)


def test_one_visitor_cannot_fill_the_disk_for_all(root: Path, tmp_path: Path):
    store = Store(root, Quota(bytes_of_all=60_000))
    for i in range(20):
        keep(store, tmp_path, i, owner=new_owner_key())
    last = keep(store, tmp_path, 99)
    assert sum(path.stat().st_size for path in disk(root)) <= 60_000
    assert store.get(OWNER, last.id).painting.exists()


def test_a_gallery_full_of_favourites_says_so_and_leaves_no_files(root: Path, tmp_path: Path):
    store = Store(root, Quota(results=2))
    for i in range(2):
        store.set_favourite(OWNER, keep(store, tmp_path, i).id, True)
    before = disk(root)
    with pytest.raises(StoreError, match="full of favourites"):
        keep(store, tmp_path, 77)
    assert disk(root) == before


def test_a_disk_that_takes_no_more_is_told(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StoreError, match="cannot take it"):
        keep(store, tmp_path, 1)
    monkeypatch.undo()
    keep(store, tmp_path, 2)
    assert store.count(OWNER) == 1


def test_a_clock_that_jumps_loses_no_painting(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A laptop that wakes up, a container with a wrong clock: ten years ahead, then ten years back."""
    store, now = Store(root), time.time()
    for number, years in enumerate((0, 10, -10)):
        monkeypatch.setattr(time, "time", lambda years=years: now + years * 31_557_600)
        keep(store, tmp_path, number)
    store.close()
    assert {result.recipe.seed for result in Store(root).page(OWNER)} == {0, 1, 2}


def test_the_next_start_heals_what_is_half_there(store: Store, root: Path, tmp_path: Path):
    whole, no_painting, cut, no_thumb, no_photo = (keep(store, tmp_path, 10 * i) for i in range(5))
    store.close()
    no_painting.painting.unlink()
    cut.painting.write_bytes(cut.painting.read_bytes()[:100])
    no_thumb.thumb.unlink()
    no_photo.photo.unlink()
    (root / "files" / f"{'0' * 64}.png").write_bytes(b"half")
    (root / "fresh" / "half").write_bytes(b"half")
    healed = Store(root)
    assert {r.id for r in healed.page(OWNER)} == {whole.id, no_thumb.id}
    assert Image.open(healed.get(OWNER, no_thumb.id).thumb).size == (32, 32)
    assert disk(root) == named(healed, OWNER)


def test_a_damaged_database_is_set_aside_with_its_files(store: Store, root: Path, tmp_path: Path):
    painting = keep(store, tmp_path, 1).painting
    store.close()
    for extra in root.glob("gallery.sqlite-*"):
        extra.unlink()
    (root / "gallery.sqlite").write_bytes(b"This is no database at all, and long enough to be looked at." * 20)
    fresh = Store(root)
    assert fresh.count(OWNER) == 0
    keep(fresh, tmp_path, 2)
    assert [path.name for path in tmp_path.glob("gallery.damaged-*/files/*.png") if path.name == painting.name]


def test_a_database_of_a_newer_version_is_left_alone(store: Store, root: Path):
    store.close()
    with contextlib.closing(sqlite3.connect(root / "gallery.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreError, match="newer version"):
        Store(root)


def write_many(root: Path, folder: Path, first: int, count: int) -> None:
    store = Store(root)
    for number in range(first, first + count):
        keep(store, folder, number)


def test_eight_writers_lose_nothing(root: Path, tmp_path: Path):
    """Eight processes start on an empty disk and write at once; half of what they write is of the same photos."""
    writers = [PROCESSES.Process(target=write_many, args=(root, tmp_path, 12 * (i // 2 * 2), 12)) for i in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    store = Store(root)
    assert sorted(r.recipe.seed for r in store.page(OWNER, limit=1000)) == [
        24 * block + i for block in range(4) for i in range(12)
    ]
    assert disk(root) == named(store, OWNER)


def write_and_tell(root: Path, folder: Path, first: int, told: Connection) -> None:
    store = Store(root, Quota(results=40))
    told.send("ready")
    for number in range(first, first + 1000):
        result = keep(store, folder, number)
        told.send((result.id, result.created))


@pytest.mark.slow
def test_fifty_kills_lose_no_kept_painting_and_leave_no_orphan(root: Path, tmp_path: Path):
    kept: list[tuple[str, float]] = []
    chance = random.Random(0)
    for kill in range(int(os.environ.get("ATELIER_KILLS", 50))):
        ours, theirs = PROCESSES.Pipe(duplex=False)
        writer = PROCESSES.Process(target=write_and_tell, args=(root, tmp_path, 1000 * kill, theirs))
        writer.start()
        theirs.close()
        assert ours.poll(30) and ours.recv() == "ready"
        for _ in range(chance.randrange(4)):
            assert ours.poll(30)
            kept.append(ours.recv())
        time.sleep(chance.uniform(0, 0.05))
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(30)
        with contextlib.suppress(EOFError):
            while True:
                kept.append(ours.recv())
        ours.close()
        store = Store(root)
        there = {r.id: r.created for r in store.page(OWNER, limit=10_000)}
        lost = {id: created for id, created in kept if id not in there}
        made_room = len(there) >= 40 and all(created < min(there.values()) for created in lost.values())
        assert not lost or made_room, f"kill {kill} lost a painting"
        assert disk(root) == named(store, OWNER), f"kill {kill} left a file"
        store.close()
    assert len(kept) > 50


def die_at(root: Path, folder: Path, point: str) -> None:
    """Write a painting, and die as by kill -9 where a function is called for the first time."""
    store = Store(root, Quota(results=1))
    holder, name = {"fsync": (os, "fsync"), "replace": (os, "replace")}.get(point, (store, point))
    setattr(holder, name, lambda *_: os._exit(9))
    keep(store, folder, 500)


@pytest.mark.parametrize(
    ("point", "survives"),
    [("fsync", 1), ("replace", 1), ("_insert", 1), ("_delete_expired", 1), ("_one", 1), ("_delete_unused_files", 500)],
)
def test_a_crash_at_any_step_leaves_the_old_or_the_new(root: Path, tmp_path: Path, point: str, survives: int):
    """With room for one painting: before the commit the old one is there, after it the new one, and no file more."""
    store = Store(root)
    keep(store, tmp_path, 1)
    store.close()
    writer = PROCESSES.Process(target=die_at, args=(root, tmp_path, point))
    writer.start()
    writer.join(30)
    assert writer.exitcode == 9
    store = Store(root)
    assert [r.recipe.seed for r in store.page(OWNER)] == [survives]
    assert disk(root) == named(store, OWNER)
