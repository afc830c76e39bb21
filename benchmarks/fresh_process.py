"""What a start costs, part by part, and the memory that a process takes for one painting: each in a fresh process.

python -m benchmarks.fresh_process paint 1024
python -m benchmarks.fresh_process start
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

STARTED = time.perf_counter()


def in_fresh_process(*arguments: object) -> dict[str, float]:
    """What this module prints in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.fresh_process", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def paint(side: int) -> dict[str, float]:
    """Peak memory in GB of a process that paints one photo of ``side``²."""
    from benchmarks.speed import STYLE, some_photo
    from stylegan import StyleTransfer
    from stylegan.malloc import keep_freed_memory

    keep_freed_memory()  # as the app does
    StyleTransfer.from_pretrained(device="cpu").stylize(some_photo(side, side), STYLE)
    return {"peak GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def start() -> dict[str, float]:
    """Seconds of each part of the app's start, from Python's to the built page."""
    import logging

    laps, last = {}, STARTED

    def lap(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        laps[name], last = now - last, now

    os.environ["ATELIER_DATA"] = tempfile.mkdtemp()
    logging.disable()
    import torch  # noqa: F401

    lap("import torch")
    import gradio  # noqa: F401

    lap("import gradio")
    import studio.build

    lap("import atelier")
    from studio.painting.zero_gpu import load_transfer
    from stylegan.hub.download import load_default_checkpoint

    transfer = load_transfer(load_default_checkpoint(None))
    lap("load the generator")
    studio.build.build_app(transfer)
    lap("build the page, paint the examples")
    return laps


def main() -> None:
    what, *arguments = sys.argv[1:]
    figures = paint(int(arguments[0])) if what == "paint" else start()
    print(json.dumps(figures), flush=True)
    os._exit(0)  # threads of the app may be in the middle of something


if __name__ == "__main__":
    main()
