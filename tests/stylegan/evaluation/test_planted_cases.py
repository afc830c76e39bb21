"""Cases whose verdict is known beforehand: what is plainly worse must lose, however well it does elsewhere."""

from pathlib import Path

import pytest
import skimage.data
import torch
from PIL import Image
from torch import Tensor

from stylegan.evaluation.appearance import faces_kept, weave
from stylegan.evaluation.judge import Judge
from stylegan.evaluation.measures import Values
from stylegan.evaluation.pairs import Pair
from stylegan.evaluation.statistics import color, content, gram_and_moments, ssim
from stylegan.images import to_image, to_tensor
from stylegan.models.face_detector import find_faces
from stylegan.models.perceptual import pyramid
from stylegan.training.losses import style_loss, style_statistics

SIDE = 128  # px


@pytest.fixture(autouse=True)
def small_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Style pictures are seen as small as the photos."""
    monkeypatch.setattr("stylegan.evaluation.judge.STYLE_SIDE", SIDE)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge("lens")


def small(pixels: object, left: int = 0) -> Image.Image:
    picture = Image.fromarray(pixels).convert("RGB")
    side = min(picture.size)
    return picture.crop((left, 0, left + side, side)).resize((SIDE, SIDE))


@pytest.fixture(scope="module")
def photo() -> Tensor:
    return to_tensor(small(skimage.data.astronaut()))


@pytest.fixture(scope="module")
def style() -> Tensor:
    return to_tensor(small(skimage.data.coffee()))


@pytest.fixture(scope="module")
def other_part(style: Tensor) -> Tensor:
    """More of the same hand: another part of the style picture."""
    return to_tensor(small(skimage.data.coffee(), left=200))


def noise_with_the_gram_matrix_of(style: Tensor, judge: Judge) -> Tensor:
    target = [[s.detach() for s in layers] for layers in style_statistics("gram", pyramid(judge.network, style))]
    noise = torch.rand(style.shape, generator=torch.Generator().manual_seed(0)).requires_grad_()
    optimizer = torch.optim.Adam([noise], lr=0.02)
    for _ in range(60):
        optimizer.zero_grad()
        style_loss(style_statistics("gram", pyramid(judge.network, noise)), target).sum().backward()
        optimizer.step()
    return noise.detach().clamp(0, 1)


def near(judge: Judge, painting: Tensor, style: Tensor) -> float:
    value = judge.distances(painting, painting, style)["near"]
    assert value is not None
    return value


def test_noise_with_a_paintings_gram_matrix_pleases_gram_and_loses_on_near(
    judge: Judge, style: Tensor, other_part: Tensor
):
    noise = noise_with_the_gram_matrix_of(style, judge)
    assert gram_and_moments(judge.network, noise, style)[0] < gram_and_moments(judge.network, other_part, style)[0]
    assert near(judge, noise, style) > 1.1 * near(judge, other_part, style)


def test_a_recoloured_photo_loses_on_near(judge: Judge, photo: Tensor, style: Tensor, other_part: Tensor):
    ranks = photo[0].flatten(1).argsort(1).argsort(1)
    recoloured = style[0].flatten(1).sort(1)[0].gather(1, ranks).view_as(photo)
    assert color(recoloured, style) < 0.5 * color(photo, style)
    assert near(judge, recoloured, style) > 1.1 * near(judge, other_part, style)


def test_one_texture_everywhere_loses_on_cover(judge: Judge, style: Tensor, other_part: Tensor):
    texture = style[:, :, :32, :32].repeat(1, 1, SIDE // 32, SIDE // 32)
    covered = judge.distances(texture, texture, style)["cover"], judge.distances(other_part, style, style)["cover"]
    assert None not in covered and covered[0] > 1.1 * covered[1]


def scored(judge: Judge, folder: Path, photo: Image.Image, style: Image.Image, painting: Image.Image) -> Values:
    pair = Pair(folder / "photo.png", folder / "style.png")
    for picture, path in ((photo, pair.photo), (style, pair.style), (painting, folder / "painting.png")):
        picture.save(path)
    return judge.score(pair, folder / "painting.png", SIDE)


def test_a_photo_against_itself_keeps_all_of_the_photo(judge: Judge, tmp_path: Path):
    photo, style = small(skimage.data.astronaut()), small(skimage.data.coffee())
    values = scored(judge, tmp_path, photo, style, photo)
    assert values["ssim"] == pytest.approx(1) and values["content"] == pytest.approx(0, abs=1e-6)
    assert values["layout"] == pytest.approx(0, abs=1e-5) and values["faces"] in (None, 1)
    assert min(values[name] for name in ("near", "patch", "gram", "moments", "color")) > 0.01


def test_a_painting_against_itself_has_all_of_the_style(judge: Judge, tmp_path: Path):
    style = Image.fromarray(skimage.data.coffee()).resize((192, SIDE))
    pair = Pair(tmp_path / "photo.png", tmp_path / "style.png")
    Image.fromarray(skimage.data.astronaut()).resize((192, SIDE)).save(pair.photo)
    style.save(pair.style)
    values = judge.score(pair, pair.style, SIDE)
    for name in ("patch", "gram", "moments", "color"):
        assert values[name] == pytest.approx(0, abs=1e-4), name
    assert values["near"] < 0.2 and values["cover"] < 0.2 and values["ssim"] < 0.6 and values["content"] > 0.5


def test_faces_are_kept_by_the_photo_and_lost_in_noise():
    photo = Image.fromarray(skimage.data.astronaut())
    noise = to_image(torch.rand(1, 3, *photo.size[::-1], generator=torch.Generator().manual_seed(0)))
    assert faces_kept(photo, photo) == 1
    assert faces_kept(photo, noise) == 0
    assert faces_kept(noise, photo) is None
    far = Image.new("RGB", (480, 480), "white")
    far.paste(photo.resize((140, 140)), (170, 170))
    assert find_faces(far) and faces_kept(far, far) is None, "a face of a few cells is kept by no painter"


@pytest.mark.parametrize("period", [2, 4, 8])
def test_a_grid_is_seen_as_a_weave_and_a_photo_has_none(photo: Tensor, period: int):
    grid = torch.zeros_like(photo)
    grid[..., ::period, :] = grid[..., ::period] = 0.05
    plain, woven = weave(to_image(photo)), weave(to_image(photo + grid))
    assert plain is not None and woven is not None
    assert plain < 2 and woven > 3 * plain
    assert weave(to_image(photo[..., :50])) is None


def test_content_forgets_contrast_and_ssim_does_not(judge: Judge, photo: Tensor):
    pale = 0.4 * photo + 0.3
    assert content(judge.network, pale, photo) < 0.3 and ssim(pale, photo) < 0.95
