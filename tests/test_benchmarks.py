"""The table of benchmarks adds up, and the peers are the networks of their papers."""

import pytest
import torch

from benchmarks.__main__ import plot, table
from benchmarks.card import figures
from benchmarks.painting_time import PARTS, _multiply_adds, painting
from benchmarks.peers import peers
from stylegan import StyleTransfer
from stylegan.errors import EvaluationError


def test_the_parts_of_a_painting_make_up_its_time_and_the_generator_is_left_as_it_was():
    transfer = StyleTransfer.from_pretrained(device="cpu")
    before = dict(vars(transfer.checkpoint.generator))
    found = painting(transfer, 64)
    assert all(found[part] > 0 for part in PARTS)
    assert sum(found[part] for part in PARTS) == pytest.approx(found["seconds"])
    assert vars(transfer.checkpoint.generator) == before


@torch.no_grad()
def test_peers_paint_a_picture_of_the_photos_size_for_the_multiply_adds_of_their_papers():
    """AdaIN's VGG-19 up to relu4_1 alone takes 226 thousand a pixel; Johnson's network has 1.68 million weights."""
    known = {"AdaIN (VGG-19)": (480e3, 500e3), "Johnson": (150e3, 160e3)}
    for name, network in peers().items():
        assert network(torch.rand(1, 3, 64, 96)).shape == (1, 3, 64, 96)
        low, high = known[name]
        assert low < _multiply_adds(network) < high
    johnson = sum(p.numel() for name, p in peers()["Johnson"].named_parameters())
    assert johnson == pytest.approx(1.68e6, rel=0.01)


def test_the_card_takes_its_figures_from_a_report_of_the_shipped_generator_alone():
    means = {"near": 0.3712, "cover": 0.4, "patch": 0.2, "layout": 0.2, "gram": 0.9}
    report = {
        "network": "VGG-19",
        "pixels": 384,
        "generator_sha256": "ab",
        "summary": {
            name: {key: {"mean": value + more} for key, value in means.items()}
            for name, more in (("Atelier", 0.0), ("Peer", 0.1))
        },
        "pairs": [{"system": "Atelier"}, {"system": "Peer"}, {"system": "Atelier"}],
    }
    found = figures(report, "ab")
    assert found["near"] == 0.371 and found["pairs"] == 2 and found["pixels"] == 384 and "gram" not in found
    assert found["peers"] == {"Peer": {"near": 0.471, "cover": 0.5, "patch": 0.3, "layout": 0.3}}
    for change, message in (({"generator_sha256": "cd"}, "not painted by"), ({"network": "lens"}, "--perceptual")):
        with pytest.raises(EvaluationError, match=message):
            figures(report | change, "ab")


def test_the_table_and_the_plot_hold_what_was_measured():
    times = {"seconds": 0.4, "ratio": 8.0, "keys": 0.1, "match": 0.1, "decode": 0.1, "rest": 0.1}
    peer = {"seconds": 1.5, "ratio": 30.0, "multiply-adds per pixel": 480_000.0}
    roof = dict.fromkeys(("part of the best convolution", "part of the best matrix product"), 0.25)
    results = {
        "machine": {"reference s": 0.05, "threads": 2},
        "painting": {"512": times},
        "memory": {"512": 1.25},
        "peers": {"AdaIN (VGG-19)": peer},
        "roofline": roof | {"multiply-adds per pixel": 85_000.0},
        "samples learnt per second": 6.0,
        "start": {"import torch": 1.0},
        "clicks": {"start": {"seconds until the page answers": 7.0}, "16": {"p50 s": 3.5, "p95 s": 6.25}},
    }
    text = table(results)
    assert "| 512² | 0.40 | 8.0 | 25% | 25% | 25% | 25% | 1.25 GB |" in text
    assert "| 16 | 3.50 s | 6.25 s |" in text and "85,000 multiply-adds per pixel, at 25% of" in text
    assert plot(results).count("<rect") == 1 + len(PARTS) + len(PARTS) + 1
