"""The options of the training commands, made from the fields of ``TrainConfig``."""

import functools
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any, get_args

import click

from stylegan.training.config import TrainConfig


def config_options(defaults: TrainConfig) -> Callable[[Callable], Callable]:
    """Give a command one option for each field; it is called with a ``TrainConfig`` named ``config``.

    Raises:
        click.UsageError: when the command is run with values that do not go together.
    """

    def decorate(command: Callable) -> Callable:
        @functools.wraps(command)
        def run(**given: Any) -> object:
            values = {field.name: given.pop(field.name) for field in fields(defaults)}
            try:
                config = TrainConfig(**values)
            except ValueError as error:
                raise click.UsageError(str(error)) from None
            return command(**given, config=config)

        for field in reversed(fields(defaults)):
            run = _option(field, getattr(defaults, field.name))(run)
        return run

    return decorate


def _option(field: Field, default: object) -> Callable:
    name = field.name.replace("_", "-")
    settings = {"default": default, "show_default": default is not None, "help": field.metadata["help"]}
    if isinstance(default, bool):
        return click.option(f"--{name}/--no-{name}", **settings)
    if isinstance(default, tuple):
        return click.option(f"--{name}", type=float, nargs=len(default), **settings)
    return click.option(f"--{name}", type=_type(field, default), **settings)


def _type(field: Field, default: object) -> Any:
    if field.metadata["choices"]:
        return click.Choice(list(field.metadata["choices"]))
    if field.name == "steps":
        return click.IntRange(1)
    if field.name == "minutes":
        return click.FloatRange(0, min_open=True)
    return (get_args(field.type) or (field.type,))[0]
