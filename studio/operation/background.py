"""Work beside the page that ends with the process: Python must not end under PyTorch's feet, which aborts it."""

import atexit
import threading
from collections.abc import Callable
from contextlib import suppress

from stylegan.interrupt import Interrupted, while_wanted

CLOSING_SECONDS = 4.0  # that the end of the process waits for the work's next pause


def start_in_background(work: Callable[[], object], name: str) -> None:
    """Do some work in a thread of its own; when the process ends, the work does so at its next ``pause``."""
    ending = threading.Event()

    def run() -> None:
        with while_wanted(lambda: not ending.is_set()), suppress(Interrupted):
            work()

    thread = threading.Thread(target=run, daemon=True, name=name)

    def end() -> None:
        ending.set()
        thread.join(CLOSING_SECONDS)

    thread.start()
    atexit.register(end)
