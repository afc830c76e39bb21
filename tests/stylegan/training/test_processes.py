"""Trainings in processes of their own: killed, and several that train as one."""

import json
import math
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stylegan.training.trainer import Trainer
from tests.support.training import train

ROOT = Path(__file__).resolve().parents[3]
Make = Callable[..., Trainer]


def child(photos: Path, paintings: Path, output: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    """A training in a process of its own."""
    command = [sys.executable, "-m", "tests.support.training", photos, paintings, output, *arguments]
    variables = os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"} | environment
    return subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True)


def test_a_killed_training_can_be_resumed(make: Make, photos: Path, paintings: Path, tmp_path: Path):
    """Power cuts and preempted machines leave no time to say goodbye. ATELIER_KILLS=50 kills more often."""
    chance = random.Random(0)
    for _ in range(int(os.environ.get("ATELIER_KILLS", 2))):
        with child(photos, paintings, tmp_path / "run") as process:
            steps = [json.loads(next(process.stdout))["step"] for _ in range(3)]
            time.sleep(chance.uniform(0, 0.3))  # it saves after each step, so many a kill hits a half-written file
            process.kill()
        assert steps == [1, 2, 3]
        resumed = make()
        assert resumed.resume()
        assert resumed.step >= 3
        assert not list((tmp_path / "run").glob(".*.partial"))
    (progress,) = train(resumed, 1)
    assert math.isfinite(progress.losses["loss"])


def parallel(photos: Path, paintings: Path, output: Path, *arguments: list[str]) -> list[list[dict[str, float]]]:
    """The losses of each step of two processes that train together, each with arguments of its own."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    meeting = {"MASTER_ADDR": "localhost", "MASTER_PORT": port, "WORLD_SIZE": str(len(arguments))}
    processes = [
        child(photos, paintings, output, *own, RANK=str(rank), LOCAL_RANK=str(rank), **meeting)
        for rank, own in enumerate(arguments)
    ]
    try:
        outputs = [process.communicate(timeout=120)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0] * len(processes)
    # older versions of PyTorch tell on the same stream that the processes have met
    return [[json.loads(line) for line in text.splitlines() if line.startswith("{")] for text in outputs]


def test_two_processes_train_as_one(make: Make, photos: Path, paintings: Path, tmp_path: Path):
    """Else what was tuned on one device would not hold on several; the gradient penalty goes a way of its own."""
    configs = [{"batch": 8, "adversarial_loss": name} for name in ("hinge", "wasserstein")]
    arguments = ["--steps", "4", *(f"--config={json.dumps(config)}" for config in configs)]
    first, second = parallel(photos, paintings, tmp_path / "two", arguments, arguments)
    alone = [progress for config in configs for progress in train(make(**config), 4)]
    for losses, others, expected in zip(first, second, alone, strict=True):
        assert losses == others
        for name in expected.losses:
            assert losses[name] == pytest.approx(expected.losses[name], rel=1e-3, abs=1e-6), name


def test_processes_with_different_clocks_stop_after_the_same_step(photos: Path, paintings: Path, tmp_path: Path):
    """Else the one that goes on waits for the other for ever."""
    arguments = ["--config", json.dumps({"batch": 8, "minutes": 1.0})]
    first, second = parallel(
        photos, paintings, tmp_path / "run", [*arguments, "--tick", "6"], [*arguments, "--tick", "4"]
    )
    assert len(first) == len(second) > 1
