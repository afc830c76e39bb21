"""What the tabs are built around, without a browser."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from PIL import Image

from studio.gallery.restore import Restorer
from studio.gallery.store import Store
from studio.painting.every_style import EveryStyle
from studio.painting.finishing import Finishing
from studio.painting.painter import Painter
from studio.painting.showcase import Opening
from studio.styles.library import StyleLibrary
from studio.tabs.present import Presentation
from studio.tabs.stylize.tab import StylizeTab
from studio.web.served_files import ServedFiles
from stylegan import StyleTransfer
from stylegan.evaluation.glance import Glance


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


@pytest.fixture
def stylize_on_a_page(painter: Painter, library: StyleLibrary, tmp_path: Path) -> Callable[[], StylizeTab]:
    """Makes the Stylize tab inside the current Blocks."""
    restorer = Restorer(painter.transfer, library, painter.files, painter.store)
    picture = tmp_path / "picture.webp"
    Image.new("RGB", (8, 8)).save(picture)
    tiles = [(picture, style.title) for style in painter.transfer.styles]
    opening = Opening(
        photo=picture, before=picture, after=picture, seen=Glance(1, 0), tiles=tiles, tries=[(picture, picture)]
    )

    def make() -> StylizeTab:
        presentation = Presentation(painter, EveryStyle(painter.transfer, library))
        return StylizeTab(
            painter, library, restorer, Finishing(painter), opening, gr.BrowserState(""), gr.Number(0), presentation
        )

    return make
