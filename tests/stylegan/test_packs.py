"""Style packs: what is written can be read, and what an attacker writes cannot hurt."""

import json
import pickle
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stylegan.adapter import adapted_shapes
from stylegan.errors import StyleError
from stylegan.networks import Generator
from stylegan.packs import MAX_BYTES, MAX_NAME, PackFacts, StylePack, clean_name, load_pack, save_pack

BASE = "ab" * 32
DIM = 128


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(0)
    return Generator()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sea.style.safetensors"


def full_pack(generator: Generator, rank: int = 16) -> StylePack:
    """As large as fine-tuning makes them."""
    biases, weights = adapted_shapes(generator)
    return StylePack(
        name="Sea",
        base=BASE,
        code=torch.randn(DIM),
        biases={name: torch.randn(shape) for name, shape in biases.items()},
        factors={
            name: (torch.randn(shape[0], rank), torch.randn(rank, shape[1:].numel())) for name, shape in weights.items()
        },
        facts=PackFacts("2026-11-24", 3, 300, {"style": 0.1}, "CC BY 4.0"),
        preview=torch.randint(0, 256, (3, 128, 128), dtype=torch.uint8),
    )


def contents(**changes: object) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """A small honest pack's tensors and metadata, with changes to them."""
    facts = {"created": "2026-11-24", "pictures": 1, "steps": 1, "losses": {}, "license": ""}
    metadata = {"kind": "atelier-style", "name": "Sea", "base": BASE, "facts": json.dumps(facts)}
    tensors = {"code": torch.zeros(DIM).half()}
    for name, value in changes.items():
        (tensors if isinstance(value, torch.Tensor) else metadata)[name.replace("__", " ").replace("_o_", ".")] = value
    return tensors, metadata


def test_what_was_learnt_survives_the_file(generator: Generator, path: Path):
    pack = full_pack(generator)
    save_pack(path, pack)
    read = load_pack(path, generator, BASE)
    assert (read.name, read.base, read.facts) == (pack.name, pack.base, pack.facts)
    assert torch.equal(read.preview, pack.preview)
    torch.testing.assert_close(read.code, pack.code, atol=2e-3, rtol=1e-3)
    assert read.biases.keys() == pack.biases.keys() and read.factors.keys() == pack.factors.keys()
    updates, expected = read.updates(generator), pack.updates(generator)
    for name, change in expected.items():
        assert change.shape == generator.state_dict()[name].shape
        torch.testing.assert_close(updates[name], change, atol=0.05, rtol=0.01)


def test_a_pack_is_small(generator: Generator, path: Path):
    save_pack(path, full_pack(generator))
    assert path.stat().st_size < MAX_BYTES / 3


def test_another_name_changes_nothing_else(generator: Generator, path: Path):
    pack = full_pack(generator)
    save_pack(path, pack.renamed("  Open \n sea "))
    read = load_pack(path, generator, BASE)
    assert read.name == "Open sea"
    assert read.facts == pack.facts


def test_html_stays_text(generator: Generator, path: Path):
    tensors, metadata = contents(name="<script>alert(1)</script>")
    save_file(tensors, path, metadata)
    assert load_pack(path, generator, BASE).name == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "changes",
    [
        {"code": torch.zeros(7).half()},
        {"code": torch.full((DIM,), float("nan")).half()},
        {"code": torch.full((DIM,), float("inf")).half()},
        {"code": torch.full((DIM,), 5e4).half()},
        {"code": torch.zeros(DIM)},
        {"surprise": torch.zeros(2).half()},
        {"preview": torch.zeros(3, 4000, 10, dtype=torch.uint8)},
        {"bias__enter_o_affine_o_bias": torch.zeros(3).half()},
        {"up__enter_o_conv_o_weight": torch.zeros(24, 4).half()},
        {
            "up__enter_o_conv_o_weight": torch.zeros(24, 0).half(),
            "down__enter_o_conv_o_weight": torch.zeros(0, 108).half(),
        },
        {
            "up__enter_o_conv_o_weight": torch.zeros(24, 65).half(),
            "down__enter_o_conv_o_weight": torch.zeros(65, 108).half(),
        },
        {
            "up__enter_o_conv_o_weight": torch.zeros(24, 4).half(),
            "down__enter_o_conv_o_weight": torch.zeros(4, 107).half(),
        },
        {"name": "x" * (MAX_NAME + 1)},
        {"name": "x" * 1_000_000},
        {"name": "\n"},
        {"facts": "no json"},
        {"facts": "[1, 2]"},
        {"facts": "[" * 100_000},
        {"facts": json.dumps({"unknown": 1})},
        {"facts": json.dumps({"license": 5})},
        {"facts": json.dumps({"steps": -1})},
        {"facts": json.dumps({"losses": {"style": "low"}})},
        {"facts": json.dumps({"losses": [1]})},
        {"facts": '{"losses": {"style": NaN}}'},
    ],
    ids=lambda changes: " ".join(changes)[:40],
)
def test_impossible_values_are_refused(generator: Generator, path: Path, changes: dict):
    tensors, metadata = contents(**changes)
    save_file(tensors, path, metadata)
    with pytest.raises(StyleError, match="impossible values"):
        load_pack(path, generator, BASE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a pack",
        pickle.dumps({"code": [0.0]}),
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 2) + b"{}",
    ],
    ids=["empty", "text", "pickle", "huge header", "nothing in it"],
)
def test_files_that_are_no_packs_are_refused(generator: Generator, path: Path, data: bytes):
    path.write_bytes(data)
    with pytest.raises(StyleError, match="not a style pack"):
        load_pack(path, generator, BASE)


def test_a_truncated_pack_is_refused(generator: Generator, path: Path):
    save_pack(path, full_pack(generator))
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(StyleError, match="damaged"):
        load_pack(path, generator, BASE)


def test_a_pack_for_another_generator_is_refused(generator: Generator, path: Path):
    save_pack(path, full_pack(generator))
    with pytest.raises(StyleError, match="another generator"):
        load_pack(path, generator, "cd" * 32)


def test_a_file_that_is_too_large_is_not_even_opened(generator: Generator, path: Path):
    path.write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(StyleError, match="too large"):
        load_pack(path, generator, BASE)


@pytest.mark.parametrize(("name", "clean"), [(" a \t b ", "a b"), ("Ünï ✿", "Ünï ✿"), ("a\u202eb\x00c", "a b c")])
def test_names_are_one_line_of_printable_characters(name: str, clean: str):
    assert clean_name(name) == clean
