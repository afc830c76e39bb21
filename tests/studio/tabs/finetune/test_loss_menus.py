"""The lab of losses in the Fine-tune tab, and the table that compares what was learnt with them."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from studio.styles.library import StyleLibrary, new_owner_key
from studio.tabs.finetune.loss_menus import (
    CHOICES,
    EXPLAINED,
    PICTURES,
    WAYS,
    chosen_objectives,
    compared,
    explained,
)
from stylegan import Objective, SettingError, StyleError, StyleTransfer
from stylegan.formats.style_pack import PackFacts
from stylegan.training.losses import LOSSES


def test_every_loss_is_on_offer_and_the_usual_one_comes_first():
    usual = Objective()
    for kind, (_, names) in CHOICES.items():
        assert names.keys() == set(LOSSES[kind])
        assert next(iter(names)) == getattr(usual, kind)


def test_every_loss_has_its_sentence_and_its_picture():
    page = explained()
    for name in EXPLAINED:
        with Image.open(PICTURES / f"{name}.jpg") as picture:
            assert picture.width == picture.height
    assert EXPLAINED.keys() == {name for names in LOSSES.values() for name in names}
    assert page.count("<figure>") == len(EXPLAINED)
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 150_000


def test_menus_that_were_never_opened_mean_the_usual_losses():
    assert chosen_objectives(None, content_A=None) == [Objective()]
    assert chosen_objectives(1, content_A="ssim", adversarial_A="bce") == [Objective("ssim", "nearest", "bce")]
    assert chosen_objectives(3) == list(WAYS)


def test_a_forged_choice_and_twins_are_refused():
    with pytest.raises(SettingError, match="no style loss called x"):
        chosen_objectives(1, style_A="x")
    with pytest.raises(StyleError, match="Ways A and B are the same"):
        chosen_objectives(2, style_B="nearest")


def test_the_table_shows_what_each_style_was_learnt_with(tmp_path: Path):
    transfer = StyleTransfer.from_pretrained()
    library, owner = StyleLibrary(tmp_path, transfer), new_owner_key()
    pack = transfer.checkpoint.packs["great_wave"]
    told = PackFacts(steps=180, objective="ssim + gram + bce", distances={"near": 0.1, "layout": 0.9})
    library.add(owner, replace(pack, name="Told", facts=told))
    library.add(owner, replace(pack, name="Silent", facts=PackFacts()))
    assert compared(library.styles(owner)) == [
        ["Told", 0.1, 0.9, 180, "ssim + gram + bce"],
        ["Silent", None, None, 0, ""],
    ]
