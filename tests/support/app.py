"""The app as a user runs it: ``python app.py`` in a process of its own, on a free port."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running_app(
    folder: Path | None = None,
    source: Path = ROOT,
    command: Sequence[str | Path] = (sys.executable, "app.py"),
    **changes: str | None,
) -> Iterator[str]:
    """The address of a running app; it is stopped at the end.

    folder: for its data, else one that goes with it. source: where its code lies. command: what runs it there.
    changes: of the environment; None takes a variable away.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"GRADIO_SERVER_PORT": str(port), "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data:
        changed = os.environ | settings | {"ATELIER_DATA": str(folder or data)} | changes
        environment = {name: value for name, value in changed.items() if value is not None}
        process = subprocess.Popen(command, cwd=source, env=environment)
        try:
            _wait(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, process: subprocess.Popen, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the app stopped at its start"
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no answer from {url} within {seconds} s")
