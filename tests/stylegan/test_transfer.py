"""What a user of the Python package relies on, with the generator that ships."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylegan import ImageError, SettingError, StyleError, StyleTransfer
from stylegan.packs import StylePack, save_pack
from tests.helpers import mean_difference


@pytest.fixture(scope="module")
def transfer() -> StyleTransfer:
    return StyleTransfer.from_pretrained()


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    y, x = np.mgrid[0:96, 0:128]
    pixels = np.stack([127 + 100 * np.sin(x / 9), 127 + 100 * np.cos(y / 13), 2 * y], 2)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def test_at_least_twelve_styles_by_name(transfer: StyleTransfer):
    names = [style.name for style in transfer.styles]
    assert len(set(names)) >= 12
    assert {"great_wave", "starry_night", "the_scream", "composition_vii", "shipwreck"} <= set(names)


def test_every_built_in_style_paints_something_of_its_own(transfer: StyleTransfer, photo: Image.Image):
    paintings = [transfer.stylize(photo, style.name) for style in transfer.styles]
    for i, painting in enumerate(paintings):
        assert painting.size == photo.size
        assert mean_difference(painting, photo) > 0.03
        assert all(mean_difference(painting, other) > 0.02 for other in paintings[:i])


def test_strength_zero_gives_the_photo_back(transfer: StyleTransfer, photo: Image.Image):
    assert mean_difference(transfer.stylize(photo, strength=0), photo) <= 0.02


def test_more_strength_is_further_from_the_photo(transfer: StyleTransfer, photo: Image.Image):
    steps = [mean_difference(transfer.stylize(photo, strength=s / 4), photo) for s in range(5)]
    assert steps == sorted(steps)


def test_the_same_seed_gives_the_same_pixels(transfer: StyleTransfer, photo: Image.Image):
    again = StyleTransfer.from_pretrained().stylize(photo, seed=3)
    assert transfer.stylize(photo, seed=3).tobytes() == again.tobytes()


def test_another_seed_is_another_take(transfer: StyleTransfer, photo: Image.Image):
    assert mean_difference(transfer.stylize(photo, seed=1), transfer.stylize(photo, seed=2)) > 0.005


def test_any_picture_is_a_style(transfer: StyleTransfer, photo: Image.Image, tmp_path: Path):
    picture = Image.effect_noise((64, 48), 90).convert("RGB")
    picture.save(tmp_path / "noise.png")
    from_file = transfer.stylize(photo, tmp_path / "noise.png")
    assert from_file.tobytes() == transfer.stylize(photo, picture).tobytes()
    assert mean_difference(from_file, transfer.stylize(photo, "great_wave")) > 0.02


def test_a_blend_lies_between_its_styles(transfer: StyleTransfer, photo: Image.Image):
    wave, scream = transfer.stylize(photo, "great_wave"), transfer.stylize(photo, "the_scream")
    blend = transfer.stylize(photo, {"great_wave": 1, "the_scream": 1})
    assert mean_difference(blend, wave) < mean_difference(scream, wave)
    assert mean_difference(blend, scream) < mean_difference(scream, wave)
    assert transfer.stylize(photo, {"great_wave": 7}).tobytes() == wave.tobytes()


def test_keep_colors_keeps_the_hues(transfer: StyleTransfer, photo: Image.Image):
    def chroma(image: Image.Image) -> np.ndarray:
        return np.asarray(image.convert("YCbCr"), float)[..., 1:].mean((0, 1))

    kept = chroma(transfer.stylize(photo, "the_scream", keep_colors=True))
    lost = chroma(transfer.stylize(photo, "the_scream"))
    assert np.abs(kept - chroma(photo)).max() < 6 < np.abs(lost - chroma(photo)).max()


def test_brush_and_size(transfer: StyleTransfer, photo: Image.Image):
    fine, broad = transfer.stylize(photo, brush=0.5), transfer.stylize(photo, brush=2)
    assert fine.size == broad.size == photo.size
    assert mean_difference(fine, broad) > 0.01
    assert transfer.stylize(photo, size=200).size == (200, 150)


@pytest.mark.parametrize("size", [(16, 16), (17, 170), (301, 31), (64, 640)])
def test_any_shape_of_photo(transfer: StyleTransfer, size: tuple[int, int]):
    assert transfer.stylize(Image.new("RGB", size, "teal")).size == size


def test_a_style_pack_paints_like_the_code_it_holds(transfer: StyleTransfer, photo: Image.Image, tmp_path: Path):
    pack = tmp_path / "mine.style.safetensors"
    style = Image.radial_gradient("L").convert("RGB")
    save_pack(pack, StylePack("mine", transfer.checkpoint.digest, transfer.style_code(style)))
    assert mean_difference(transfer.stylize(photo, pack), transfer.stylize(photo, style)) < 0.002


@pytest.mark.parametrize(
    ("code", "base", "message"),
    [
        (torch.zeros(7), "own", "impossible values"),
        (torch.full((128,), float("nan")), "own", "impossible values"),
        (torch.zeros(128), "other", "another generator"),
    ],
)
def test_a_pack_that_does_not_fit_is_refused(
    transfer: StyleTransfer, tmp_path: Path, code: torch.Tensor, base: str, message: str
):
    pack = tmp_path / "bad.style.safetensors"
    save_pack(pack, StylePack("bad", transfer.checkpoint.digest if base == "own" else base, code))
    with pytest.raises(StyleError, match=message):
        transfer.style_code(pack)


def test_a_broken_pack_is_refused(transfer: StyleTransfer, tmp_path: Path):
    pack = tmp_path / "broken.style.safetensors"
    pack.write_bytes(b"\xff" * 100)
    with pytest.raises(StyleError, match="damaged"):
        transfer.style_code(pack)


def test_a_misspelt_style_gets_a_hint(transfer: StyleTransfer, photo: Image.Image):
    with pytest.raises(StyleError, match="Did you mean starry_night"):
        transfer.stylize(photo, "stary_night")


@pytest.mark.parametrize(
    "setting", [{"strength": 1.5}, {"brush": 9}, {"size": 5000}, {"seed": -1}, {"strength": float("nan")}]
)
def test_a_setting_out_of_range_is_named(transfer: StyleTransfer, photo: Image.Image, setting: dict[str, float]):
    with pytest.raises(SettingError, match=next(iter(setting))):
        transfer.stylize(photo, **setting)


def test_empty_and_negative_blends_are_refused(transfer: StyleTransfer, photo: Image.Image):
    for mix in ({}, {"great_wave": -1, "the_scream": 2}, {"great_wave": 0}):
        with pytest.raises(StyleError, match="weights"):
            transfer.stylize(photo, mix)


def test_a_photo_that_is_none_says_so(transfer: StyleTransfer, tmp_path: Path):
    (tmp_path / "photo.jpg").write_text("not a picture")
    with pytest.raises(ImageError, match=r"photo\.jpg"):
        transfer.stylize(tmp_path / "photo.jpg")
