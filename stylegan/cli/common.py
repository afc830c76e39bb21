"""What several commands share: how user errors are reported, and how style packs are written."""

import io
import sys
from pathlib import Path

import click

from stylegan.errors import UserError
from stylegan.formats.style_pack import SUFFIX, StylePack, save_pack


class Mistake(click.ClickException):
    """A user's mistake: one line on stderr, exit code 2."""

    exit_code = 2


class UserCommand(click.Command):
    """A command that reports user errors in one line, whatever letters the terminal knows."""

    def invoke(self, ctx: click.Context) -> object:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # of the name of a file
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise Mistake(str(error)) from None


def check_pack_name(output: Path) -> None:
    """Raises Mistake unless a file is called as style packs are."""
    if not output.name.endswith(SUFFIX):
        raise Mistake(f"{output.name}: the name of a style pack ends in {SUFFIX}.")


def write_pack(pack: StylePack, output: Path) -> None:
    """Write a style pack; raises Mistake where the disk refuses it."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        save_pack(output, pack)
    except OSError as error:
        raise Mistake(f"cannot write {output}: {error.strerror}.") from None
