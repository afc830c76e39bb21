"""Fixtures of the app's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.gallery.store import Store
from studio.wall.dataset import WallSync
from studio.wall.wall import PublicWall
from tests.support.hub import Hub
from tests.support.wall import DATASET, NEVER, TOKEN


@pytest.fixture
def signed_in(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("ATELIER_GALLERY_REPO", DATASET)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "gallery")


@pytest.fixture
def wall(tmp_path: Path, store: Store) -> PublicWall:
    return PublicWall(tmp_path / "wall", store, DATASET)


@pytest.fixture
def connect() -> Iterator[Callable[[PublicWall], WallSync]]:
    """Connect a wall with its dataset, as at a start; the first round is done."""
    made = []

    def connected(wall: PublicWall) -> WallSync:
        made.append(WallSync(wall, NEVER))
        made[-1].round()
        return made[-1]

    yield connected
    for uploads in made:
        uploads.close()
