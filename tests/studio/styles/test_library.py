"""Visitors' own styles on disk."""

import errno
import os
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import studio.styles.library
from studio.settings import UNDO_SECONDS
from studio.styles.library import StyleLibrary, download_name, new_owner_key, title_of
from stylegan import ImageError, StyleError, StylePack, StyleTransfer
from stylegan.formats.style_pack import save_pack
from tests.support.pictures import synthetic_picture


@pytest.fixture(scope="module")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture
def library(tmp_path: Path, transfer: StyleTransfer) -> StyleLibrary:
    return StyleLibrary(tmp_path / "styles", transfer)


def make_pack(transfer: StyleTransfer, name: str) -> StylePack:
    return transfer.checkpoint.packs["great_wave"].renamed(name)


def earlier_pack(path: Path) -> str:
    """A style file as an earlier version of the app wrote it."""
    told = {"kind": "atelier-style", "name": "Sea", "base": "0" * 64, "facts": "{}"}
    save_file({"code": torch.zeros(8)}, path, told)
    return str(path)


def test_a_kept_style_survives_a_restart(library: StyleLibrary, transfer: StyleTransfer, tmp_path: Path):
    owner = new_owner_key()
    key = library.add(owner, make_pack(transfer, "Sea")).key
    again = StyleLibrary(tmp_path / "styles", transfer)
    assert [(style.key, style.title) for style in again.styles(owner)] == [(key, "Sea")]


def test_another_visitor_sees_nothing_and_touches_nothing(library: StyleLibrary, transfer: StyleTransfer):
    owner, other = new_owner_key(), new_owner_key()
    key = library.add(owner, make_pack(transfer, "Sea")).key
    assert library.styles(other) == []
    for attempt in (library.find, library.delete, lambda o, k: library.rename(o, k, "mine")):
        with pytest.raises(StyleError, match="not there"):
            attempt(other, key)
    assert [style.title for style in library.styles(owner)] == ["Sea"]


def test_the_disk_does_not_tell_an_owners_key(library: StyleLibrary, transfer: StyleTransfer, tmp_path: Path):
    owner = new_owner_key()
    path = library.add(owner, make_pack(transfer, "Sea")).path
    assert owner not in str(path) and owner.encode() not in path.read_bytes()


def test_on_a_full_disk_a_learnt_style_can_still_be_used(
    library: StyleLibrary, transfer: StyleTransfer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    owner = new_owner_key()
    first = library.add(owner, make_pack(transfer, "Sea"))

    def full(path: Path, pack: StylePack) -> None:
        if path.is_relative_to(tmp_path):
            raise OSError(errno.ENOSPC, "No space left on device")
        save_pack(path, pack)

    monkeypatch.setattr(studio.styles.library, "save_pack", full)
    style = library.add(owner, make_pack(transfer, "Sky"))
    assert library.lasts(first) and not library.lasts(style)
    assert [style.title for style in library.styles(owner)] == ["Sea", "Sky"]
    assert transfer.load_pack(library.find(owner, style.key).path).name == "Sky"
    assert library.styles(new_owner_key()) == []
    with pytest.raises(StyleError, match="keeps its name: No space left"):
        library.rename(owner, first.key, "Ocean")
    monkeypatch.setattr(studio.styles.library, "SPARE", ())
    with pytest.raises(StyleError, match="The disk is full"):
        StyleLibrary(tmp_path / "other", transfer).add(owner, make_pack(transfer, "Land"))


@pytest.mark.parametrize("owner", ["", "short", None])
def test_without_a_key_of_its_own_a_browser_shares_no_styles(library: StyleLibrary, owner: str | None):
    with pytest.raises(StyleError, match="keeps no data"):
        library.styles(owner)


@pytest.mark.parametrize("key", ["own:../../x", "own:*", "own:", "/etc/hostname"])
def test_a_made_up_key_opens_no_file(library: StyleLibrary, transfer: StyleTransfer, key: str):
    owner = new_owner_key()
    library.add(owner, make_pack(transfer, "Sea"))
    with pytest.raises(StyleError, match="not there"):
        library.find(owner, key)


def test_renaming_and_deleting(library: StyleLibrary, transfer: StyleTransfer):
    owner = new_owner_key()
    key = library.add(owner, make_pack(transfer, "Sea")).key
    library.add(owner, make_pack(transfer, "Lake"))
    library.rename(owner, key, "Open sea")
    assert [style.title for style in library.styles(owner)] == ["Open sea", "Lake"], "a renamed style keeps its place"
    library.delete(owner, key)
    assert [style.title for style in library.styles(owner)] == ["Lake"]
    with pytest.raises(StyleError, match="not there"):
        library.find(owner, key)


def test_a_deletion_can_be_undone_for_some_minutes(library: StyleLibrary, transfer: StyleTransfer):
    owner = new_owner_key()
    keys = [library.add(owner, transfer.checkpoint.packs["great_wave"].renamed(name)).key for name in ("One", "Two")]
    for key in keys:
        library.set_aside(owner, key)
    assert library.styles(owner) == []
    assert library.bring_back(owner, keys[0]).title == "One"
    (aside,) = library._folder(owner).glob("*.deleted")
    long_ago = time.time() - UNDO_SECONDS - 1
    os.utime(aside, (long_ago, long_ago))
    library.set_aside(owner, keys[0])
    with pytest.raises(StyleError, match="not there any more"):
        library.bring_back(owner, keys[1])
    assert library.bring_back(owner, keys[0]).title == "One"


def test_a_downloaded_style_can_be_loaded_again(library: StyleLibrary, transfer: StyleTransfer, tmp_path: Path):
    pack = make_pack(transfer, "Sea")
    save_pack(tmp_path / "sea.style.safetensors", pack)
    style = library.load(new_owner_key(), str(tmp_path / "sea.style.safetensors"))
    assert style.title == "Sea"


def test_a_full_shelf_says_so(library: StyleLibrary, transfer: StyleTransfer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("studio.styles.library.OWN_STYLES", 1)
    owner = new_owner_key()
    library.add(owner, make_pack(transfer, "Sea"))
    with pytest.raises(StyleError, match="Delete one"):
        library.add(owner, make_pack(transfer, "Lake"))


def test_a_picture_becomes_a_style_called_as_its_file(library: StyleLibrary, transfer: StyleTransfer, tmp_path: Path):
    synthetic_picture(120, 90, seed=3, detail=12).save(tmp_path / "my_first-fabric.png")
    owner = new_owner_key()
    style = library.remember(owner, str(tmp_path / "my_first-fabric.png"))
    assert (style.title, style.facts.pictures, style.facts.steps) == ("My first fabric", 1, 0)
    assert style.tile and library.styles(owner) == [library.find(owner, style.key)]
    assert StyleLibrary(tmp_path / "styles", transfer).find(owner, style.key).digest == style.digest
    library.rename(owner, style.key, "Cloth")
    assert library.find(owner, style.key).digest == style.digest, "renamed, it is the same style"
    painted = transfer.stylize(synthetic_picture(64, 48, 0, 4), style.path)
    assert painted != transfer.stylize(synthetic_picture(64, 48, 0, 4))


def test_what_cannot_become_a_style_says_why(library: StyleLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "letter.png").write_text("Dear reader")
    with pytest.raises(ImageError, match=r"letter\.png is not a picture"):
        library.remember(new_owner_key(), str(tmp_path / "letter.png"))
    with pytest.raises(StyleError, match="keeps no data"):
        library.remember("", str(tmp_path / "letter.png"))
    monkeypatch.setattr("studio.styles.library.OWN_STYLES", 0)
    with pytest.raises(StyleError, match="Delete one"):
        library.remember(new_owner_key(), str(tmp_path / "letter.png"))


def test_a_style_of_an_earlier_version_is_refused_in_plain_words(library: StyleLibrary, tmp_path: Path):
    with pytest.raises(StyleError, match="was made with an earlier Atelier"):
        library.load(new_owner_key(), earlier_pack(tmp_path / "sea.style.safetensors"))


def test_styles_kept_by_an_earlier_version_are_left_out(library: StyleLibrary, transfer: StyleTransfer):
    owner = new_owner_key()
    kept = library.add(owner, make_pack(transfer, "Sea"))
    earlier_pack(kept.path.with_name(f"{'0' * 16}.style.safetensors"))
    assert [style.title for style in library.styles(owner)] == ["Sea"]


@pytest.mark.parametrize(
    ("file", "title"),
    [
        ("/tmp/x/fabric.png", "Fabric"),
        ("Anna's_drawing-2 (1).jpeg", "Anna's drawing 2 (1)"),
        ("波.png", "波"),
        ("<b>&amp;.png", "B &amp"),
        ("___.png", "My style"),
        ("x" * 99 + ".png", "X" + "x" * 59),
        ("two\nlines\0.png", "Two lines"),
    ],
)
def test_a_file_name_becomes_a_title(file: str, title: str):
    assert title_of(file) == title


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
