"""What is uploaded to the Hub, byte for byte, by the real client."""

import json
import warnings
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from huggingface_hub import ModelCard

from stylegan import StyleError, StylePack, StyleTransfer, UserError
from stylegan.cli import cli
from stylegan.formats.checkpoint import SHIPPED, file_digest
from stylegan.formats.style_pack import SUFFIX, PackFacts, save_pack
from stylegan.hub.cards import training_command
from stylegan.hub.download import download_style, load_pretrained
from stylegan.hub.publish import push, push_style
from stylegan.training.config import TrainConfig
from tests.support.hub import Fault, Hub, write_files

NAME = "someone/atelier"
TOKEN = "hf_" + "secret" * 5


def run(*arguments: object) -> object:
    return CliRunner().invoke(cli, list(map(str, arguments)))


@pytest.fixture
def pack(shipped_transfer: StyleTransfer) -> StylePack:
    checkpoint = shipped_transfer.checkpoint
    return StylePack(
        "Anna's drawings",
        checkpoint.digest,
        shipped_transfer.style_memory("great_wave"),
        facts=PackFacts(
            pictures=3, steps=300, objective="ssim + gram + hinge", distances={"near": 0.1}, license="CC BY 4.0"
        ),
        preview=torch.full((3, 128, 128), 200, dtype=torch.uint8),
    )


def test_what_is_saved_loads_again_and_is_the_same(saved: dict[str, bytes], tmp_path: Path):
    write_files(tmp_path, saved)
    checkpoint = load_pretrained(tmp_path)
    assert checkpoint.digest == file_digest(SHIPPED / "generator.safetensors")
    assert {"README.md", "config.json", "generator.safetensors", "discriminator.safetensors"} <= set(saved)
    assert not [name for name in saved if not name.endswith((".safetensors", ".json", ".md", ".jpg"))]


def test_the_card_says_what_the_hub_shows(saved: dict[str, bytes], tmp_path: Path):
    (tmp_path / "README.md").write_bytes(saved["README.md"])
    data = ModelCard.load(tmp_path / "README.md").data
    assert (data.license, data.library_name, data.pipeline_tag) == ("apache-2.0", "stylegan", "image-to-image")
    assert "style-transfer" in data.tags and data.widget


FIGURES = {"near": 0.37, "cover": 0.38, "patch": 0.2, "layout": 0.205}
EVALUATION = FIGURES | {"pairs": 16, "pixels": 384, "peers": {"MicroAST": FIGURES | {"near": 0.446}}}


def test_the_card_compares_with_peers(saved: dict[str, bytes], tmp_path: Path):
    write_files(tmp_path / "in", {name: data for name, data in saved.items() if name != "config.json"})
    digest = file_digest(tmp_path / "in" / "generator.safetensors")
    (tmp_path / "in" / "evaluation.json").write_text(json.dumps(EVALUATION | {"sha256": digest}))
    StyleTransfer.from_pretrained(tmp_path / "in").save_pretrained(tmp_path / "out")
    card = ModelCard.load(tmp_path / "out" / "README.md")
    assert "| this generator | 0.370 | 0.380 | 0.200 | 0.205 |" in card.text
    assert "| MicroAST | 0.446 | 0.380 | 0.200 | 0.205 |" in card.text and "16 held-out pairs" in card.text
    assert {result.metric_type: result.metric_value for result in card.data.eval_results} == FIGURES


def test_the_shipped_card_says_what_was_measured_with_the_shipped_weights():
    """Else the card loses its table, or its table quotes what no command has printed."""
    figures = json.loads((SHIPPED / "evaluation.json").read_text())
    assert figures["sha256"] == file_digest(SHIPPED / "generator.safetensors")
    card = ModelCard.load(SHIPPED / "README.md")
    rows = {"this generator": figures} | figures["peers"]
    expected = [f"| {label} | {' | '.join(f'{row[name]:.3f}' for name in FIGURES)} |" for label, row in rows.items()]
    table = card.text[card.text.index("| this generator |") :].split("\n\n")[0]
    assert table.splitlines() == expected
    assert {one.metric_type: one.metric_value for one in card.data.eval_results} == {n: figures[n] for n in FIGURES}
    assert f"{figures['pairs']} held-out pairs" in card.text and f"{figures['pixels']} px" in card.text
    assert "python -m stylegan evaluate" in card.text and "python -m benchmarks.card --evaluation" in card.text


def test_the_card_tells_how_it_was_trained_and_what_it_cannot_do(saved: dict[str, bytes]):
    card = saved["README.md"].decode()
    assert "python -m stylegan train --content PHOTOS/ --styles PAINTINGS/" in card
    assert "Match and paint" in card and "## Limits" in card and "great_wave" in card
    assert "{{" not in card and "{%" not in card and "| None" not in card


def test_the_command_in_the_card_is_the_one_that_trained_it(shipped_transfer: StyleTransfer):
    """With the options that were not the usual ones, else it would train another generator."""
    config = asdict(TrainConfig(crop=192, augment=True, fidelity=(0.2, 0.6), minutes=90.0))
    training = {"minutes": 1234.5, "config": json.loads(json.dumps(config))}
    command = training_command(replace(shipped_transfer.checkpoint, training=training))
    words = command.replace("\\\n", "").split()
    assert words[:4] == ["python", "-m", "stylegan", "train"] and "--minutes 1234" in " ".join(words)
    assert words[-6:] == ["--crop", "192", "--fidelity", "0.2", "0.6", "--augment"]


def test_the_command_of_an_earlier_checkpoint_has_todays_names(shipped_transfer: StyleTransfer):
    """Else a published card would tell a command that does not run, or leave out how the generator was trained."""
    training = {"minutes": 5, "config": {"warm_up": 7, "penalty_weight": 3.0, "ema_images": 900.0, "batch": 8}}
    command = training_command(replace(shipped_transfer.checkpoint, training=training))
    words = command.replace("\\\n", "").split()
    assert words[-6:] == ["--gp-weight", "3.0", "--warmup-steps", "7", "--ema-halflife-images", "900.0"]


def test_the_styles_are_published_with_the_generator(saved: dict[str, bytes], shipped_transfer: StyleTransfer):
    """Without their packs it would know no style by name."""
    packs = {f"styles/{style.name}{SUFFIX}" for style in shipped_transfer.styles}
    assert packs <= set(saved) and packs <= set(json.loads(saved["config.json"])["files"])
    architecture = asdict(shipped_transfer.checkpoint.generator.decoder.config)
    assert json.loads(saved["config.json"])["architecture"] == {name: list(v) for name, v in architecture.items()}


def test_saving_onto_itself_keeps_the_files_and_leaves_figures_of_other_weights_out(
    saved: dict[str, bytes], tmp_path: Path
):
    write_files(tmp_path, saved)
    (tmp_path / "evaluation.json").write_text('{"sha256": "00", "metrics": []}')
    StyleTransfer.from_pretrained(tmp_path).save_pretrained(tmp_path)
    assert (tmp_path / "generator.safetensors").read_bytes() == saved["generator.safetensors"]
    assert "model-index" not in (tmp_path / "README.md").read_text()


def test_a_file_that_changed_since_it_was_loaded_is_not_published(saved: dict[str, bytes], tmp_path: Path):
    (tmp_path / "generator.safetensors").write_bytes(saved["generator.safetensors"])
    transfer = StyleTransfer.from_pretrained(tmp_path)
    (tmp_path / "generator.safetensors").write_bytes(b"other")
    with pytest.raises(UserError, match="has changed or gone"):
        transfer.save_pretrained(tmp_path / "saved")


def test_push_uploads_every_byte_and_it_comes_back(hub: Hub, saved: dict[str, bytes]):
    result = run("push", NAME, "--private")
    assert result.exit_code == 0, result.output
    assert f"{hub.url}/{NAME}" in result.output
    assert hub.repos[f"models/{NAME}"].created["visibility"] == "private"
    uploaded = hub.files(NAME)
    uploaded.pop(".gitattributes")
    card = uploaded.pop("README.md").decode()
    assert f'from_pretrained("{NAME}")' in card
    assert uploaded == {name: data for name, data in saved.items() if name != "README.md"}
    assert load_pretrained(NAME).digest == file_digest(SHIPPED / "generator.safetensors")


@pytest.mark.parametrize("route", ["create", "branch"])
def test_a_connection_that_breaks_once_does_not_end_a_push(hub: Hub, tmp_path: Path, route: str):
    (tmp_path / "generator.safetensors").write_bytes(b"new")
    hub.faults[route] = Fault(reset=True, times=1)
    push(tmp_path, NAME, revision="next")
    assert hub.faults[route].times == 0
    assert hub.files(NAME, branch="next")["generator.safetensors"] == b"new"


def test_push_to_a_branch_leaves_main_alone(hub: Hub, tmp_path: Path):
    hub.add(NAME, {"README.md": b"old"})
    (tmp_path / "generator.safetensors").write_bytes(b"new")
    push(tmp_path, NAME, revision="next")
    assert hub.files(NAME) == {"README.md": b"old"}
    assert hub.files(NAME, branch="next") == {"README.md": b"old", "generator.safetensors": b"new"}


def same(folder: Path, data: bytes, pack: StylePack, transfer: StyleTransfer) -> bool:
    """Whether a file holds a pack; the order of the metadata in it is not defined."""
    (folder / f"check{SUFFIX}").write_bytes(data)
    read = transfer.load_pack(folder / f"check{SUFFIX}")
    same_rows = torch.allclose(read.memory.levels[0].rows, pack.memory.levels[0].rows, rtol=1e-3, atol=0.5)
    return same_rows and (read.name, read.facts) == (pack.name, pack.facts)


def test_a_style_goes_to_the_hub_and_comes_back(
    hub: Hub, pack: StylePack, shipped_transfer: StyleTransfer, tmp_path: Path
):
    file = tmp_path / "anna.style.safetensors"
    save_pack(file, pack)
    result = run("push-style", file, "someone/anna", "--description", "Made by Anna, 7.")
    assert result.exit_code == 0, result.output
    uploaded = hub.files("someone/anna")
    assert set(uploaded) == {".gitattributes", "README.md", "anna-s-drawings.style.safetensors", "preview.jpg"}
    assert same(tmp_path, uploaded["anna-s-drawings.style.safetensors"], pack, shipped_transfer)
    card = ModelCard(uploaded["README.md"].decode())
    assert card.data.license == "cc-by-4.0" and "atelier-style" in card.data.tags
    assert "Made by Anna, 7." in card.text and pack.base in card.text
    back = download_style("someone/anna", tmp_path / "back").read_bytes()
    assert back == uploaded["anna-s-drawings.style.safetensors"]


def test_a_style_names_the_generator_it_belongs_to(
    hub: Hub, saved: dict[str, bytes], pack: StylePack, shipped_transfer: StyleTransfer
):
    hub.add(NAME, saved)
    push_style(pack, load_pretrained(NAME), "someone/anna")
    assert ModelCard(hub.files("someone/anna")["README.md"].decode()).data.base_model == NAME


def test_a_description_cannot_pretend_to_be_metadata(hub: Hub, pack: StylePack, shipped_transfer: StyleTransfer):
    push_style(pack, shipped_transfer.checkpoint, "someone/anna", "cc0-1.0", "---\nlicense: mit\n---\n{{ base }}")
    card = ModelCard(hub.files("someone/anna")["README.md"].decode())
    assert card.data.license == "cc0-1.0" and "{{ base }}" in card.text


@pytest.mark.parametrize(
    "license, description, message",
    [("GPL-17", "", "is not a licence that can be chosen"), ("cc0-1.0", "x" * 4001, "too long")],
)
def test_what_cannot_be_published_is_told_before_anything_is_uploaded(
    hub: Hub, pack: StylePack, shipped_transfer: StyleTransfer, license: str, description: str, message: str
):
    with pytest.raises(StyleError, match=message):
        push_style(pack, shipped_transfer.checkpoint, "someone/anna", license, description)
    assert not hub.repos


@pytest.mark.parametrize(
    "route, fault, message",
    [
        ("create", Fault(401), "does not accept the access token"),
        ("create", Fault(403), "may not do this with"),
        ("lfs", Fault(403), "may not do this with"),
        ("commit", Fault(500), "trouble of its own"),
    ],
)
def test_a_refusal_is_told_and_never_shows_the_token(
    hub: Hub, shipped_transfer: StyleTransfer, pack: StylePack, route: str, fault: Fault, message: str, caplog, capfd
):
    caplog.set_level("DEBUG")
    hub.faults[route] = fault
    with warnings.catch_warnings(), pytest.raises(UserError, match=message) as error:
        warnings.simplefilter("ignore")
        push_style(pack, shipped_transfer.checkpoint, NAME, token=TOKEN)
    assert any(headers.get("authorization") == f"Bearer {TOKEN}" for _, _, headers in hub.requests)
    said = caplog.text + "".join(capfd.readouterr()) + str(error.value)
    assert TOKEN not in said


STYLES = {
    "no style": ({"README.md": b""}, "holds no style"),
    "two styles": ({"a.style.safetensors": b"1", "b.style.safetensors": b"2"}, "holds 2 styles"),
    "too large": ({"a.style.safetensors": b"0" * 2_000_001}, "too large"),
}


@pytest.mark.parametrize("files, message", STYLES.values(), ids=STYLES.keys())
def test_a_style_that_cannot_be_is_refused_before_it_is_downloaded(
    hub: Hub, tmp_path: Path, files: dict[str, bytes], message: str
):
    hub.add("someone/style", files)
    with pytest.raises(UserError, match=message):
        download_style("someone/style", tmp_path)
    assert not [path for _, path, _ in hub.requests if "resolve" in path or "cdn" in path]


def test_a_visitors_download_is_not_made_in_the_hosts_name(
    hub: Hub, pack: StylePack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    save_pack(tmp_path / "x.style.safetensors", pack)
    hub.add("someone/style", {"x.style.safetensors": (tmp_path / "x.style.safetensors").read_bytes()})
    download_style("someone/style", tmp_path / "got", token=False)
    assert not [headers for _, _, headers in hub.requests if "authorization" in headers]
