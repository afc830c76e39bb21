"""Parts that several tests of training need."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stylegan.training.trainer import Trainer
from tests.support.training import make_trainer


@pytest.fixture
def make(photos: Path, paintings: Path, tmp_path: Path) -> Callable[..., Trainer]:
    """Makes the same small trainer again and again."""

    def make(output: str = "run", **options: object) -> Trainer:
        return make_trainer(photos, paintings, tmp_path / output, **options)

    return make
