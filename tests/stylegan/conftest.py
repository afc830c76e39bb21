"""Parts that several tests of the package need."""

from collections.abc import Iterator

import pytest

import stylegan.pipeline
from stylegan import StyleTransfer


@pytest.fixture(scope="session")
def shipped_transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture(scope="session", autouse=True)
def small_previews() -> Iterator[None]:
    """A card's picture is painted small: its size is not what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stylegan.pipeline, "TILE_SIDE", 32)
        yield


@pytest.fixture(scope="session")
def saved(shipped_transfer: StyleTransfer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the shipped generator as they are published, by name."""
    folder = tmp_path_factory.mktemp("saved")
    shipped_transfer.save_pretrained(folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
