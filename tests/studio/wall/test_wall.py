"""The public wall: what gets there, what does not, and that it can be taken back."""

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import gradio as gr
import pytest
from PIL import Image

from studio.gallery.models import Quota
from studio.gallery.recipe import Recipe, pixel_digest
from studio.gallery.store import Store, StoreError
from studio.styles.library import new_owner_key
from studio.tabs.public_wall import WallButtons
from studio.wall.dataset import WallSync
from studio.wall.wall import FROM_A_PICTURE, PICTURE, RECORD, PublicWall
from tests.support.gallery import OWNER, keep
from tests.support.hub import Fault, Hub
from tests.support.pictures import mean_difference, synthetic_picture
from tests.support.wall import DATASET, KIND, NEVER, TOKEN, keep_picture, paintings_of

pytestmark = pytest.mark.usefixtures("signed_in")


def everything(hub: Hub) -> bytes:
    """All that the Hub has ever been given."""
    commits = [data for repo in hub.repos.values() for _, files in repo.commits for data in files.values()]
    return b"".join([*commits, *hub.large.values(), repr(hub.repos).encode()])


def on_disk(root: Path) -> bytes:
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


# Publishing.


def test_what_is_published_is_the_painting_and_nothing_about_its_maker(
    hub: Hub, wall: PublicWall, store: Store, connect, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    private = {"pack": "c" * 64, "blend_pack": "d" * 64}
    painting = synthetic_picture(90, 60, 7, 6)
    mine = keep_picture(store, tmp_path, painting, title="Sea <b>", strength=0.4, seed=7, **private)
    wall.publish(OWNER, mine.id)
    written = {path.name: path.read_bytes() for path in wall.new.iterdir()}
    connect(wall)
    files = paintings_of(hub.files(DATASET, KIND))
    assert files == written and sorted(Path(path).suffix for path in files) == [RECORD, PICTURE]
    said = json.loads(next(data for path, data in files.items() if path.endswith(RECORD)))
    assert said.pop("date").startswith("20")
    assert said == {
        "recipe": Recipe(title="Sea <b>", strength=0.4, seed=7).texts(),
        "width": 90,
        "height": 60,
    }
    picture = Image.open(BytesIO(next(data for path, data in files.items() if path.endswith(PICTURE))))
    assert mean_difference(picture, painting) < 0.02
    assert not {"exif", "xmp", "icc_profile", "Photo", "Software"} & set(picture.info)
    digests = [mine.recipe.photo, *private.values(), hashlib.sha256(OWNER.encode()).hexdigest()]
    for secret in [OWNER, mine.id, mine.name, TOKEN, *digests]:
        assert secret.encode() not in everything(hub), secret
    assert TOKEN not in caplog.text and TOKEN.encode() not in on_disk(tmp_path)


def test_a_painting_in_the_style_of_an_own_picture_does_not_carry_the_picture(
    wall: PublicWall, store: Store, tmp_path: Path
):
    photo, picture = synthetic_picture(40, 30, 1, 4), synthetic_picture(40, 30, 2, 4)
    recipe = Recipe(title="Your own picture", photo=pixel_digest(photo), picture=pixel_digest(picture))
    photo.save(tmp_path / "painting.png", pnginfo=recipe.chunks())
    mine, _ = store.add(OWNER, tmp_path / "painting.png", photo, recipe, "me", picture)
    wall.publish(OWNER, mine.id)
    assert recipe.picture.encode() not in on_disk(wall.new)
    assert wall.latest()[0].recipe == Recipe(title=FROM_A_PICTURE)


def test_a_large_painting_is_published_in_the_size_of_the_page(wall: PublicWall, store: Store, tmp_path: Path):
    wall.publish(OWNER, keep_picture(store, tmp_path, synthetic_picture(2400, 300, 1, 4)).id)
    assert Image.open(next(wall.new.glob(f"*{PICTURE}"))).size == (2048, 256)


def test_everybody_sees_the_newest_first_and_can_try_its_look(wall: PublicWall, store: Store, tmp_path: Path):
    for number, title in enumerate(("Wave", "Scream")):
        wall.publish(OWNER, keep(store, tmp_path, number, title=title).id)
        time.sleep(0.002)  # names are in order of milliseconds
    looks = wall.latest()
    assert [look.recipe.title for look in looks] == ["Scream", "Wave"]
    assert wall.find(looks[0].name).recipe == Recipe("great_wave", "Scream", seed=1)
    assert max(Image.open(looks[0].picture).size) <= 384


def test_publishing_twice_shows_a_painting_once(wall: PublicWall, store: Store, tmp_path: Path):
    mine = keep(store, tmp_path, 1)
    wall.publish(OWNER, mine.id)
    wall.publish(OWNER, mine.id)
    assert len(wall.latest()) == 1 and len(list(wall.new.iterdir())) == 2


def test_nobody_else_publishes_or_takes_off_a_painting_of_mine(wall: PublicWall, store: Store, tmp_path: Path):
    with gr.Blocks():
        thief, buttons = new_owner_key(), WallButtons(wall)
    mine, other = keep(store, tmp_path, 1), keep(store, tmp_path, 2)
    wall.publish(OWNER, mine.id)
    for act, id in ((buttons.publish, other.id), (buttons.withdraw, mine.id), (buttons.offer, mine.id)):
        with pytest.raises(gr.Error, match="not there any more"):
            act(thief, id)
    assert wall.has(OWNER, mine.id) and not wall.has(OWNER, other.id)
    assert len(wall.latest()) == 1


def test_one_visitor_cannot_fill_the_wall(
    wall: PublicWall, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("studio.wall.wall.WALL_OF_ONE", 2)
    first, second, third = (keep(store, tmp_path, number) for number in range(3))
    wall.publish(OWNER, first.id)
    wall.publish(OWNER, second.id)
    with pytest.raises(StoreError, match="Take one off"):
        wall.publish(OWNER, third.id)
    stranger = new_owner_key()
    wall.publish(stranger, keep(store, tmp_path, 9, owner=stranger).id)
    wall.withdraw(OWNER, first.id)
    wall.publish(OWNER, third.id)
    monkeypatch.setattr("studio.wall.wall.WALL_WAITING", 3)
    with pytest.raises(StoreError, match="in some minutes"):
        wall.publish(stranger, keep(store, tmp_path, 10, owner=stranger).id)


def test_a_full_disk_is_told_and_leaves_nothing_published(
    wall: PublicWall, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    mine = keep(store, tmp_path, 1)

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StoreError, match="cannot take it"):
        wall.publish(OWNER, mine.id)
    monkeypatch.undo()
    assert not wall.has(OWNER, mine.id) and wall.latest() == [] and not list(wall.new.iterdir())


# Taking it back.


def test_what_is_taken_off_is_gone_here_there_and_in_the_history(
    hub: Hub, wall: PublicWall, store: Store, connect, tmp_path: Path
):
    mine, other = keep(store, tmp_path, 1), keep(store, tmp_path, 2)
    wall.publish(OWNER, mine.id)
    uploads = connect(wall)
    gone = set(paintings_of(hub.files(DATASET, KIND)))
    assert len(gone) == 2
    wall.publish(OWNER, other.id)
    uploads.round()
    wall.withdraw(OWNER, mine.id)
    assert not wall.has(OWNER, mine.id) and len(wall.latest()) == 1
    assert not [path for path in (tmp_path / "wall").rglob("*") if path.name in gone]
    uploads.round()
    assert all(not gone & set(files) for _, files in hub.repos[f"{KIND}/{DATASET}"].commits)
    assert len(paintings_of(hub.files(DATASET, KIND))) == 2
    asked = len(hub.requests)
    uploads.round()
    assert len(hub.requests) == asked, "a wall that is as it should be asks the Hub for nothing"


def test_a_painting_taken_off_before_its_upload_never_leaves(
    hub: Hub, wall: PublicWall, store: Store, connect, tmp_path: Path
):
    mine = keep(store, tmp_path, 1)
    wall.publish(OWNER, mine.id)
    wall.withdraw(OWNER, mine.id)
    connect(wall)
    assert paintings_of(hub.files(DATASET, KIND)) == {} and not hub.large


def test_a_painting_taken_off_during_its_upload_does_not_stay(
    hub: Hub, wall: PublicWall, store: Store, connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    mine, uploads = keep(store, tmp_path, 1), connect(wall)
    commit = uploads.api.create_commit

    def too_late(*args: object, **options: object) -> object:
        wall.withdraw(OWNER, mine.id)
        return commit(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(uploads.api, "create_commit", too_late)
        wall.publish(OWNER, mine.id)
        uploads.round()
    assert len(paintings_of(hub.files(DATASET, KIND))) == 2
    uploads.round()
    assert paintings_of(hub.files(DATASET, KIND)) == {}


@pytest.mark.parametrize("how", ["deleted", "made room"])
def test_a_painting_that_leaves_the_gallery_leaves_the_wall(hub: Hub, connect, tmp_path: Path, how: str):
    store = Store(tmp_path / "gallery", Quota(results=1))
    wall = PublicWall(tmp_path / "wall", store, DATASET)
    mine = keep(store, tmp_path, 1)
    wall.publish(OWNER, mine.id)
    uploads = connect(wall)
    assert len(paintings_of(hub.files(DATASET, KIND))) == 2
    if how == "deleted":
        store.delete(OWNER, [mine.id])
        wall.take_off_withdrawn()
        assert wall.urgent.is_set()
        store.restore(OWNER, [mine.id])
        assert not wall.has(OWNER, mine.id)
    else:
        keep(store, tmp_path, 2)
    assert wall.latest() == []
    uploads.round()
    assert paintings_of(hub.files(DATASET, KIND)) == {}


@pytest.mark.parametrize("route", ["paths", "commit", "squash"])
def test_what_was_taken_off_while_the_hub_was_down_is_not_forgotten(
    hub: Hub, wall: PublicWall, store: Store, connect, tmp_path: Path, route: str, caplog: pytest.LogCaptureFixture
):
    mine = keep(store, tmp_path, 1)
    wall.publish(OWNER, mine.id)
    uploads = connect(wall)
    hub.faults[route] = Fault(503)
    wall.withdraw(OWNER, mine.id)
    uploads.round()
    told = [r.getMessage() for r in caplog.records if r.name.startswith("studio")]
    assert len(told) == 1 and "trouble of its own" in told[0] and "\n" not in told[0]
    uploads.close()
    store.close()
    hub.faults.clear()
    connect(PublicWall(tmp_path / "wall", Store(tmp_path / "gallery"), DATASET))  # as after a restart
    assert all(not paintings_of(files) for _, files in hub.repos[f"{KIND}/{DATASET}"].commits)


def test_the_app_itself_comes_back_to_a_hub_that_was_down(hub: Hub, wall: PublicWall, store: Store, tmp_path: Path):
    """With nobody's help: it connects late, uploads, and takes off at once although the next round is far away."""
    hub.faults["create"] = Fault(503, times=2)
    mine, keeper = keep(store, tmp_path, 1), WallSync(wall, minutes=0.002)
    wall.publish(OWNER, mine.id)
    keeper.start()
    try:
        soon(lambda: len(paintings_of(hub.files(DATASET, KIND))) == 2)
        keeper.minutes = NEVER
        time.sleep(0.3)
        wall.withdraw(OWNER, mine.id)
        soon(lambda: not paintings_of(hub.files(DATASET, KIND)))
    finally:
        keeper.close()


def test_a_round_that_fails_for_a_reason_of_its_own_is_not_the_last(
    hub: Hub, wall: PublicWall, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    sync, purge = WallSync(wall, minutes=0.002), wall.purge_withdrawn
    failures = [sqlite3.OperationalError("database is locked")]

    def locked_once() -> list[str]:
        if failures:
            raise failures.pop()
        return purge()

    wall.publish(OWNER, keep(store, tmp_path, 1).id)
    monkeypatch.setattr(wall, "purge_withdrawn", locked_once)
    sync.start()
    try:
        soon(lambda: len(paintings_of(hub.files(DATASET, KIND))) == 2)
    finally:
        sync.close()


def soon(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except KeyError:  # the dataset is not there yet
            pass
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")
