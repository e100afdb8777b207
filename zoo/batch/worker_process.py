"""The parent's hold on one worker: start it, hear what it says, watch its limits, end it with all that it started."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from zoo import report
from zoo.batch import trees, worker
from zoo.batch.events import Ended, Event, Status, Step, Variant
from zoo.request import Request

_NO_MEMORY = re.compile(
    r"not enough memory|more memory than there is|memory ran out|can't allocate memory|cannot allocate memory|unable to allocate|"
    r"bad_alloc|MemoryError",
    re.IGNORECASE,
)
"""How a conversion says that memory ended: this project, torch's and numpy's allocators, libc (ENOMEM), C++ and Python."""

_LINGER = 10.0
"""Seconds that a process has to end by itself after its last word."""

_Said = Step | Variant | Ended


@dataclass(frozen=True)
class Limits:
    """What one model may use: bytes of memory over all its processes, and seconds. None: no limit."""

    memory: int | None = None
    seconds: float | None = None


class WorkerProcess:
    """One worker under way. `close` ends it and all below it, and removes its folder."""

    def __init__(self, request: Request, limits: Limits) -> None:
        self.request, self.limits = request, limits
        self.last = Step(model=request.name, what="starting")
        self.variants: dict[str, Variant] = {}
        self.memory = self.peak = 0
        self._begun = time.monotonic()
        self._folder = Path(tempfile.mkdtemp(prefix="zoo-worker-"))
        self._answer: Ended | None = None
        self._answered = 0.0
        self._rest = b""
        self._started = False
        try:
            worker.write(request, self._folder)
            self._log = self._folder / "log"
            root = str(Path(__file__).resolve().parents[2])
            search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
            with self._log.open("wb") as log:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "zoo.batch.worker", str(self._folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env={**os.environ, "PYTHONPATH": search},
                    bufsize=0,
                    start_new_session=True,  # Ctrl-C on the terminal is this process's to handle
                )
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)

    @property
    def seconds(self) -> float:
        """Since it was started."""
        return time.monotonic() - self._begun

    def heard(self) -> list[Event]:
        """What it has said since it was asked last, except how it ended."""
        assert self.process.stdout is not None
        while True:
            chunk = self.process.stdout.read(1 << 16)
            if not chunk:
                break
            self._rest += chunk
        *lines, self._rest = self._rest.split(b"\n")
        news: list[Event] = []
        for line in lines:
            event = msgspec.json.decode(line, type=_Said)
            if isinstance(event, Ended):
                self._answer, self._answered = event, time.monotonic()
                continue
            if isinstance(event, Step):
                self.last = event
            else:
                self.variants[event.variant] = event
            news.append(event)
        return news

    def beyond(self, processes: dict[int, trees.Process]) -> Ended | None:
        """How it ends if it is over a limit now, or has said its last word and does not leave."""
        if self._answer is not None:
            return self.result() if time.monotonic() - self._answered > _LINGER else None
        pid = self.process.pid
        self.memory = trees.memory([pid, *trees.below(pid, processes)])
        self.peak = max(self.peak, self.memory)
        memory, seconds = self.limits.memory, self.limits.seconds
        if memory is not None and self.memory > memory:
            reason = f"it held {report.size(self.memory)} of memory, more than the {report.size(memory)} it may, while {self.last.what}"
            return self.ended("out_of_memory", reason)
        if seconds is not None and self.seconds > seconds:
            return self.ended("timed_out", f"it was stopped after {seconds:g} s, while {self.last.what}")
        return None

    def result(self) -> Ended:
        """How it ended: by its own word, or by how its process died."""
        if self._answer is None:
            return self._died(self.process.returncode)
        answer = self._answer
        status: Status = answer.status
        if status == "failed" and _NO_MEMORY.search(answer.reason):
            status = "out_of_memory"
        return self.ended(status, answer.reason, answer.exit_code, answer.notes)

    def ended(
        self, status: Status, reason: str, exit_code: int | None = None, notes: tuple[str, ...] = ()
    ) -> Ended:
        return Ended(
            model=self.request.name,
            status=status,
            folder=str(self.request.out),
            reason=reason,
            exit_code=exit_code,
            variants=tuple(self.variants.values()),
            notes=notes,
            seconds=round(self.seconds, 3),
            memory=self.peak,
        )

    def close(self) -> None:
        """Its whole tree is gone afterwards. What it has published stays."""
        if self.process.poll() is None:
            trees.end(self.process.pid)
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _died(self, code: int) -> Ended:
        said = self._log.read_text(errors="replace").strip().splitlines()[-1:]
        last = f": {said[0][:300]}" if said else ""
        if code == -signal.SIGKILL:
            return self.ended(
                "out_of_memory",
                f"the system ended its process while {self.last.what}, most likely because memory ran out",
            )
        how: Literal["failed", "out_of_memory"] = "out_of_memory" if _NO_MEMORY.search(last) else "failed"
        cause = (
            f"crashed ({signal.Signals(-code).name})"
            if code < 0
            else f"ended with exit code {code} and no result"
        )
        return self.ended(
            how, f"its process {cause} while {self.last.what}{last}", code if code > 0 else None
        )
