"""Where the generator comes from: every way in which the Hub can fail, told by the real client and a loopback Hub."""

import hashlib
import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

import stylegan.hub.download
from stylegan import StyleTransfer, UserError
from stylegan.formats.checkpoint import SHIPPED
from stylegan.hub.client import HubRepo
from stylegan.hub.download import load_default_checkpoint, load_pretrained
from tests.support.hub import Fault, Hub, write_files

NAME = "someone/atelier"
WAVE = "styles/great_wave.style.safetensors"


@pytest.fixture
def published(hub: Hub, saved: dict[str, bytes]) -> str:
    """The commit of a published generator."""
    return hub.add(NAME, saved)


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="stylegan")
    return caplog


@pytest.fixture
def dead_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connections that neither succeed nor fail: the queue of a listening socket is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield
        for one in crowd:
            one.close()


def test_a_cold_download_is_whole_and_says_its_commit(hub: Hub, published: str, saved: dict[str, bytes]):
    checkpoint = load_pretrained(NAME)
    assert checkpoint.digest == hashlib.sha256(saved["generator.safetensors"]).hexdigest()
    assert (checkpoint.origin.source, checkpoint.origin.revision) == (NAME, published)
    assert (checkpoint.folder / "discriminator.safetensors").read_bytes() == saved["discriminator.safetensors"]
    assert checkpoint.packs.keys() == checkpoint.styles.keys() == load_pretrained(SHIPPED).styles.keys() != set()


def test_a_download_that_stopped_before_the_styles_came_is_not_used_offline(
    hub: Hub, published: str, monkeypatch: pytest.MonkeyPatch, told
):
    """It would start, and offer no style at all."""
    folder = load_pretrained(f"{NAME}@{published}").folder
    (folder / WAVE).unlink()
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    assert load_default_checkpoint(f"{NAME}@{published}").folder == SHIPPED
    assert "The Hub cannot be reached" in told.text


def test_a_warm_cache_downloads_nothing_again(hub: Hub, published: str):
    load_pretrained(NAME)
    hub.requests.clear()
    load_pretrained(NAME)
    assert [path for _, path, _ in hub.requests] == [f"/api/models/{NAME}/revision/main?blobs=true"]


def test_offline_the_earlier_download_is_used(hub: Hub, published: str, monkeypatch: pytest.MonkeyPatch, told):
    load_pretrained(NAME)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    checkpoint = load_default_checkpoint(NAME)
    assert checkpoint.origin.revision == published and checkpoint.origin.offline
    assert "The Hub cannot be reached" in told.text and "earlier download" in told.text


def test_hf_hub_offline_asks_nobody(hub: Hub, published: str, monkeypatch: pytest.MonkeyPatch, told):
    load_pretrained(NAME)
    hub.requests.clear()
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert load_pretrained(NAME).origin.revision == published
    assert not hub.requests


def test_offline_without_an_earlier_download_the_shipped_generator_paints(
    hub: Hub, published: str, monkeypatch: pytest.MonkeyPatch, told
):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert load_default_checkpoint(NAME).folder == SHIPPED
    assert "The Hub is switched off here" in told.text
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    assert load_default_checkpoint(NAME).folder == SHIPPED
    assert "The Hub cannot be reached" in told.text


def test_a_pinned_revision_stays_what_it_was(hub: Hub, published: str, saved: dict[str, bytes]):
    hub.add(NAME, {"README.md": b"emptied"})
    checkpoint = load_pretrained(f"{NAME}@{published}")
    assert checkpoint.origin.revision == published
    assert load_pretrained(NAME, revision=published).digest == checkpoint.digest


def test_an_update_on_the_hub_is_picked_up(hub: Hub, published: str, saved: dict[str, bytes]):
    load_pretrained(NAME)
    newer = hub.add(NAME, saved | {"README.md": b"better"})
    assert load_pretrained(NAME).origin.revision == newer


FAILURES = {
    "404": ({}, Fault(404, "RepoNotFound"), "There is no someone/atelier on the Hub, or it is private"),
    "gated": ({}, Fault(403, "GatedRepo"), "is gated: accept its conditions"),
    "401": ({}, Fault(401, "RepoNotFound"), "There is no someone/atelier on the Hub, or it is private"),
    "403": ({}, Fault(403), "may not do this"),
    "429": ({}, Fault(429), "asks for a pause"),
    "500": ({}, Fault(500), "trouble of its own (error 500)"),
    "no revision": ({}, Fault(404, "RevisionNotFound"), "has no revision main"),
    "no generator": ({"generator.safetensors": None}, None, "holds no generator of Atelier"),
    "newer format": ({"config.json": b'{"format": "4", "files": {}}'}, None, "Update Atelier to use it"),
    "earlier format": ({"config.json": b'{"format": "1", "files": {}}'}, None, "made with an earlier Atelier"),
    "no pack": ({WAVE: None}, None, "is not complete: styles/great_wave.style.safetensors is missing"),
    "pack tampered": ({WAVE: -10}, None, "great_wave.style.safetensors is damaged or was altered"),
    "no config of ours": ({"config.json": b"[1]"}, None, "config.json is not that of a generator"),
    "truncated": ({"generator.safetensors": -1000}, None, "is damaged or was altered"),
    "tampered": ({"generator.safetensors": b"\0" * 1_248_376}, None, "is damaged or was altered"),
}


@pytest.mark.parametrize("changes, fault, message", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_is_told_and_the_shipped_generator_paints(
    hub: Hub, saved: dict[str, bytes], changes: dict, fault: Fault | None, message: str, told
):
    files = dict(saved)
    for name, change in changes.items():
        if change is None:
            del files[name]
        else:
            files[name] = files[name][:change] if isinstance(change, int) else change
    hub.add(NAME, files)
    if fault:
        hub.faults["info"] = fault
    checkpoint = load_default_checkpoint(NAME)
    assert checkpoint.folder == SHIPPED
    assert message in told.text and "Painting instead with the generator of" in told.text
    assert message in " ".join(checkpoint.origin.fallback_reasons)
    with pytest.raises(UserError) as error:
        StyleTransfer.from_pretrained(NAME)
    assert message in str(error.value)


@pytest.mark.parametrize("fault", [Fault(500), Fault(403, "GatedRepo"), Fault(429)], ids=["500", "gated", "429"])
def test_a_failing_hub_leaves_the_earlier_download(hub: Hub, published: str, fault: Fault, told):
    load_pretrained(NAME)
    hub.faults["info"] = fault
    checkpoint = load_default_checkpoint(NAME)
    assert checkpoint.origin.revision == published and checkpoint.origin.offline and checkpoint.origin.fallback_reasons


@pytest.mark.parametrize("broken", [b'{"format": "4", "files": {}}', None], ids=["newer format", "tampered"])
def test_a_bad_update_leaves_the_earlier_download(hub: Hub, published: str, saved: dict[str, bytes], broken):
    load_pretrained(NAME)
    hub.add(NAME, saved | ({"config.json": broken} if broken else {"generator.safetensors": b"\0" * 1_248_376}))
    assert load_default_checkpoint(NAME).origin.revision == published


def test_a_copy_that_rots_in_the_cache_is_downloaded_anew(hub: Hub, published: str, saved: dict[str, bytes]):
    path = load_pretrained(NAME).path
    path.resolve().write_bytes(b"\0" * len(saved["generator.safetensors"]))
    assert load_pretrained(NAME).path.read_bytes() == saved["generator.safetensors"]


def test_a_download_that_breaks_is_resumed_where_it_stopped(
    hub: Hub, published: str, saved: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 65536)
    hub.faults["content"] = Fault(cut=500_000, times=1)
    assert load_pretrained(NAME).path.read_bytes() == saved["generator.safetensors"]
    ranges = [headers["range"] for _, _, headers in hub.requests if "range" in headers]
    assert len(ranges) == 1 and int(ranges[0].removeprefix("bytes=").rstrip("-")) > 100_000


def test_a_download_that_breaks_again_and_again_costs_seconds_not_the_start(
    hub: Hub, published: str, monkeypatch: pytest.MonkeyPatch
):
    hub.faults["content"] = Fault(cut=1000)
    monkeypatch.setattr(stylegan.hub.download, "START_SECONDS", 3)
    start = time.monotonic()
    assert load_default_checkpoint(NAME).folder == SHIPPED
    assert time.monotonic() - start < 6
    assert not list(Path(huggingface_hub.constants.HF_HUB_CACHE).rglob("generator.safetensors"))


@pytest.mark.usefixtures("dead_network")
def test_a_dead_network_costs_at_most_10_seconds(hub: Hub, told):
    start = time.monotonic()
    checkpoint = load_default_checkpoint(NAME, published="someone/else")
    assert checkpoint.folder == SHIPPED
    assert time.monotonic() - start < 10.5
    assert len([r for r in told.records if "Painting instead with" in r.getMessage()]) == 1


def test_a_hub_that_goes_silent_half_way_costs_no_more(hub: Hub, published: str, monkeypatch: pytest.MonkeyPatch, told):
    hub.faults["resolve"] = Fault(hang=True)
    monkeypatch.setattr(stylegan.hub.download, "START_SECONDS", 2)
    monkeypatch.setattr(stylegan.hub.download, "FETCH_SECONDS", 0)
    start = time.monotonic()
    assert load_default_checkpoint(NAME).folder == SHIPPED
    assert time.monotonic() - start < 5
    assert "took too long" in told.text


def test_a_full_disk_is_told(hub: Hub, published: str, tmp_path: Path):
    """A real refusal by the system: no file of this process may grow over 1 MB."""
    script = f"""
import resource, logging
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
logging.basicConfig(level="INFO")
from stylegan.hub.download import load_default_checkpoint
print("USED", load_default_checkpoint({NAME!r}).folder)
"""
    environment = {
        "HF_ENDPOINT": hub.url,
        "HF_HUB_CACHE": str(tmp_path / "full"),
        "HF_HUB_DISABLE_XET": "1",
        "PATH": "",
        "PYTHONPATH": str(SHIPPED.parent) + ":" + ":".join(sys.path),
    }
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert f"USED {SHIPPED}" in done.stdout, done.stderr
    assert "There is no room on the disk for someone/atelier." in done.stderr


@pytest.mark.parametrize("route", ["info", "resolve"])
def test_a_connection_that_breaks_once_is_made_again(hub: Hub, published: str, route: str, told):
    """Else a start on a shaky network paints with another generator."""
    hub.faults[route] = Fault(reset=True, times=1)
    assert load_default_checkpoint(NAME).origin.source == NAME
    assert hub.faults[route].times == 0 and "cannot be used" not in told.text


def test_connections_that_break_for_ever_are_told_in_time(hub: Hub, published: str, told):
    hub.faults["info"] = Fault(reset=True)
    start = time.monotonic()
    assert load_default_checkpoint(NAME).folder == SHIPPED
    assert time.monotonic() - start < 6
    assert "The Hub cannot be reached" in told.text


def test_a_missing_path_is_no_question_to_the_hub(hub: Hub):
    for path in ("nowhere.safetensors", "/tmp/no/such", "./someone/atelier"):
        with pytest.raises(UserError, match="no generator at"):
            load_pretrained(path)
    assert not hub.requests


def test_a_page_address_loads_and_an_empty_folder_hides_nothing(
    hub: Hub, published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / NAME).mkdir(parents=True)
    for source in (NAME, f"https://huggingface.co/{NAME}/tree/main", Path(f"https://huggingface.co/{NAME}/")):
        assert load_pretrained(source).origin.source == NAME
    (tmp_path / NAME / "notes.txt").touch()
    with pytest.raises(UserError, match="There is no generator at"):
        load_pretrained(NAME)


def test_what_was_asked_for_comes_first_then_the_published_then_the_shipped(hub: Hub, published: str, tmp_path: Path):
    assert load_default_checkpoint(SHIPPED, published=NAME).origin.source == str(SHIPPED)
    assert load_default_checkpoint(tmp_path / "no", published=NAME).origin.source == NAME
    assert load_default_checkpoint(None, published=NAME).origin.source == NAME
    assert load_default_checkpoint(None, published="").origin.source == str(SHIPPED)


def test_where_nothing_is_published_nobody_is_asked(hub: Hub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stylegan.hub.download, "DEFAULT_REPO", "")
    StyleTransfer.from_pretrained()
    assert not hub.requests


@pytest.mark.parametrize(
    "text, name, revision",
    [
        ("someone/atelier", "someone/atelier", "main"),
        (" someone/atelier@v1.2 ", "someone/atelier", "v1.2"),
        ("https://huggingface.co/someone/atelier", "someone/atelier", "main"),
        ("https://huggingface.co/someone/atelier/", "someone/atelier", "main"),
        ("https:/huggingface.co/someone/atelier", "someone/atelier", "main"),
        ("huggingface.co/someone/atelier?library=x#use", "someone/atelier", "main"),
        ("https://hf.co/someone/atelier/tree/v1.2", "someone/atelier", "v1.2"),
        ("https://huggingface.co/someone/atelier/blob/main/README.md", "someone/atelier", "main"),
        ("https://huggingface.co/someone/atelier/tree/refs%2Fpr%2F1/styles", "someone/atelier", "refs/pr/1"),
        ("https://huggingface.co/someone/atelier/discussions", "someone/atelier", "main"),
    ],
)
def test_names_as_people_paste_them(text: str, name: str, revision: str):
    assert HubRepo.parse(text) == HubRepo(name, revision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "a/b/c",
        "../secret",
        "a/..",
        "owner/na me",
        "a/b@../x",
        "http://127.0.0.1/",
        "a/b?c=d",
        "a--b/",
        "https://huggingface.co/spaces/a/b",
    ],
)
def test_what_is_no_name_is_refused_before_anyone_is_asked(hub: Hub, text: str):
    with pytest.raises(UserError, match="owner/name"):
        HubRepo.parse(text)


def test_a_tampered_folder_is_refused(saved: dict[str, bytes], tmp_path: Path):
    write_files(tmp_path, saved)
    files = json.loads(saved["config.json"])["files"]
    assert set(files) == {name for name in saved if name.endswith(".safetensors")}
    (tmp_path / "discriminator.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(UserError, match="discriminator.safetensors is damaged or was altered"):
        load_pretrained(tmp_path)
