"""Styles from the Hub for one visitor, and a visitor's style on its way there."""

from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest
from gradio.helpers import special_args
from huggingface_hub import ModelCard
from starlette.requests import Request

from studio.styles.library import StyleLibrary, new_owner_key
from studio.tabs.hub_styles import HubStyles
from stylegan import StylePack, StyleTransfer
from stylegan.formats.style_pack import SUFFIX, save_pack
from tests.support.hub import Fault, Hub

TOKEN = "hf_" + "visitor" * 4


@pytest.fixture
def styles(transfer: StyleTransfer, library: StyleLibrary) -> HubStyles:
    return HubStyles(transfer, library)


def make_pack(transfer: StyleTransfer, name: str = "Sea <b>", base: str = "") -> StylePack:
    pack = transfer.checkpoint.packs["great_wave"]
    return replace(pack, name=name, base=base or pack.base)


def offer(hub: Hub, folder: Path, pack: StylePack, name: str = "someone/sea") -> None:
    save_pack(folder / f"sea{SUFFIX}", pack)
    hub.add(name, {f"sea{SUFFIX}": (folder / f"sea{SUFFIX}").read_bytes(), "README.md": b"# Sea"})


def signed_in() -> tuple[gr.OAuthProfile, gr.OAuthToken]:
    profile = gr.OAuthProfile({"name": "Anna", "preferred_username": "anna", "profile": "", "picture": ""})
    return profile, gr.OAuthToken(token=TOKEN, scope="contribute-repos", expires_at=2**33)


def test_a_style_of_the_hub_becomes_the_visitors_own(hub: Hub, styles: HubStyles, library, transfer, tmp_path: Path):
    offer(hub, tmp_path, make_pack(transfer))
    owner = new_owner_key()
    changed, name, said = styles.add(owner, "https://huggingface.co/someone/sea", 3)
    assert [style.title for style in library.styles(owner)] == ["Sea <b>"]
    assert (changed, name) == (4, "") and "<b>" not in said
    assert library.styles(new_owner_key()) == []


def test_a_style_that_cannot_be_used_leaves_nothing(hub: Hub, styles: HubStyles, library, transfer, tmp_path: Path):
    offer(hub, tmp_path, make_pack(transfer, base="0" * 64), "someone/other")
    hub.add("someone/evil", {f"evil{SUFFIX}": b"\x80\x04cos\nsystem"})
    hub.add("someone/empty", {"README.md": b""})
    owner = new_owner_key()
    for name, message in {
        "someone/other": "made for another generator",
        "someone/evil": "damaged or not a style pack",
        "someone/empty": "holds no style",
        "someone/nobody": "There is no someone/nobody on the Hub",
        "../../etc": "should look like owner/name",
        "": "should look like owner/name",
    }.items():
        with pytest.raises(gr.Error, match=message):
            styles.add(owner, name, 0)
    assert library.styles(owner) == []


def test_publishing_puts_the_style_under_the_visitors_name(
    hub: Hub, styles: HubStyles, library, transfer, caplog, capfd
):
    caplog.set_level("DEBUG")
    owner = new_owner_key()
    key = library.add(owner, make_pack(transfer, "Sea")).key
    said = styles.publish(owner, key, "cc-by-4.0", "Waves.", *signed_in())
    assert f"{hub.url}/anna/atelier-sea" in said
    uploaded = hub.files("anna/atelier-sea")
    assert f"sea{SUFFIX}" in uploaded
    card = ModelCard(uploaded["README.md"].decode())
    assert card.data.license == "cc-by-4.0" and "Waves." in card.text
    writes = [headers for method, _, headers in hub.requests if method == "POST"]
    assert all(headers["authorization"] == f"Bearer {TOKEN}" for headers in writes)
    everywhere = caplog.text + "".join(capfd.readouterr()) + said + repr(uploaded)
    assert TOKEN not in everywhere


def test_what_is_missing_is_said_before_anything_leaves(hub: Hub, styles: HubStyles, library, transfer):
    owner, other = new_owner_key(), new_owner_key()
    key = library.add(owner, make_pack(transfer, "Sea")).key
    who = signed_in()
    for arguments, message in (
        ((owner, key, "cc-by-4.0", "", None, None), "Sign in first"),
        ((owner, None, "cc-by-4.0", "", *who), "Choose one of your styles"),
        ((owner, key, None, "", *who), "what others may do"),
        ((other, key, "cc-by-4.0", "", *who), "not there any more"),
    ):
        with pytest.raises(gr.Error, match=message):
            styles.publish(*arguments)
    assert not hub.requests


def test_a_refusal_of_the_hub_is_told(hub: Hub, styles: HubStyles, library, transfer):
    hub.faults["create"] = Fault(403)
    owner = new_owner_key()
    key = library.add(owner, make_pack(transfer, "Sea")).key
    with pytest.raises(gr.Error, match="may not do this") as error:
        styles.publish(owner, key, "cc-by-4.0", "", *signed_in())
    assert TOKEN not in str(error.value)


def test_gradio_fills_in_who_is_signed_in(styles: HubStyles):
    session = {
        "userinfo": {"name": "Anna", "preferred_username": "anna", "profile": "", "picture": ""},
        "access_token": TOKEN,
        "scope": "contribute-repos",
        "expires_at": 2**33,
    }
    for oauth, names in (({"oauth_info": session}, ("anna", TOKEN)), ({}, (None, None))):
        request = Request({"type": "http", "headers": [], "session": oauth})
        values, *_ = special_args(styles.publish, ["owner", "key", "cc-by-4.0", ""], request)
        profile, token = values[4:]
        assert (profile and profile.username, token and token.token) == names
