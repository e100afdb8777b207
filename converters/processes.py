"""Children: a module of ours run in a process of its own, with a time limit, a trimmed environment and its output captured.

Foreign code and what is slow or greedy to import (torch, TensorFlow, onnx-simplifier) live there, never in the user's process.
"""

import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

_ROOT = Path(__file__).resolve().parents[1]
_BOOT = (
    "import importlib, json, sys; path, writable = json.loads(sys.argv[1]); module = sys.argv[2]; "
    "sys.path += [p for p in path if p not in sys.path]; sys.argv[1:3] = []; from converters import sandbox; sandbox.enter(writable); "
    "importlib.import_module(module).main(sys.argv[1:])"
)
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TZ")
_TAIL = 4000


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """How a child ended. `returncode` is negative where a signal ended it; `log` is the tail of its stdout and stderr."""

    returncode: int
    timed_out: bool
    log: str
    seconds: float

    def reason(self) -> str:
        """Why a child that should have ended well did not, as the end of a sentence."""
        if self.timed_out:
            return f"was stopped after {self.seconds:.0f} s (the time limit)"
        if self.returncode == -signal.SIGKILL:
            return "was killed by the system, most likely because memory ran out"
        if self.returncode < 0:
            return f"crashed ({signal.Signals(-self.returncode).name})"
        last = self.log.strip().splitlines()[-1:] or ["it said nothing"]
        return f"ended with exit code {self.returncode} and no result: {last[0][:300]}"


def run_child(
    module: str,
    arguments: list[str],
    workdir: Path,
    *,
    timeout_s: float,
    extra_environment: dict[str, str] | None = None,
    watch: Callable[[], None] | None = None,
    writable: Sequence[Path] = (),
) -> Finished:
    """Runs `module.main(arguments)` under `python -I` and waits; `watch` is called a few times a second meanwhile.

    The child is confined (`converters.sandbox`) before the module is imported: no network, and writing in `workdir` and in the folders
    `writable` alone. It works in `workdir/home`, also its HOME and TMPDIR; of the environment only what finds programs and
    libraries is kept. At the end, at the time limit and at an exception here, its whole process group is killed. Never raises for
    what the child does.
    """
    home = workdir / "home"
    home.mkdir(parents=True, exist_ok=True)
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    environment |= {"HOME": str(home), "TMPDIR": str(home), "USER": "zoo", "CUDA_VISIBLE_DEVICES": ""} | (
        extra_environment or {}
    )
    path = [str(_ROOT), *(entry for entry in sys.path if entry)]
    given = json.dumps([path, [str(folder) for folder in (workdir, *writable)]])
    command = [sys.executable, "-I", "-c", _BOOT, given, module, *arguments]
    return run_program(command, home, environment, workdir / "log", timeout_s=timeout_s, watch=watch)


def run_program(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    log: Path,
    *,
    timeout_s: float,
    watch: Callable[[], None] | None = None,
) -> Finished:
    """Runs any program in `folder`, all that it says in `log`, and ends its whole process group. Raises OSError if it cannot start."""
    start = time.monotonic()
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        try:
            timed_out = not _wait(process, start + timeout_s, watch)
        finally:
            _kill_group(process)
    return Finished(
        returncode=process.returncode,
        timed_out=timed_out,
        log=_tail(log),
        seconds=time.monotonic() - start,
    )


def die_with_parent() -> None:
    """Called by a child: asks Linux to end it when its parent dies, so that a killed `zoo` leaves nothing running."""
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def answer(file: Path, data: bytes) -> None:
    """Called by a child: writes what it has to say, whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(data)
    part.replace(file)


def disk_is_full(folder: Path, log: str) -> bool:
    """Whether a child without an answer had no room for one: its log says so, or could not be written either."""
    return os.strerror(errno.ENOSPC) in log or shutil.disk_usage(folder).free < 1 << 20


def _wait(process: subprocess.Popen[bytes], deadline: float, watch: Callable[[], None] | None) -> bool:
    while True:
        left = deadline - time.monotonic()
        try:
            process.wait(timeout=max(0.0, min(0.25, left)))
            return True
        except subprocess.TimeoutExpired:
            if left <= 0:
                return False
        finally:
            if watch is not None:
                watch()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(log: Path) -> str:
    size = log.stat().st_size
    with log.open("rb") as stream:
        stream.seek(max(0, size - _TAIL))
        return stream.read().decode("utf-8", "replace")
