"""The menus of losses in the Fine-tune tab, and the table that compares what was learnt with them."""

from dataclasses import replace
from pathlib import Path

import pytest

from studio.styles.library import StyleLibrary, new_owner_key
from studio.tabs.finetune.loss_menus import CHOICES, chosen_objective, compared
from stylegan import Objective, SettingError, StyleTransfer
from stylegan.formats.style_pack import PackFacts
from stylegan.training.losses import LOSSES


def test_every_loss_is_on_offer_and_the_usual_one_comes_first():
    usual = Objective()
    for kind, (_, names) in CHOICES.items():
        assert names.keys() == set(LOSSES[kind])
        assert next(iter(names)) == getattr(usual, kind)


def test_menus_that_were_never_opened_mean_the_usual_losses():
    assert chosen_objective(content=None, style=None, adversarial=None) == Objective()
    assert chosen_objective(content="ssim", style=None, adversarial="bce") == Objective(
        content="ssim", adversarial="bce"
    )


def test_a_forged_choice_is_refused():
    with pytest.raises(SettingError, match="no style loss called x"):
        chosen_objective(style="x")


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
