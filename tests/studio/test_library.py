"""Visitors' own styles on disk."""

from pathlib import Path

import pytest
import torch

from studio.library import StyleLibrary, download_name, new_owner
from stylegan import StyleError, StylePack, StyleTransfer, save_pack


@pytest.fixture(scope="module")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture
def library(tmp_path: Path, transfer: StyleTransfer) -> StyleLibrary:
    return StyleLibrary(tmp_path / "styles", transfer)


def make_pack(transfer: StyleTransfer, name: str) -> StylePack:
    return StylePack(name, transfer.checkpoint.digest, torch.ones(transfer.checkpoint.generator.config.style_dim))


def test_a_kept_style_survives_a_restart(library: StyleLibrary, transfer: StyleTransfer, tmp_path: Path):
    owner = new_owner()
    key = library.add(owner, make_pack(transfer, "Sea")).key
    again = StyleLibrary(tmp_path / "styles", transfer)
    assert [(style.key, style.title) for style in again.styles(owner)] == [(key, "Sea")]


def test_another_visitor_sees_nothing_and_touches_nothing(library: StyleLibrary, transfer: StyleTransfer):
    owner, other = new_owner(), new_owner()
    key = library.add(owner, make_pack(transfer, "Sea")).key
    assert library.styles(other) == []
    for attempt in (library.find, library.delete, lambda o, k: library.rename(o, k, "mine")):
        with pytest.raises(StyleError, match="not there"):
            attempt(other, key)
    assert [style.title for style in library.styles(owner)] == ["Sea"]


def test_the_disk_does_not_tell_an_owners_key(library: StyleLibrary, transfer: StyleTransfer, tmp_path: Path):
    owner = new_owner()
    path = library.add(owner, make_pack(transfer, "Sea")).path
    assert owner not in str(path) and owner.encode() not in path.read_bytes()


@pytest.mark.parametrize("owner", ["", "short", None])
def test_without_a_key_of_its_own_a_browser_shares_no_styles(library: StyleLibrary, owner: str | None):
    with pytest.raises(StyleError, match="keeps no data"):
        library.styles(owner)


@pytest.mark.parametrize("key", ["own:../../x", "own:*", "own:", "/etc/hostname"])
def test_a_made_up_key_opens_no_file(library: StyleLibrary, transfer: StyleTransfer, key: str):
    owner = new_owner()
    library.add(owner, make_pack(transfer, "Sea"))
    with pytest.raises(StyleError, match="not there"):
        library.find(owner, key)


def test_renaming_and_deleting(library: StyleLibrary, transfer: StyleTransfer):
    owner = new_owner()
    key = library.add(owner, make_pack(transfer, "Sea")).key
    library.add(owner, make_pack(transfer, "Lake"))
    library.rename(owner, key, "Open sea")
    assert [style.title for style in library.styles(owner)] == ["Open sea", "Lake"], "a renamed style keeps its place"
    library.delete(owner, key)
    assert [style.title for style in library.styles(owner)] == ["Lake"]
    with pytest.raises(StyleError, match="not there"):
        library.find(owner, key)


def test_a_downloaded_style_can_be_loaded_again(library: StyleLibrary, transfer: StyleTransfer, tmp_path: Path):
    pack = make_pack(transfer, "Sea")
    save_pack(tmp_path / "sea.style.safetensors", pack)
    style = library.load(new_owner(), str(tmp_path / "sea.style.safetensors"))
    assert style.title == "Sea"


def test_a_full_shelf_says_so(library: StyleLibrary, transfer: StyleTransfer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("studio.library.OWN_STYLES", 1)
    owner = new_owner()
    library.add(owner, make_pack(transfer, "Sea"))
    with pytest.raises(StyleError, match="Delete one"):
        library.add(owner, make_pack(transfer, "Lake"))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Anna's drawings", "Anna_s_drawings.style.safetensors"),
        ("../../etc", "etc.style.safetensors"),
        ("<b>", "b.style.safetensors"),
        ("…", "style.style.safetensors"),
    ],
)
def test_a_title_becomes_a_harmless_file_name(title: str, name: str):
    assert download_name(title) == name
