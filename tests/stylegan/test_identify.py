"""What style is this? A built-in style is known again, something else is not, and a mistake is told."""

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from stylegan import StyleTransfer
from stylegan.cli import cli
from stylegan.errors import CheckpointError
from stylegan.identify import Identifier, load_identifier, save_identifier
from stylegan.models.perceptual import Lens
from stylegan.sample_photos import sample_photos


def test_a_picture_that_is_a_style_of_ones_own_is_known_again(shipped_transfer: StyleTransfer, tmp_path: Path):
    photo, other = sample_photos()[:2]
    pack = shipped_transfer.remember([photo], "Mine")
    found = shipped_transfer.identify(photo, {"Mine": pack})
    assert found.matches[0].name == "Mine" and found.matches[0].similarity > 0.75 and found.known
    assert {match.name for match in found.matches} == {"Mine", *(style.name for style in shipped_transfer.styles)}
    assert [match.similarity for match in found.matches] == sorted((m.similarity for m in found.matches), reverse=True)
    assert found.kind == "photo"
    assert not shipped_transfer.identify(other).known


def test_the_command_says_what_a_picture_is_like(tmp_path: Path):
    result = CliRunner().invoke(cli, ["identify", str(sample_photos()[0])])
    assert result.exit_code == 0, result.output
    assert "is probably a photo" in result.output and "none of the known styles" in result.output
    assert result.output.count("%") == 3
    Image.new("RGB", (4, 4)).save(tmp_path / "tiny.png")
    for name, message in (("tiny.png", "too small (4 × 4)"), ("nothing.png", "nothing.png")):
        result = CliRunner().invoke(cli, ["identify", str(tmp_path / name)])
        assert result.exit_code == 2 and message in result.output and "Traceback" not in result.output


def test_numbers_for_another_lens_are_refused(tmp_path: Path):
    lens, path = Lens(), tmp_path / "identifier.safetensors"
    numbers = {"center": (4,), "projection": (4, 2), "painting": (3,), "likeness": (2,)}
    save_identifier(Identifier(**{name: torch.ones(shape) for name, shape in numbers.items()}), lens, path)
    assert load_identifier(lens, path).projection.shape == (4, 2)
    with pytest.raises(CheckpointError, match="another lens"):
        load_identifier(Lens(), path)
    with pytest.raises(CheckpointError, match="checkout"):
        load_identifier(lens, tmp_path / "none.safetensors")
