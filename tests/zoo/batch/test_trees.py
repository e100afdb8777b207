"""Process trees: nothing leaves them, their memory is counted, all of them end."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zoo.batch import trees

pytestmark = pytest.mark.skipif(not trees.here(), reason="needs Linux's /proc")

LOST = """
import subprocess, sys, time
from zoo.batch import trees
trees.adopt()
code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)"
subprocess.run([sys.executable, "-c", code], start_new_session=True)
held = bytearray(80_000_000)
held[::4096] = b"x" * len(held[::4096])
print("ready", flush=True)
time.sleep(600)
"""


def start(code: str) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_daemon_stays_in_its_tree_and_ends_with_it() -> None:
    with start(LOST) as process:
        deadline = time.monotonic() + 60
        while len(trees.below(process.pid, trees.table())) != 1:  # the one in between ends
            assert time.monotonic() < deadline
        (lost,) = trees.below(process.pid, trees.table())
        assert trees.memory([process.pid, lost]) > trees.memory([process.pid]) > 80_000_000
        trees.end(process.pid)
        assert process.wait() == -9
    assert lost not in trees.below(os.getpid(), trees.table())
    assert lost not in trees.table() or trees.table()[lost].ended


def test_what_an_ended_worker_left_is_adopted_and_ended_but_others_are_spared() -> None:
    spared = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with trees.adopting(), start(LOST) as process:
            (lost,) = trees.below(process.pid, trees.table())
            process.kill()
            process.wait()
            assert lost in trees.below(os.getpid(), trees.table())
            trees.end_all_below(os.getpid(), but=frozenset({spared.pid}))
            assert lost not in trees.table()
            assert spared.poll() is None
    finally:
        spared.kill()
        spared.wait()


def test_memory_of_what_is_gone_is_nothing() -> None:
    assert trees.memory([2**22 + 1]) == 0
