"""Whoever reads what an option does must find that it does it, on the command line as in Python."""

from dataclasses import asdict, fields

import click
import pytest
from click.testing import CliRunner

from stylegan.cli import cli
from stylegan.cli.options import config_options
from stylegan.training.config import FINETUNING, REFINING, TrainConfig

COMMANDS = {"train": TrainConfig(), "finetune": FINETUNING, "refine": REFINING}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_field_is_an_option_with_the_same_default(command: str):
    options = {option.name: option for option in cli.commands[command].params}
    for field in fields(TrainConfig):
        assert options[field.name].default == getattr(COMMANDS[command], field.name), field.name
        assert options[field.name].help, field.name


def test_what_is_given_on_the_command_line_arrives():
    seen = []

    @click.command()
    @config_options(TrainConfig())
    def command(config: TrainConfig) -> None:
        seen.append(config)

    arguments = "--style-loss gram --minutes 3 --steps 7 --crop 64 --fidelity 0.1 0.2 --augment --warmup-steps 5"
    result = CliRunner().invoke(command, arguments.split())
    assert result.exit_code == 0, result.output
    changed = {"style_loss": "gram", "minutes": 3, "steps": 7, "crop": 64, "fidelity": (0.1, 0.2), "warmup_steps": 5}
    assert asdict(seen[0]) == asdict(TrainConfig()) | changed | {"augment": True}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"crop": 100}, "multiple of 16"),
        ({"crop": 32}, "64 at least"),
        ({"batch": 5}, "multiple of 2"),
        ({"batch": 0}, "multiple of 2"),
        ({"style_loss": "lpips"}, "style_loss must be one of nearest, gram, moments"),
        ({"precision": "fp8"}, "precision must be one of"),
    ],
)
def test_impossible_values_are_refused_at_once(values: dict[str, object], message: str):
    with pytest.raises(ValueError, match=message):
        TrainConfig(**values)


def test_impossible_values_are_one_line_on_the_command_line(photos, paintings, tmp_path):
    folders = ["--content", photos, "--styles", paintings, "--output", tmp_path / "run"]
    result = CliRunner().invoke(cli, ["train", *map(str, folders), "--crop", "100"])
    assert result.exit_code == 2
    assert "the crop must be a multiple of 16" in result.output and "Traceback" not in result.output
