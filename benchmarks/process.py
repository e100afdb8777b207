"""A command run to its end as a process of its own: how long it took and how much memory it held."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SHIM = """
import json, os, subprocess, sys, threading, time
report, patience, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
late = threading.Event()
start = time.monotonic()
try:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
except OSError as error:
    sys.exit(f"{command[0]}: {error.strerror}")
def give_up():
    late.set()
    os.killpg(process.pid, 9)
timer = threading.Timer(patience, give_up)
timer.daemon = True
timer.start()
try:
    _, status, usage = os.wait4(process.pid, 0)
except KeyboardInterrupt:
    os.killpg(process.pid, 9)
    raise SystemExit(130)
seconds = time.monotonic() - start
with open(report, "w") as stream:
    json.dump([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status), late.is_set()], stream)
"""
"""A process between, because a child's peak begins with what its parent held when it was started (getrusage(2), exec), and this
parent may hold a runtime and a model."""


@dataclass(frozen=True)
class Run:
    """Wall seconds, peak resident memory in bytes, exit code (negative: the signal), what it printed, and the processors' seconds (those
    of the children that it waited for included)."""

    seconds: float
    peak_memory: int
    code: int
    stdout: str = ""
    stderr: str = ""
    late: bool = False
    cpu_seconds: float = 0.0


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, patience: float = 3600.0
) -> Run:
    """Run `command` to its end, or kill it and what it started after `patience` seconds (`late` says so).

    Python programs may keep their bytecode, whatever PYTHONDONTWRITEBYTECODE says: an installed one has it, and one that compiles itself
    at every start is not what users run.
    """
    given = os.environ if environment is None else environment
    environment = {name: value for name, value in given.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        shim = [sys.executable, "-I", "-S", "-c", _SHIM, str(report), str(patience), *command]
        done = subprocess.run(shim, capture_output=True, env=environment, check=False)
        stdout, stderr = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
        if not report.exists():
            return Run(0.0, 0, done.returncode or 1, stdout, stderr)
        seconds, cpu_seconds, kilobytes, code, late = json.loads(report.read_text())
    return Run(seconds, kilobytes * 1024, code, stdout, stderr, late, cpu_seconds)


def run_module(name: str, *arguments: str, patience: float = 600.0) -> Run:
    """`python -m name arguments`, a module of this project, wherever the user happens to be."""
    root = str(Path(__file__).resolve().parents[1])
    search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": search}
    return run([sys.executable, "-P", "-m", name, *arguments], environment, patience)
