"""What a user of the Python package relies on, with the generator that ships."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
import torch.nn.functional as F
from PIL import Image

from stylegan import ImageError, SettingError, Settings, StyleError, StyleTransfer
from stylegan import pipeline as module
from stylegan.evaluation.distances import layout
from stylegan.formats.checkpoint import SHIPPED
from stylegan.formats.style_pack import SUFFIX, StylePack, save_pack
from stylegan.images import to_tensor
from stylegan.pipeline import FinishProgress
from tests.support.pictures import mean_difference, synthetic_picture


@pytest.fixture(scope="module")
def transfer(shipped_transfer: StyleTransfer) -> StyleTransfer:
    return shipped_transfer


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.fromarray(skimage.data.coffee()).resize((144, 96), Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    return Image.fromarray(skimage.data.astronaut()).resize((256, 256), Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """A picture that is no built-in style."""
    return Image.fromarray(skimage.data.rocket())


def sharpness(image: Image.Image) -> float:
    pixels = np.asarray(image.convert("L"), float)
    return float(np.abs(np.diff(pixels, axis=0)).mean() + np.abs(np.diff(pixels, axis=1)).mean())


# Styles.


def test_there_is_a_wall_of_styles_by_name(transfer: StyleTransfer):
    names = [style.name for style in transfer.styles]
    assert len(set(names)) == len(names) >= 12
    assert names[0] == "great_wave" and "starry_night" in names


def test_every_built_in_style_paints_something_of_its_own(transfer: StyleTransfer, photo: Image.Image):
    paintings = [transfer.stylize(photo, style.name) for style in transfer.styles]
    for i, painting in enumerate(paintings):
        assert painting.size == photo.size
        assert mean_difference(painting, photo) > 0.03
        assert all(mean_difference(painting, other) > 0.02 for other in paintings[:i])


def test_any_picture_is_a_style(transfer: StyleTransfer, photo: Image.Image, picture: Image.Image, tmp_path: Path):
    """At once and like the built-in ones: from a file, or as it is."""
    picture.save(tmp_path / "rocket.png")
    from_file = transfer.stylize(photo, tmp_path / "rocket.png")
    assert from_file.tobytes() == transfer.stylize(photo, picture).tobytes()
    assert mean_difference(from_file, transfer.stylize(photo, "great_wave")) > 0.02


@pytest.mark.parametrize("size", [(16, 16), (700, 60), (17, 400)])
def test_a_picture_of_any_shape_is_a_style(transfer: StyleTransfer, photo: Image.Image, size: tuple[int, int]):
    assert transfer.stylize(photo, synthetic_picture(*size, seed=1, detail=6)).size == photo.size


@pytest.mark.parametrize("color", ["black", "white", "teal"])
def test_a_picture_of_one_colour_is_a_style(transfer: StyleTransfer, photo: Image.Image, color: str):
    painting = transfer.stylize(photo, Image.new("RGB", (100, 80), color))
    wanted = np.array(Image.new("RGB", (1, 1), color).getpixel((0, 0)))
    assert np.abs(np.asarray(painting, float).mean((0, 1)) - wanted).max() < 60


def test_a_remembered_picture_paints_like_the_picture(
    transfer: StyleTransfer, photo: Image.Image, picture: Image.Image, tmp_path: Path
):
    """Kept as a tile of one's own, a style must not become another."""
    pack = transfer.remember([picture], "rocket", "CC0")
    save_pack(tmp_path / f"rocket{SUFFIX}", pack)
    plain, kept = transfer.stylize(photo, picture), transfer.stylize(photo, tmp_path / f"rocket{SUFFIX}")
    assert mean_difference(kept, plain) < 0.5 * mean_difference(transfer.stylize(photo, picture, seed=1), plain)
    assert (pack.name, pack.facts.pictures, pack.facts.steps, pack.deltas) == ("rocket", 1, 0, {})


def test_several_pictures_make_one_style(transfer: StyleTransfer, photo: Image.Image, picture: Image.Image):
    pack = transfer.remember([picture, Image.fromarray(skimage.data.chelsea())], "two")
    assert pack.facts.pictures == 2 and pack.preview.shape == (3, 128, 128)


@pytest.mark.parametrize("count", [0, 21])
def test_a_style_of_no_picture_or_too_many_is_refused(transfer: StyleTransfer, picture: Image.Image, count: int):
    with pytest.raises(StyleError, match=f"1 to 20 pictures, not {count}"):
        transfer.remember([picture] * count, "rocket")


def test_changes_in_a_pack_are_painted_with(transfer: StyleTransfer, photo: Image.Image, tmp_path: Path):
    """Else what fine-tuning learnt would be lost without a word."""
    own = dict(transfer.checkpoint.generator.decoder.named_parameters())
    changes = {"leave.bias": torch.full_like(own["leave.bias"], 1.0)}
    memory, paths = transfer.style_memory("great_wave"), (tmp_path / f"plain{SUFFIX}", tmp_path / f"light{SUFFIX}")
    for path, learnt in zip(paths, ({}, changes)):
        save_pack(path, StylePack("mine", transfer.checkpoint.digest, memory, learnt))
    plain, light = (np.asarray(transfer.stylize(photo, path), float).mean() for path in paths)
    assert light > plain + 5


def test_a_pack_paints_without_a_file_and_in_a_blend(transfer: StyleTransfer, photo: Image.Image):
    pack = transfer.checkpoint.packs["great_wave"]
    assert transfer.stylize(photo, pack).tobytes() == transfer.stylize(photo, "great_wave").tobytes()
    by_name = transfer.stylize(photo, {"great_wave": 1, "starry_night": 3})
    for blend in ([(pack, 1), ("starry_night", 3)], {pack: 1, "starry_night": 3}):
        assert transfer.stylize(photo, blend).tobytes() == by_name.tobytes()
    with pytest.raises(StyleError, match="another generator"):
        transfer.stylize(photo, replace(pack, base="0" * 64))


def test_settings_are_an_object_or_names(transfer: StyleTransfer, photo: Image.Image):
    settings = Settings(strength=0.5, seed=3)
    painting = transfer.stylize(photo, "great_wave", settings)
    assert painting.tobytes() == transfer.stylize(photo, "great_wave", strength=0.5, seed=3).tobytes()
    assert painting.tobytes() == transfer.stylize(photo, "great_wave", Settings(seed=3), strength=0.5).tobytes()
    with pytest.raises(TypeError):
        transfer.stylize(photo, "great_wave", strenght=0.5)


def test_a_blend_lies_between_its_styles(transfer: StyleTransfer, photo: Image.Image):
    wave, night = transfer.stylize(photo, "great_wave"), transfer.stylize(photo, "starry_night")
    mixed = transfer.stylize(photo, {"great_wave": 1, "starry_night": 1})
    assert mean_difference(mixed, wave) > 0.01 and mean_difference(mixed, night) > 0.01
    colors = [np.asarray(image, float).mean((0, 1)) for image in (wave, mixed, night)]
    assert np.abs(colors[1] - (colors[0] + colors[2]) / 2).max() < 25
    assert transfer.stylize(photo, {"great_wave": 7}).tobytes() == wave.tobytes()


# Settings.


@pytest.mark.parametrize("finish", [False, True])
def test_strength_zero_gives_the_photo_back(transfer: StyleTransfer, photo: Image.Image, finish: bool):
    assert transfer.stylize(photo, strength=0, finish=finish).tobytes() == photo.tobytes()


def test_more_strength_is_further_from_the_photo(transfer: StyleTransfer, photo: Image.Image):
    for style in ("great_wave", "starry_night"):
        steps = [mean_difference(transfer.stylize(photo, style, strength=s / 8), photo) for s in range(9)]
        assert all(b > a - 0.02 * steps[-1] for a, b in zip(steps, steps[1:])), (style, steps)
        assert steps[1] < steps[-1] / 2 and steps[4] > steps[2] > steps[0] == 0, (style, steps)


def test_more_strength_keeps_less_of_the_scene(transfer: StyleTransfer, photo: Image.Image):
    """Above a half, where the photo does not shine through any more, the composition is what moves."""
    lens, original = transfer.checkpoint.generator.lens, to_tensor(photo)
    paintings = [transfer.stylize(photo, strength=strength) for strength in (0, 0.25, 0.5, 0.75, 1)]
    lost = [layout(lens, to_tensor(painting), original) for painting in paintings]
    assert all(b > a - 0.05 * lost[-1] for a, b in zip(lost, lost[1:])), lost
    assert lost[0] == 0 and lost[-1] > lost[1], lost


def test_the_same_seed_gives_the_same_pixels(transfer: StyleTransfer, photo: Image.Image):
    again = StyleTransfer.from_pretrained().stylize(photo, seed=3)
    assert transfer.stylize(photo, seed=3).tobytes() == again.tobytes()


def test_between_two_takes_every_point_is_a_painting_of_its_own(transfer: StyleTransfer, photo: Image.Image):
    """Places change over one by one; a mixture of the two would be blurred."""

    def paint(**settings: float) -> np.ndarray:
        return np.asarray(transfer.stylize(photo, "starry_night", **settings), float)

    def sharpness(picture: np.ndarray) -> float:
        return float(np.abs(np.diff(picture, axis=1)).mean())

    start, half, end = (paint(seed=1, between=between) for between in (0, 0.5, 1))
    assert np.array_equal(start, paint(seed=1)) and np.array_equal(end, paint(seed=2))
    whole = np.abs(end - start).mean()
    assert 0.2 * whole < np.abs(half - start).mean() < whole and 0.2 * whole < np.abs(half - end).mean() < whole
    assert sharpness(half) > 0.97 * min(sharpness(start), sharpness(end)) > sharpness((start + end) / 2)


def test_another_number_of_threads_makes_no_difference_that_can_be_seen(transfer: StyleTransfer, photo: Image.Image):
    """A recipe must bring a painting back on another machine."""
    known = torch.get_num_threads()
    try:
        paintings = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            paintings.append(transfer.stylize(photo, seed=3))
    finally:
        torch.set_num_threads(known)
    assert mean_difference(*paintings) < 0.004


@pytest.mark.parametrize("style", ["great_wave", "starry_night"])
def test_takes_differ_in_composition_and_all_are_sharp(transfer: StyleTransfer, portrait: Image.Image, style: str):
    takes = [transfer.stylize(portrait, style, seed=seed) for seed in (0, 1, 2)]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert mean_difference(takes[a], takes[b]) >= 0.03
    assert min(map(sharpness, takes)) > 0.8 * max(map(sharpness, takes))


def test_keep_colors_keeps_the_hues(transfer: StyleTransfer, photo: Image.Image):
    def chroma(image: Image.Image) -> np.ndarray:
        return np.asarray(image.convert("YCbCr"), float)[..., 1:].mean((0, 1))

    kept = chroma(transfer.stylize(photo, "starry_night", keep_colors=True))
    lost = chroma(transfer.stylize(photo, "starry_night"))
    assert np.abs(kept - chroma(photo)).max() < 6 < np.abs(lost - chroma(photo)).max()


def test_brush_and_size(transfer: StyleTransfer, photo: Image.Image):
    fine, broad = transfer.stylize(photo, brush=0.5), transfer.stylize(photo, brush=2)
    assert fine.size == broad.size == photo.size
    assert mean_difference(fine, broad) > 0.01 and sharpness(fine) > sharpness(broad)
    assert transfer.stylize(photo, size=216).size == (216, 144)


@pytest.mark.parametrize("size", [(16, 16), (17, 170), (301, 31), (64, 640)])
def test_any_shape_of_photo(transfer: StyleTransfer, size: tuple[int, int]):
    assert transfer.stylize(Image.new("RGB", size, "teal")).size == size


def test_a_face_survives_more_than_what_surrounds_it(transfer: StyleTransfer, portrait: Image.Image, monkeypatch):
    """Viewers forgive odd colours in the sky, never a tile on a nose."""
    box = (88, 28, 138, 88)  # the face of the astronaut

    def lost(painting: Image.Image) -> float:
        """1 minus the correlation of what is drawn in the face, whatever its light."""
        faces = [to_tensor(image.crop(box).convert("L").convert("RGB")) for image in (painting, portrait)]
        drawn, true = (face - F.avg_pool2d(face, 15, 1, 7, count_include_pad=False) for face in faces)
        return 1 - F.cosine_similarity(drawn.flatten(), true.flatten(), dim=0).item()

    painter = StyleTransfer(transfer.checkpoint, "cpu")
    with_face = [lost(painter.stylize(portrait, style)) for style in ("great_wave", "starry_night")]
    monkeypatch.setattr(module, "find_faces", lambda pixels: [])
    painter = StyleTransfer(transfer.checkpoint, "cpu")
    without = [lost(painter.stylize(portrait, style)) for style in ("great_wave", "starry_night")]
    assert sum(with_face) < sum(without)


def test_memories_of_pictures_and_faces_do_not_pile_up(transfer: StyleTransfer, monkeypatch: pytest.MonkeyPatch):
    """An app that runs for weeks sees thousands of pictures, and a memory takes 5 MB."""
    monkeypatch.setattr(module, "REMEMBERED_PICTURES", 2)
    monkeypatch.setattr(module, "REMEMBERED_FACES", 2)
    painter = StyleTransfer(transfer.checkpoint, "cpu")
    pictures = [synthetic_picture(64, 64, seed, detail=8) for seed in range(4)]
    memories = [painter.style_memory(picture) for picture in pictures]
    for picture in pictures:
        painter.stylize(picture)
    assert len(painter._memories) == len(painter._faces) == 2
    assert painter.style_memory(pictures[3]) is memories[3] and painter.style_memory(pictures[0]) is not memories[0]


# Finish.


@pytest.fixture(scope="module")
def events(transfer: StyleTransfer, photo: Image.Image) -> list[FinishProgress]:
    return list(transfer.finish_steps(photo, seed=2))


def test_finishing_begins_with_the_plain_painting_and_shows_every_step(
    transfer: StyleTransfer, photo: Image.Image, events: list[FinishProgress]
):
    assert events[0].done == 0 and events[-1].done == 1 and len(events) > 10
    assert events[0].painting.tobytes() == transfer.stylize(photo, seed=2).tobytes()
    assert {event.painting.size for event in events} == {photo.size}


def test_a_finished_painting_comes_back_from_its_recipe(
    transfer: StyleTransfer, photo: Image.Image, events: list[FinishProgress]
):
    assert transfer.stylize(photo, seed=2, finish=True).tobytes() == events[-1].painting.tobytes()


def test_what_was_finished_when_it_was_stopped_is_a_painting(transfer: StyleTransfer, photo: Image.Image):
    steps = transfer.finish_steps(photo, seed=2)
    last = [next(steps) for _ in range(4)][-1]
    steps.close()
    assert 0 < last.done < 1 and 0 < mean_difference(last.painting, photo) < 0.6
    assert transfer.stylize(photo).size == photo.size


def test_finishing_keeps_strength_size_and_colours(transfer: StyleTransfer, photo: Image.Image):
    settings = {"strength": 0.25, "size": 120, "keep_colors": True}
    plain, finished = (transfer.stylize(photo, **settings, finish=finish) for finish in (False, True))
    assert plain.size == finished.size == (120, 80)
    small = photo.resize((120, 80), Image.Resampling.LANCZOS)
    assert mean_difference(finished, small) < 0.7 * mean_difference(transfer.stylize(photo, size=120), small)


# Mistakes.


def test_a_pack_of_another_generator_is_refused(transfer: StyleTransfer, tmp_path: Path):
    pack = tmp_path / f"other{SUFFIX}"
    save_pack(pack, StylePack("other", "0" * 64, transfer.style_memory("great_wave")))
    with pytest.raises(StyleError, match="another generator"):
        transfer.style_memory(pack)


def test_a_broken_pack_is_refused(transfer: StyleTransfer, tmp_path: Path):
    pack = tmp_path / f"broken{SUFFIX}"
    pack.write_bytes(b"\xff" * 100)
    with pytest.raises(StyleError, match="damaged"):
        transfer.style_memory(pack)


def test_a_misspelt_style_gets_a_hint(transfer: StyleTransfer, photo: Image.Image):
    with pytest.raises(StyleError, match="Did you mean starry_night"):
        transfer.stylize(photo, "stary_night")
    with pytest.raises(StyleError, match="Known: great_wave"):
        transfer.stylize(photo, "zzz")


@pytest.mark.parametrize(
    "setting",
    [{"strength": 1.5}, {"brush": 9}, {"size": 5000}, {"seed": -1}, {"between": 1.5}, {"strength": float("nan")}],
)
def test_a_setting_out_of_range_is_named(transfer: StyleTransfer, photo: Image.Image, setting: dict[str, float]):
    with pytest.raises(SettingError, match=next(iter(setting))):
        transfer.stylize(photo, **setting)
    with pytest.raises(SettingError, match=next(iter(setting))):
        next(transfer.finish_steps(photo, **setting))


def test_empty_and_negative_blends_are_refused(transfer: StyleTransfer, photo: Image.Image):
    for mix in ({}, {"great_wave": -1, "starry_night": 2}, {"great_wave": 0}, {"great_wave": float("nan")}):
        with pytest.raises(StyleError, match="weights"):
            transfer.stylize(photo, mix)


def test_a_photo_that_is_none_says_so(transfer: StyleTransfer, tmp_path: Path):
    (tmp_path / "photo.jpg").write_text("not a picture")
    with pytest.raises(ImageError, match=r"photo\.jpg"):
        transfer.stylize(tmp_path / "photo.jpg")


# What can go wrong while it runs.


def test_a_gpu_without_memory_leaves_the_painting_to_the_processor(
    transfer: StyleTransfer, photo: Image.Image, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    painted = transfer.stylize(photo, "red_fuji")
    crowded = StyleTransfer(transfer.checkpoint, "cpu")

    def full(work: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(crowded, "_paint", full)
    assert mean_difference(crowded.stylize(photo, "red_fuji"), painted) < 0.01
    assert "The GPU has no memory left" in caplog.text


def test_a_generator_that_was_deleted_while_it_runs_paints_on(photo: Image.Image, tmp_path: Path):
    shutil.copytree(SHIPPED, tmp_path / "generator")
    transfer = StyleTransfer.from_pretrained(tmp_path / "generator")
    shutil.rmtree(tmp_path / "generator")
    assert transfer.stylize(photo, "red_fuji").size == photo.size
    assert transfer.remember([photo], "Mine").base == transfer.checkpoint.digest
