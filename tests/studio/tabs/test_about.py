"""What the page says about the generator."""

from dataclasses import replace

import pytest
from PIL import Image

from studio.tabs.about import ASSETS, STEPS, about_text, artists_text
from stylegan import Checkpoint
from stylegan.formats.checkpoint import Origin, load_checkpoint


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    return load_checkpoint()


def test_the_shipped_generator_is_named_by_its_fingerprint(checkpoint: Checkpoint):
    text = about_text(checkpoint)
    assert "the one that comes with the app" in text and checkpoint.digest in text.replace("` `", "")
    assert str(checkpoint.training["date"]) in text and "Not used" not in text


def test_a_generator_of_the_hub_is_linked_at_its_commit(checkpoint: Checkpoint):
    text = about_text(replace(checkpoint, origin=Origin("someone/atelier", "a" * 40)))
    assert f"(https://huggingface.co/someone/atelier/tree/{'a' * 40})" in text


def test_what_was_not_used_is_told_as_plain_text(checkpoint: Checkpoint):
    text = about_text(replace(checkpoint, origin=Origin("x", fallback_reasons=("There is no <i>x</i> on the Hub.",))))
    assert "Not used, and why:" in text and "<i>" not in text


def test_on_a_space_its_own_address_is_given(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SPACE_HOST", "some-one-atelier.hf.space")
    assert "https://some-one-atelier.hf.space/gradio_api/mcp/" in about_text(checkpoint)


def test_every_painter_is_named_with_what_may_be_done(checkpoint: Checkpoint):
    text = artists_text(checkpoint)
    assert all(style.artist in text and str(style.year) in text for style in checkpoint.styles.values())
    assert "public domain" in text and "Apache License 2.0" in text


def test_each_step_has_its_picture():
    for number in range(1, len(STEPS) + 1):
        picture = Image.open(ASSETS / f"how_{number}.jpg")
        assert picture.width == 640 and (ASSETS / f"how_{number}.jpg").stat().st_size < 160_000
