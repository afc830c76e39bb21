"""Checkpoints on the disk: what is wrong with one is told, and the app starts where it can."""

import logging
import shutil
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from stylegan import SUFFIX, CheckpointError, StylePack, StyleTransfer, load_checkpoint, save_pack
from stylegan.checkpoints import SHIPPED
from tests.conftest import synthetic_picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(SHIPPED / "generator.safetensors", tmp_path)
    (tmp_path / "styles").mkdir()
    return tmp_path


@pytest.mark.parametrize("damage", [b"", b"not a pack", None], ids=["empty", "garbage", "of another generator"])
def test_a_damaged_pack_of_a_built_in_style_is_left_out(folder: Path, damage: bytes | None, caplog):
    caplog.set_level(logging.WARNING, logger="stylegan")
    path = folder / "styles" / "great_wave.style.safetensors"
    if damage is None:
        save_pack(path, StylePack("Great Wave", "0" * 64, torch.ones(128)))
    else:
        path.write_bytes(damage)
    transfer = StyleTransfer.from_pretrained(folder)
    assert transfer.checkpoint.packs == {} and "great_wave is painted without its pack" in caplog.text
    assert transfer.stylize(synthetic_picture(64, 48, 0, 4), "great_wave").size == (64, 48)


def test_the_packs_that_ship_are_used():
    """One that does not fit is left out without a word to the visitor, who gets a weaker style."""
    shipped = {path.name.split(".")[0] for path in (SHIPPED / "styles").glob(f"*{SUFFIX}")}
    assert shipped and load_checkpoint(SHIPPED).packs.keys() == shipped


def altered(folder: Path, **changes: str) -> Path:
    """A generator's file with other metadata."""
    with safe_open(SHIPPED / "generator.safetensors", framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        metadata = file.metadata() | changes
    save_file(tensors, folder / "altered.safetensors", metadata={k: v for k, v in metadata.items() if v})
    return folder / "altered.safetensors"


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"format": "2"}, "has format 2; this version reads format 1. Update Atelier"),
        ({"format": ""}, "has format None"),
        ({"architecture": ""}, "not a generator of this project"),
        ({"architecture": '{"widths": [8, 8, 8]}'}, "not a generator of this project"),
        ({"styles": "{"}, "not a generator of this project"),
    ],
    ids=["newer", "no format", "no architecture", "another architecture", "no styles"],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, changes: dict[str, str], message: str):
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(altered(tmp_path, **changes))


def test_a_cut_off_file_is_told(tmp_path: Path):
    data = (SHIPPED / "generator.safetensors").read_bytes()
    (tmp_path / "generator.safetensors").write_bytes(data[:-1000])
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(tmp_path)
