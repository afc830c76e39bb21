"""Words under a painting, and the strength that a wish stands for."""

from pathlib import Path

import pytest

from studio.gallery.store import Store
from studio.painting.painter import Painter
from studio.painting.request import RequestReader
from studio.painting.verdict import WISHES, strength_for, words
from studio.styles.library import StyleLibrary
from studio.web.served_files import ServedFiles
from studio.web.visitor import Visitor
from stylegan import StyleTransfer
from stylegan.evaluation.glance import Glance
from stylegan.sample_photos import sample_photos


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Glance(1, 0), ("all there", "hardly any")),
        (Glance(0.5, 0.3), ("easy to see", "clear")),
        (Glance(0, 1), ("freely painted", "very strong")),
    ],
)
def test_every_number_has_words(seen: Glance, said: tuple[str, str]):
    assert words(seen) == said


def test_a_clearer_subject_is_a_lower_strength_and_bold_is_the_highest(tmp_path: Path):
    transfer = StyleTransfer.from_pretrained(device="cpu")
    painter = Painter(transfer, ServedFiles(kept=10), Store(tmp_path / "gallery"))
    reader = RequestReader(transfer, StyleLibrary(tmp_path / "styles", transfer))
    asked = reader.read(Visitor(), str(sample_photos()[0]), reader.built_in("great_wave"))
    clear, balanced, bold = (strength_for(painter, asked, kept) for kept in WISHES.values())
    assert 0 < clear < balanced < bold <= 1
    assert strength_for(painter, asked, 0.0) == 1  # nothing loses all of its photo: as bold as can be
