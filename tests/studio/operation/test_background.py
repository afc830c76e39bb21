"""Ctrl-C must end the app at once, also while it measures the machine: else PyTorch aborts it with a core dump."""

import subprocess
import sys
import time

from tests.support.app import ROOT

PROGRAM = """
import time
from studio.operation.background import start_in_background
from stylegan.interrupt import pause

def work():
    while True:
        time.sleep(0.05)
        pause()

start_in_background(work, "endless")
print("begun", flush=True)
"""


def test_work_in_the_background_ends_with_the_process():
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout == "begun\n" and not done.stderr
    assert time.monotonic() - began < 30
