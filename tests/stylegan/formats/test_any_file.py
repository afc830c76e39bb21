"""Whatever somebody has written into a pack, a generator or a manifest, it is read whole or refused in plain words."""

import json
import struct
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stylegan.builtin_styles import BUILTIN_STYLES
from stylegan.errors import CheckpointError, StyleError
from stylegan.formats.checkpoint import FORMAT, Checkpoint, load_checkpoint, read_manifest, save_checkpoint
from stylegan.formats.style_pack import MAX_VALUE, PackFacts, StylePack, load_pack, save_pack
from stylegan.models.decoder import DecoderConfig
from stylegan.models.generator import Generator
from tests.support.pictures import picture

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
TYPES = ("F16", "F32", "F64", "BF16", "I8", "U8", "I32", "I64", "BOOL", "F8_E4M3", "X", "")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A generator of small widths without styles: quick to read, and nothing but a generator."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("small") / "generator.safetensors"
    save_checkpoint(path, Generator(DecoderConfig(widths=(16, 8))), BUILTIN_STYLES[:1], {"steps": 7})
    return load_checkpoint(path)


@pytest.fixture(scope="module")
def pack(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    memory = checkpoint.generator.remember([picture(64, 64, seed=0)])
    path = tmp_path_factory.mktemp("packs") / "a.style.safetensors"
    deltas = {
        name: torch.zeros_like(p) for name, p in checkpoint.generator.decoder.named_parameters() if "leave" in name
    }
    save_pack(path, StylePack("Blobs", checkpoint.digest, memory, deltas, PackFacts(license="CC0")))
    return path.read_bytes()


def split(data: bytes) -> tuple[dict, bytes]:
    """The header of a safetensors file, and its numbers."""
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def joined(header: object, body: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


@st.composite
def changed_header(draw: st.DrawFn, data: bytes) -> bytes:
    """The file with entries of its header changed, taken out, doubled under another name, or of another type."""
    header, body = split(data)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(header)))
        entry = header[name]
        kind = draw(st.sampled_from(("gone", "dtype", "shape", "offsets", "moved", "anything")))
        if kind == "gone" and len(header) > 1:
            del header[name]
        elif kind == "anything":
            header[name] = draw(JSON)
        elif kind == "moved":
            header[draw(st.text(max_size=30))] = entry
        elif isinstance(entry, dict) and kind == "dtype":
            header[name] = entry | {"dtype": draw(st.sampled_from(TYPES))}
        elif isinstance(entry, dict) and kind == "shape":
            header[name] = entry | {"shape": draw(st.lists(st.integers(-1, 3000) | st.just(2**40), max_size=4))}
        elif isinstance(entry, dict) and kind == "offsets":
            header[name] = entry | {
                "data_offsets": draw(st.lists(st.integers(-1, len(body) + 9), min_size=2, max_size=2))
            }
    return joined(header, body)


@st.composite
def changed_texts(draw: st.DrawFn, data: bytes) -> bytes:
    """The file with other texts in its metadata, some of them JSON of any content."""
    header, body = split(data)
    texts = header["__metadata__"]
    name = draw(st.sampled_from(sorted(texts)))
    value: object = draw(st.text(max_size=80) | JSON.map(json.dumps) | st.just("[" * 100_000))
    if name in ("facts", "architecture") and draw(st.booleans()):  # like ours, but for one value
        known = json.loads(texts[name])
        value = json.dumps(known | {draw(st.sampled_from(sorted(known))): draw(JSON)})
    header["__metadata__"] = texts | {name: value}
    return joined(header, body)


@st.composite
def changed_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    spoilt = bytearray(data)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data) - 1) | st.integers(0, 200))
        spoilt[at] = draw(st.integers(0, 255))
    return bytes(spoilt[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(spoilt)


@given(data=st.data())
def test_any_pack_is_read_whole_or_refused(data: st.DataObject, pack: bytes, checkpoint: Checkpoint, tmp_path: Path):
    spoil = data.draw(st.sampled_from((changed_header, changed_texts, changed_bytes)))
    path = tmp_path / "mine.style.safetensors"
    path.write_bytes(data.draw(spoil(pack)))
    try:
        read = load_pack(path, checkpoint.generator, checkpoint.digest)
    except StyleError as error:
        assert "mine.style.safetensors" in str(error) or "name" in str(error) or "licence" in str(error)
        return
    shapes = {name: parameter.shape for name, parameter in checkpoint.generator.decoder.named_parameters()}
    assert all(delta.shape == shapes[name] and delta.abs().max() <= MAX_VALUE for name, delta in read.deltas.items())
    assert all(torch.isfinite(t).all() for level in read.memory.levels for t in vars(level).values())
    assert read.name.isprintable() and read.digest
    save_pack(path, read)  # what could be read can be kept
    assert load_pack(path, checkpoint.generator, checkpoint.digest).digest == read.digest


@given(data=st.data())
def test_any_generator_is_read_or_refused(data: st.DataObject, checkpoint: Checkpoint, tmp_path: Path):
    spoil = data.draw(st.sampled_from((changed_header, changed_texts, changed_bytes)))
    path = tmp_path / "generator.safetensors"
    path.write_bytes(data.draw(spoil(checkpoint.path.read_bytes())))
    try:
        assert load_checkpoint(path).generator.decoder.config == checkpoint.generator.decoder.config
    except CheckpointError as error:
        assert "generator.safetensors" in str(error) and "\n" not in str(error)


@pytest.mark.parametrize(
    "architecture",
    [{"widths": [1_000_000, 1_000_000], "blocks": [1, 1]}, {"widths": [16, 8], "blocks": [1, 1_000_000]}]
    + [
        *(None, [], 7, {"widths": None}),
        {"widths": [-1, 8], "blocks": [1, 1]},
        {"widths": [0, 0], "blocks": [0, 0]},
        {"widths": [16.0, 8], "blocks": []},
    ],
)
def test_an_architecture_of_gigabytes_is_refused_before_it_is_made(
    architecture, checkpoint: Checkpoint, tmp_path: Path
):
    header, body = split(checkpoint.path.read_bytes())
    header["__metadata__"]["architecture"] = json.dumps(architecture)
    (tmp_path / "generator.safetensors").write_bytes(joined(header, body))
    with pytest.raises(CheckpointError, match="not a generator of this project"):
        load_checkpoint(tmp_path)


@given(content=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_manifest_is_read_or_refused(content: bytes, tmp_path: Path):
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(CheckpointError):
        read_manifest(tmp_path / "config.json")


@given(files=st.dictionaries(st.text(max_size=60) | st.sampled_from(("../x", "/etc/passwd", "styles/../../x")), JSON))
def test_a_manifest_names_none_but_our_files(files: dict, tmp_path: Path):
    (tmp_path / "config.json").write_text(json.dumps({"format": FORMAT, "files": files}))
    assert read_manifest(tmp_path / "config.json") == {}


def test_the_files_that_are_spoilt_above_can_be_read(pack: bytes, checkpoint: Checkpoint, tmp_path: Path):
    """Else readers that refuse everything would pass."""
    path = tmp_path / "mine.style.safetensors"
    path.write_bytes(joined(*split(pack)))
    assert load_pack(path, checkpoint.generator, checkpoint.digest).name == "Blobs"
