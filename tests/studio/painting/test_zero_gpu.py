"""Calls on a lent GPU, with a stand-in that does what ZeroGPU does to them: another process, all of it pickled."""

import importlib
import multiprocessing
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from gradio.context import LocalContext

import studio.painting.zero_gpu
from stylegan import ImageError, StyleError, StyleTransfer
from stylegan.formats.checkpoint import load_checkpoint
from stylegan.sample_photos import sample_photos
from tests.support.pictures import mean_difference, synthetic_picture

LENT: list[tuple[str, int]] = []  # function and seconds
STREAMS = ("_learn", "_finish")  # functions that yield events


def lend(duration: int | Callable) -> Callable:
    """``spaces.GPU``: runs a function in a forked process; arguments and results go through pipes."""

    def mark(function: Callable) -> Callable:
        def run(*arguments: object) -> object:
            LENT.append((function.__name__, duration(*arguments) if callable(duration) else duration))
            context = multiprocessing.get_context("fork")
            inbox, outbox = context.Pipe(duplex=True)
            process = context.Process(target=work, args=(function, outbox), daemon=True)
            process.start()
            inbox.send(arguments)
            return events(inbox, process) if function.__name__ in STREAMS else finish(inbox, process)

        return run

    return mark


def work(function: Callable, pipe) -> None:
    torch.set_num_threads(1)
    result = function(*pipe.recv())
    if function.__name__ in STREAMS:
        for event in result:
            pipe.send(event)
        result = None
    pipe.send(result)
    pipe.close()


def events(pipe, process) -> Iterator:
    try:
        while (event := pipe.recv()) is not None:
            yield event
    finally:  # also when nobody wants the rest: the process holds copies of all that its parent has open
        process.terminate()
        process.join(10)


def finish(pipe, process) -> object:
    result = pipe.recv()
    process.join(10)
    return result


@pytest.fixture(scope="module")
def lent() -> Iterator[StyleTransfer]:
    """The transfer as on ZeroGPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "spaces", types.SimpleNamespace(GPU=lend))
        patch.setenv("SPACES_ZERO_GPU", "true")
        module = importlib.reload(studio.painting.zero_gpu)
        yield module.load_transfer(load_checkpoint())
    importlib.reload(studio.painting.zero_gpu)


@pytest.fixture
def visitor() -> Iterator[None]:
    token = LocalContext.request.set(object())
    LENT.clear()
    yield
    LocalContext.request.reset(token)


def test_the_start_of_the_app_borrows_nothing(lent: StyleTransfer):
    LENT.clear()
    assert lent.stylize(synthetic_picture(64, 48, 0, 4), "starry_night").size == (64, 48)
    assert LENT == []


@pytest.mark.usefixtures("visitor")
def test_a_visitors_painting_is_the_same_on_a_lent_gpu(lent: StyleTransfer):
    photo = synthetic_picture(64, 48, 0, 4)
    painting = lent.stylize(photo, {"starry_night": 0.5, "great_wave": 0.5}, seed=3)
    plain = StyleTransfer(load_checkpoint()).stylize(photo, {"starry_night": 0.5, "great_wave": 0.5}, seed=3)
    assert np.abs(np.asarray(painting, int) - np.asarray(plain, int)).max() <= 1
    assert LENT == [("_paint", 15)]


@pytest.mark.usefixtures("visitor")
def test_mistakes_keep_their_message_on_the_way_back(lent: StyleTransfer, tmp_path: Path):
    with pytest.raises(StyleError, match="no style and no file called nothing"):
        lent.stylize(synthetic_picture(64, 48, 0, 4), "nothing")
    (tmp_path / "letter.png").write_text("Dear reader")
    LENT.clear()
    with pytest.raises(ImageError):
        lent.stylize(tmp_path / "letter.png")
    assert LENT == []  # a picture that cannot be used costs nobody's quota


@pytest.mark.usefixtures("visitor")
def test_a_painting_is_finished_step_by_step_on_a_lent_gpu(lent: StyleTransfer):
    photo = synthetic_picture(64, 48, 0, 4)
    steps = list(lent.finish_steps(photo, "starry_night", seed=3))
    plain = list(StyleTransfer(load_checkpoint()).finish_steps(photo, "starry_night", seed=3))
    assert [step.done for step in steps] == [step.done for step in plain] and steps[-1].done == 1
    assert mean_difference(steps[0].painting, plain[0].painting) < 0.004
    assert mean_difference(steps[-1].painting, plain[-1].painting) < 0.02
    assert LENT == [("_finish", 25)]


@pytest.mark.usefixtures("visitor")
def test_finishing_tells_mistakes_and_can_be_left_early(lent: StyleTransfer):
    photo = synthetic_picture(64, 48, 0, 4)
    with pytest.raises(StyleError, match="no style and no file called nothing"):
        next(lent.finish_steps(photo, "nothing"))
    steps = lent.finish_steps(photo, "starry_night")
    assert next(steps).done == 0
    steps.close()
    assert lent.stylize(photo, "starry_night", finish=True).size == photo.size


def test_at_the_start_of_the_app_finishing_borrows_nothing(lent: StyleTransfer):
    LENT.clear()
    *_, last = lent.finish_steps(synthetic_picture(64, 48, 0, 4), "starry_night")
    assert last.done == 1 and LENT == []


@pytest.mark.slow
@pytest.mark.usefixtures("visitor", "quick_finetuning")
def test_a_training_shows_its_progress_and_its_pack_comes_back(lent: StyleTransfer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(studio.painting.zero_gpu, "SETUP_SECONDS", 600)  # a busy processor is no lent GPU
    seen = list(
        lent.finetune([sample_photos()[0]], "Sea", steps=3, preview=[synthetic_picture(64, 64, 1, 4)], license="CC0")
    )
    assert [event.step for event in seen][-1] == 3 and seen[-1].preview and not seen[0].pack
    pack = seen[-1].pack
    assert (pack.name, pack.facts.license, pack.base) == ("Sea", "CC0", lent.checkpoint.digest)
    assert LENT == [("_learn", 600)]


@pytest.mark.slow
@pytest.mark.usefixtures("visitor", "quick_finetuning")
def test_a_training_that_is_stopped_keeps_what_it_has_learnt(lent: StyleTransfer):
    *_, last = lent.finetune([sample_photos()[0]], "Sea", steps=300, stop=lambda: True)
    assert last.pack and last.step < 300


def test_where_nothing_is_lent_the_functions_are_plain(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert type(studio.painting.zero_gpu.load_transfer(load_checkpoint())) is StyleTransfer
