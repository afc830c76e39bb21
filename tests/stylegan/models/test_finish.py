"""Finishing may be stopped at any step, and each step must be worth its time."""

from collections.abc import Callable

import pytest
import skimage.data
import torch
from PIL import Image
from torch import Tensor

from stylegan import StyleTransfer
from stylegan.evaluation.distances import near_and_cover
from stylegan.images import style_view, to_tensor
from stylegan.models import finish as module
from stylegan.models.finish import finish
from stylegan.models.generator import Generator
from stylegan.models.style_memory import StyleMemory
from tests.support.pictures import picture

Run = Callable[[], list[tuple[float, Tensor]]]


@pytest.fixture(scope="module")
def run(small: Generator, memory: StyleMemory) -> Run:
    def run() -> list[tuple[float, Tensor]]:
        photo = picture(128, 64, seed=1)
        guide = small.guide(photo, memory)
        return list(finish(small, small(guide, memory), photo, guide, memory))

    return run


@pytest.fixture(scope="module")
def events(run: Run) -> list[tuple[float, Tensor]]:
    return run()


def test_after_any_step_there_is_a_painting(events: list[tuple[float, Tensor]]):
    for _, image in events:
        assert image.shape == (1, 3, 64, 128) and image.isfinite().all()
        assert image.min() >= 0 and image.max() <= 1 and not image.requires_grad


def test_progress_rises_to_one(events: list[tuple[float, Tensor]]):
    done = [done for done, _ in events]
    assert len(done) == sum(module.STEPS) and done == sorted(done) and done[0] > 0 and done[-1] == 1


def test_the_same_steps_give_the_same_pixels(events: list[tuple[float, Tensor]], run: Run):
    """A recipe must bring the painting back."""
    assert torch.equal(run()[-1][1], events[-1][1])


def test_the_step_from_half_to_full_size_is_no_jump(events: list[tuple[float, Tensor]]):
    """The visitor watches it: the painting goes on where it was."""
    images = [image for _, image in events]
    steps = [(a - b).abs().mean().item() for a, b in zip(images, images[1:])]
    switch = module.STEPS[1] - 1
    assert steps[switch] < 1.2 * max(steps[:switch] + steps[switch + 1 :])


def test_gradients_of_the_caller_stay_as_they_were(small: Generator, memory: StyleMemory):
    """Left on, whatever paints next would fill the memory."""
    guide = small.guide(picture(64, 64, seed=1), memory)
    with torch.no_grad():
        for _ in finish(small, guide, guide, guide, memory):
            assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()
    assert all(parameter.grad is None for parameter in small.parameters())


def test_finishing_brings_a_painting_nearer_to_its_style(shipped_transfer: StyleTransfer):
    photo = Image.fromarray(skimage.data.coffee()).resize((192, 128))
    style = Image.fromarray(skimage.data.rocket())
    plain, *_, last = [event.painting for event in shipped_transfer.finish_steps(photo, style)]
    lens, known = shipped_transfer.checkpoint.generator.lens, to_tensor(style_view(style, 512))
    before, after = (near_and_cover(lens, to_tensor(painting), known)[0] for painting in (plain, last))
    assert after < before - 0.01
