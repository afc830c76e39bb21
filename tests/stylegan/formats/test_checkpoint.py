"""Checkpoints on the disk: what is wrong with one is told, and the app starts where it can."""

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from stylegan import CheckpointError, StyleError, StyleTransfer
from stylegan.builtin_styles import BUILTIN_STYLES
from stylegan.formats.checkpoint import SHIPPED, load_checkpoint, save_checkpoint
from stylegan.formats.style_pack import SUFFIX, save_pack
from stylegan.models.decoder import DecoderConfig
from stylegan.models.generator import Generator
from tests.support.pictures import synthetic_picture


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
        save_pack(path, replace(load_checkpoint().packs["great_wave"], base="0" * 64))
    else:
        path.write_bytes(damage)
    shutil.copy(SHIPPED / "styles" / "starry_night.style.safetensors", folder / "styles")
    transfer = StyleTransfer.from_pretrained(folder)
    assert [style.name for style in transfer.styles] == ["starry_night"] == list(transfer.checkpoint.packs)
    assert "Style great_wave is left out" in caplog.text
    assert transfer.stylize(synthetic_picture(64, 48, 0, 4), "starry_night").size == (64, 48)


def test_without_any_pack_any_picture_is_still_a_style(folder: Path):
    transfer = StyleTransfer.from_pretrained(folder)
    picture = synthetic_picture(64, 48, 0, 4)
    assert transfer.styles == [] and transfer.stylize(picture, picture).size == (64, 48)
    with pytest.raises(StyleError, match="no style"):
        transfer.stylize(picture, "great_wave")


def test_the_packs_that_ship_are_used():
    """One that does not fit is left out without a word to the visitor, who gets a weaker style."""
    shipped = {path.name.split(".")[0] for path in (SHIPPED / "styles").glob(f"*{SUFFIX}")}
    checkpoint = load_checkpoint(SHIPPED)
    assert checkpoint.packs.keys() == shipped == checkpoint.styles.keys()
    assert list(checkpoint.styles)[0] == "great_wave" and "starry_night" in shipped


def test_a_saved_generator_comes_back(tmp_path: Path):
    """In half precision: what is trained must paint the same after it was saved."""
    torch.manual_seed(0)
    generator = Generator(DecoderConfig(widths=(16, 8)))
    save_checkpoint(tmp_path / "generator.safetensors", generator, BUILTIN_STYLES[:1], {"steps": 7})
    checkpoint = load_checkpoint(tmp_path)
    assert checkpoint.generator.decoder.config == generator.decoder.config and checkpoint.training == {"steps": 7}
    assert checkpoint.styles == {} == checkpoint.packs
    for name, tensor in generator.state_dict().items():
        assert torch.equal(checkpoint.generator.state_dict()[name], tensor.half().float()), name
    assert not any(parameter.requires_grad for parameter in checkpoint.generator.parameters())


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
        ({"format": "1"}, "made with an earlier Atelier"),
        ({"format": "2"}, "made with an earlier Atelier"),
        ({"format": "4"}, "has format 4; this version reads format 3. Update Atelier"),
        ({"format": ""}, "has format None"),
        ({"architecture": ""}, "not a generator of this project"),
        ({"architecture": '{"widths": [8, 8, 8]}'}, "not a generator of this project"),
        ({"styles": "{"}, "not a generator of this project"),
    ],
    ids=["first", "earlier", "newer", "no format", "no architecture", "another architecture", "no styles"],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, changes: dict[str, str], message: str):
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(altered(tmp_path, **changes))


def test_a_cut_off_file_is_told(tmp_path: Path):
    data = (SHIPPED / "generator.safetensors").read_bytes()
    (tmp_path / "generator.safetensors").write_bytes(data[:-1000])
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(tmp_path)
