"""A command run to its end as a process of its own: how long it took and how much memory it held."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """Wall seconds, peak resident memory in bytes, exit code (negative: the signal), and what it printed."""

    seconds: float
    peak_memory: int
    code: int
    stdout: str = ""
    stderr: str = ""
    late: bool = False


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, patience: float | None = None
) -> Run:
    """Run `command` to its end, or kill it after `patience` seconds (`late` says so)."""
    late = threading.Event()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        with subprocess.Popen(command, stdout=out, stderr=err, env=environment) as process:

            def give_up() -> None:
                late.set()
                os.kill(process.pid, 9)

            timer = threading.Timer(patience, give_up) if patience else None
            if timer:
                timer.start()
            try:
                _, status, usage = os.wait4(process.pid, 0)
            finally:
                if timer:
                    timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    return Run(seconds, usage.ru_maxrss * 1024, process.returncode, texts[0], texts[1], late.is_set())
