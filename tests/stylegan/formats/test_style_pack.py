"""Style packs come from strangers: an own one must come back whole, a hostile one must be refused in plain words."""

import json
import pickle
import struct
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from stylegan.errors import StyleError
from stylegan.formats.checkpoint import Checkpoint, load_checkpoint
from stylegan.formats.style_pack import MAX_BYTES, PackFacts, StylePack, load_pack, save_pack
from stylegan.models.style_memory import MAX_ROWS, StyleMemory, pack_memory
from stylegan.remember import remember
from tests.support.pictures import picture, synthetic_picture

BIAS, WEIGHT = "leave.bias", "leave.weight"  # [12] and [12, 48, 3, 3]
ROWS = "level 0 rows"
HTML = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    """The generator that ships."""
    return load_checkpoint()


@pytest.fixture(scope="module")
def memory(checkpoint: Checkpoint) -> StyleMemory:
    return checkpoint.generator.remember([picture(128, 128, seed=0)])


@pytest.fixture
def pack(checkpoint: Checkpoint, memory: StyleMemory) -> StylePack:
    """A pack with changes, a preview and all facts."""
    torch.manual_seed(0)
    shapes = {name: p.shape for name, p in checkpoint.generator.decoder.named_parameters() if "leave" in name}
    return StylePack(
        name="Blue hour",
        base=checkpoint.digest,
        memory=memory,
        deltas={name: torch.randn(shape) for name, shape in shapes.items()},
        facts=PackFacts(
            created="2025-03-01",
            pictures=7,
            steps=210,
            distances={"near": 0.4, "layout": 0.2},
            objective="mse + gram + bce",
            license="CC0, 作者",
        ),
        preview=torch.randint(0, 256, (3, 128, 128), dtype=torch.uint8),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.style.safetensors"


def parts(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118


@pytest.fixture
def tampered(path: Path, pack: StylePack, checkpoint: Checkpoint) -> Callable[..., StylePack]:
    """Loads the pack after somebody has changed what is in it."""

    def load(tensors: dict[str, Tensor | None] | None = None, **metadata: str | None) -> StylePack:
        save_pack(path, pack)
        own_tensors, own_metadata = parts(path)
        kept = {name: t for name, t in {**own_tensors, **(tensors or {})}.items() if t is not None}
        texts = {name: t for name, t in {**own_metadata, **metadata}.items() if t is not None}
        save_file(kept, path, metadata=texts)
        return load_pack(path, checkpoint.generator, checkpoint.digest)

    return load


def facts(**changed: object) -> str:
    return json.dumps(asdict(PackFacts()) | changed)


# Own packs.


def test_a_pack_comes_back_whole(path: Path, pack: StylePack, checkpoint: Checkpoint):
    save_pack(path, pack)
    loaded = load_pack(path, checkpoint.generator, checkpoint.digest)
    assert (loaded.name, loaded.base, loaded.facts) == (pack.name, pack.base, pack.facts)
    for name, tensor in pack_memory(loaded.memory).items():
        torch.testing.assert_close(tensor.float(), pack_memory(pack.memory)[name].float(), atol=1, rtol=1e-3)
    assert torch.equal(loaded.preview, pack.preview)
    assert loaded.deltas.keys() == pack.deltas.keys()
    for name, change in pack.deltas.items():
        assert torch.equal(loaded.deltas[name], change.half().float()), name


def test_a_pack_has_the_memory_layout_that_painting_is_fast_with(path: Path, pack: StylePack, checkpoint: Checkpoint):
    save_pack(path, pack)
    change = load_pack(path, checkpoint.generator, checkpoint.digest).deltas[WEIGHT]
    assert change.is_contiguous(memory_format=torch.channels_last)


def test_a_memory_alone_is_a_pack(path: Path, checkpoint: Checkpoint, memory: StyleMemory):
    save_pack(path, StylePack("plain", checkpoint.digest, memory))
    loaded = load_pack(path, checkpoint.generator, checkpoint.digest)
    assert (loaded.deltas, loaded.preview) == ({}, None)


def test_a_renamed_pack_is_the_same_style(path: Path, pack: StylePack, checkpoint: Checkpoint):
    save_pack(path, pack.renamed("  Grey \n hour "))
    loaded = load_pack(path, checkpoint.generator, checkpoint.digest)
    assert loaded.name == "Grey hour"
    assert loaded.facts == pack.facts
    assert torch.equal(loaded.preview, pack.preview)
    assert torch.equal(loaded.deltas[BIAS], pack.deltas[BIAS].half().float())


@pytest.mark.parametrize("name", ["", " \n\t", "\u202e\u200b", "x" * 61])
def test_a_name_that_cannot_be_shown_is_refused(pack: StylePack, path: Path, name: str):
    with pytest.raises(StyleError, match="name"):
        pack.renamed(name)
    with pytest.raises(StyleError, match="name"):
        save_pack(path, replace(pack, name=name))
    assert not path.exists()


@pytest.mark.parametrize(("count", "size"), [(1, (1600, 500)), (2, (1600, 500)), (20, (64, 64))])
def test_a_remembered_style_of_any_pictures_can_be_read_again(
    path: Path, checkpoint: Checkpoint, count: int, size: tuple[int, int]
):
    """A pack that is too large could be saved, and never read."""
    pictures = [synthetic_picture(*size, seed, detail=40) for seed in range(count)]
    save_pack(path, remember(checkpoint.generator, checkpoint.digest, pictures, "Many", license="許" * 4000))
    assert path.stat().st_size < MAX_BYTES == 2_000_000
    assert load_pack(path, checkpoint.generator, checkpoint.digest).facts.pictures == count


def test_every_pack_that_is_written_can_be_read(path: Path, pack: StylePack, checkpoint: Checkpoint):
    """A license of some length, in any script, must not make a style unreadable after minutes of learning."""
    wordy = replace(pack, facts=replace(pack.facts, license="許" * 4000))
    save_pack(path, wordy)
    assert load_pack(path, checkpoint.generator, checkpoint.digest).facts == wordy.facts


def test_a_license_without_end_is_refused_before_it_is_written(path: Path, pack: StylePack):
    with pytest.raises(StyleError):
        save_pack(path, replace(pack, facts=replace(pack.facts, license="x" * 4001)))
    assert not path.exists()


def test_the_fixture_of_the_hostile_packs_loads_when_nothing_is_changed(tampered: Callable[..., StylePack]):
    """Else the tests below would be passed by a reader that refuses everything."""
    assert tampered().name == "Blue hour"
    assert tampered({f"change {BIAS}": torch.full((12,), 1000.0).half()}).deltas[BIAS].max() == 1000
    assert tampered(facts=facts(distances={"near": 1, "layout": 0.5})).facts.distances == {"near": 1, "layout": 0.5}


# Hostile packs: tensors.


HOSTILE_TENSORS = {
    "rows missing": {ROWS: None},
    "a level missing": {f"level 3 {name}": None for name in ("rows", "keys", "mean", "spread", "shares")},
    "rows of floats": {ROWS: torch.zeros(9, 168).half()},
    "too many rows": {ROWS: torch.zeros(MAX_ROWS + 1, 168, dtype=torch.int8)},
    "no rows": {ROWS: torch.zeros(0, 168, dtype=torch.int8)},
    "rows without a shape": {ROWS: torch.tensor(1, dtype=torch.int8)},
    "rows of another style": {ROWS: torch.zeros(9, 168, dtype=torch.int8)},
    "mean of NaN": {"level 0 mean": torch.full((168,), torch.nan).half()},
    "mean just too large": {"level 0 mean": torch.full((168,), 1001.0).half()},
    "mean in single precision": {"level 0 mean": torch.zeros(168)},
    "mean of complex numbers": {"level 0 mean": torch.zeros(168, dtype=torch.complex64)},
    "spread of nothing": {"level 0 spread": torch.zeros(168).half()},
    "colours of another shape": {"color_mean": torch.zeros(4).half()},
    "colours in 8 bits": {"color_mean": torch.zeros(3).to(torch.float8_e4m3fn)},
    "one NaN": {f"change {BIAS}": torch.tensor([0.0] * 11 + [torch.nan]).half()},
    "infinite": {f"change {BIAS}": torch.tensor([0.0] * 11 + [-torch.inf]).half()},
    "huge": {f"change {WEIGHT}": torch.full((12, 48, 3, 3), 6e4).half()},
    "bias of integers": {f"change {BIAS}": torch.zeros(12, dtype=torch.int64)},
    "bfloat16": {f"change {BIAS}": torch.zeros(12).bfloat16()},
    "truth values": {f"change {BIAS}": torch.zeros(12, dtype=torch.bool)},
    "bias of another shape": {f"change {BIAS}": torch.zeros(11).half()},
    "bias that would broadcast": {f"change {BIAS}": torch.zeros(1).half()},
    "weight of another layer": {f"change {WEIGHT}": torch.zeros(48, 12, 3, 3).half()},
    "weight that would broadcast": {f"change {WEIGHT}": torch.zeros(1, 48, 3, 3).half()},
    "weight without a shape": {f"change {WEIGHT}": torch.tensor(1.0).half()},
    "weight of two dimensions": {f"change {WEIGHT}": torch.zeros(12, 432).half()},
    "weight of nothing": {f"change {WEIGHT}": torch.zeros(0, 48, 3, 3).half()},
    "unknown tensor": {"payload": torch.zeros(1).half()},
    "change of no layer": {"change gate.weight": torch.zeros(1).half()},
    "change of a part that no style changes": {"change center": torch.zeros(168).half()},
    "change of the lens": {"change lens.conv1_1.bias": torch.zeros(32).half()},
    "preview of floats": {"preview": torch.zeros(3, 128, 128).half()},
    "preview too large": {"preview": torch.zeros(3, 192, 192, dtype=torch.uint8)},
    "preview without colours": {"preview": torch.zeros(128, 128, dtype=torch.uint8)},
}


@pytest.mark.parametrize("case", HOSTILE_TENSORS)
def test_impossible_tensors_are_refused(tampered: Callable[..., StylePack], case: str):
    """Else they would crash the painter, or paint black, for whoever was sent the pack."""
    with pytest.raises(StyleError, match=r"mine\.style\.safetensors holds impossible values"):
        tampered(HOSTILE_TENSORS[case])


# Hostile packs: texts and numbers.


HOSTILE_TEXTS = {
    "no name": {"name": None},
    "empty name": {"name": " \u200b"},
    "long name": {"name": "x" * 61},
    "name that fills the file": {"name": "x" * 150_000},
    "no facts": {"facts": None},
    "facts that are no JSON": {"facts": "{"},
    "facts that are a list": {"facts": "[]"},
    "facts that are a number": {"facts": "1"},
    "unknown facts": {"facts": facts(run="rm -rf /")},
    "deeply nested facts": {"facts": "[" * 15_000},
    "facts without end": {"facts": facts(distances={str(i): 0 for i in range(9000)})},
    "distances that are a list": {"facts": facts(distances=[0.1])},
    "distances that are nothing": {"facts": facts(distances=None)},
    "distances that are a text": {"facts": facts(distances=HTML)},
    "distance that is a text": {"facts": facts(distances={"near": HTML})},
    "distance that is true": {"facts": facts(distances={"near": True})},
    "distance that is NaN": {"facts": facts(distances={"near": float("nan")})},
    "distance that is infinite": {"facts": facts(distances={"near": float("inf")})},
    "distance beyond every float": {"facts": facts(distances={"near": 10**400})},
    "distance of something else": {"facts": facts(distances={"[x](javascript:0)": 0.1})},
    "losses that are a page": {"facts": facts(objective=HTML)},
    "losses without end": {"facts": facts(objective="x" * 61)},
    "losses that are a number": {"facts": facts(objective=7)},
    "pictures that are a text": {"facts": facts(pictures="7")},
    "pictures below zero": {"facts": facts(pictures=-1)},
    "steps that are a fraction": {"facts": facts(steps=0.5)},
    "steps without end": {"facts": facts(steps=10**30)},
    "number of too many digits": {"facts": facts().replace('"steps": 0', '"steps": ' + "9" * 5000)},
    "license that is a list": {"facts": facts(license=["CC0"])},
    "license without end": {"facts": facts(license="x" * 4001)},
    "date that is a number": {"facts": facts(created=20250301)},
}


@pytest.mark.parametrize("case", HOSTILE_TEXTS)
def test_impossible_texts_are_refused(tampered: Callable[..., StylePack], case: str):
    """Whoever shows a pack shows these; and one hostile pack in a folder must not keep the others from being listed."""
    with pytest.raises(StyleError, match=r"mine\.style\.safetensors holds impossible values"):
        tampered(**HOSTILE_TEXTS[case])


def test_html_in_a_name_stays_plain_text(tampered: Callable[..., StylePack]):
    """Neither run nor rewritten: the page that shows it escapes it, once."""
    loaded = tampered(name=HTML, facts=facts(license=HTML))
    assert loaded.name == HTML
    assert loaded.facts.license == HTML


def test_a_name_cannot_break_out_of_its_line(tampered: Callable[..., StylePack]):
    """Nor run backwards, nor send codes to the terminal."""
    assert tampered(name="a\nb\x1b[2J\u202ec\u2028d\x00e").name == "a b [2J c d e"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"base": "0" * 64}, "another generator"),
        ({"base": None}, "another generator"),
        ({"kind": "atelier-style"}, "made with an earlier Atelier"),
        ({"kind": "atelier-style-memory"}, "made with an earlier Atelier"),
        ({"kind": "something"}, "not a style pack"),
        ({"kind": None}, "not a style pack"),
    ],
)
def test_what_was_not_made_for_this_generator_is_refused(
    tampered: Callable[..., StylePack], texts: dict[str, str | None], message: str
):
    """On another base the same numbers paint mud; the message must say why."""
    with pytest.raises(StyleError, match=message):
        tampered(**texts)


# Hostile packs: the file.


def name_of_ten_megabytes(path: Path) -> None:
    tensors, metadata = parts(path)
    save_file(tensors, path, metadata={**metadata, "name": "x" * 10_000_000})


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def cut_in_the_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def huge_header_claim(path: Path) -> None:
    path.write_bytes(struct.pack("<Q", 2**62) + path.read_bytes()[8:])


def offsets_beyond_the_file(path: Path) -> None:
    header = json.dumps({"code": {"dtype": "F16", "shape": [2**40], "data_offsets": [0, 2**41]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)


def unknown_type(path: Path) -> None:
    header = json.dumps({"code": {"dtype": "OBJECT", "shape": [1], "data_offsets": [0, 8]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def pickled_by_torch(path: Path) -> None:
    torch.save({"code": torch.zeros(128)}, path)


class Touch:
    """Unpickled, it creates a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def pickled_code(path: Path) -> None:
    path.write_bytes(pickle.dumps(Touch(path.with_name("owned"))))


@pytest.mark.parametrize(
    "spoil",
    [
        name_of_ten_megabytes, truncated, cut_in_the_header, huge_header_claim, offsets_beyond_the_file, unknown_type,
        empty, pickled_by_torch, pickled_code,
    ],
)  # fmt: skip
def test_a_spoilt_file_is_refused_by_name_and_runs_nothing(
    path: Path, pack: StylePack, checkpoint: Checkpoint, spoil: Callable[[Path], None]
):
    save_pack(path, pack)
    spoil(path)
    with pytest.raises(StyleError, match=r"mine\.style\.safetensors is (damaged|too large)"):
        load_pack(path, checkpoint.generator, checkpoint.digest)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_pickle_of_the_test_above_would_have_done_harm(tmp_path: Path):
    pickled_code(tmp_path / "pack")
    pickle.loads((tmp_path / "pack").read_bytes())
    assert (tmp_path / "owned").exists()


def test_a_pack_that_is_not_there_says_so(path: Path, checkpoint: Checkpoint):
    with pytest.raises(StyleError, match=r"mine\.style\.safetensors"):
        load_pack(path, checkpoint.generator, checkpoint.digest)
