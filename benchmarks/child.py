"""The parent's hold on one worker process: ask, wait, and know why when no answer comes."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar

import msgspec

from benchmarks.protocol import Failed, Reply, Request

PATIENCE = 600.0
"""Seconds after which a worker that does not answer is killed."""

Expected = TypeVar("Expected", bound=Reply)


class ChildError(Exception):
    """The worker failed, crashed or did not answer; `str` says how, `status` which."""

    def __init__(
        self, reason: str, status: Literal["missing", "refused", "failed", "crashed"] = "crashed"
    ) -> None:
        super().__init__(reason)
        self.status = status


class Child:
    """One worker process. Use as a context manager: it ends with the block, whatever happens."""

    def __init__(
        self, patience: float = PATIENCE, command: tuple[str, ...] = ("-m", "benchmarks.worker")
    ) -> None:
        self._patience = patience
        self._late = False
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed in `close`)
        root = str(Path(__file__).resolve().parents[1])
        search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-P", *command],  # -P: never import from the folder the user happens to be in
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": search},
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: Request, expected: type[Expected]) -> Expected:
        """The worker's answer. Raises ChildError where it is a failure or does not come."""
        self.send(request)
        return self.receive(expected)

    def send(self, request: Request) -> None:
        """The question alone; that a worker is gone shows when its answer is wanted."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(msgspec.json.encode(request) + b"\n")
            self._process.stdin.flush()

    def receive(self, expected: type[Expected]) -> Expected:
        """The answer to the oldest question. Raises ChildError where it is a failure or does not come."""
        assert self._process.stdout is not None
        timer = threading.Timer(self._patience, self._give_up)
        timer.start()
        try:
            line = self._process.stdout.readline()
        except OSError:
            line = b""
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):  # nothing, or cut off in the middle
            raise ChildError(self._cause_of_death())
        reply = msgspec.json.decode(line, type=Reply)
        if isinstance(reply, Failed):
            raise ChildError(reply.reason, reply.status)
        if not isinstance(reply, expected):
            raise ChildError(f"the worker answered {type(reply).__name__}, not {expected.__name__}")
        return reply

    def close(self) -> None:
        """Ends the process, at once."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # unsent bytes to a process that is gone
                    continue

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _give_up(self) -> None:
        self._late = True
        self._process.kill()

    def _cause_of_death(self) -> str:
        code = self._process.wait()
        if self._late:
            return f"no answer within {self._patience:g} s"
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        last = f": {lines[-1].strip()}" if lines else ""
        if code < 0:
            return f"the process was ended by {signal.Signals(-code).name}{last}"
        return f"the process ended with exit code {code}{last}"
