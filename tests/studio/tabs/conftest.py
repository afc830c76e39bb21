"""What the tabs are built around, without a browser."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.gallery.store import Store
from studio.painting.painter import Painter
from studio.styles.library import StyleLibrary
from studio.web.served_files import ServedFiles
from stylegan import StyleTransfer


@pytest.fixture(scope="package")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture
def library(tmp_path: Path, transfer: StyleTransfer) -> StyleLibrary:
    return StyleLibrary(tmp_path / "styles", transfer)


@pytest.fixture
def painter(tmp_path: Path, transfer: StyleTransfer) -> Painter:
    return Painter(transfer, ServedFiles(kept=100), Store(tmp_path / "gallery"))


@pytest.fixture
def request_of_a_page() -> SimpleNamespace:
    """As much of Gradio's request as the tabs look at."""
    return SimpleNamespace(session_hash="page", cookies={}, query_params={})
