"""The process of one conversion among many: `python -m zoo.batch.worker FOLDER`.

FOLDER holds `request.json` and is the place for temporary files; whoever started the process removes it. What happens is told on
stdout, a JSON line an event; all that others print goes to stderr.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from converters.processes import die_with_parent
from zoo import failures
from zoo.batch import trees
from zoo.batch.events import Ended, Event, Status, Step, Variant
from zoo.request import Request
from zoo.telling import VariantStatus

REQUEST = "request.json"
_PACE = 0.2
"""Seconds between two events about the same step."""


def write(request: Request, folder: Path) -> None:
    """What `main` reads."""
    (folder / REQUEST).write_bytes(msgspec.json.encode(request, enc_hook=_text))


def read(folder: Path) -> Request:
    return msgspec.json.decode((folder / REQUEST).read_bytes(), type=Request, dec_hook=_path)


class _Teller:
    """Events onto a stream, steps no more often than anybody reads them."""

    def __init__(self, model: str, stream: BinaryIO) -> None:
        self._model, self._stream = model, stream
        self._what, self._when = "", 0.0

    def say(self, event: Event) -> None:
        self._stream.write(msgspec.json.encode(event) + b"\n")

    def step(self, what: str, done: int = 0, total: int | None = None) -> None:
        now = time.monotonic()
        if what != self._what or now - self._when > _PACE:
            self._what, self._when = what, now
            self.say(Step(model=self._model, what=what, done=done, total=total))

    def variant(self, variant: str, status: VariantStatus, reason: str = "") -> None:
        self.say(Variant(model=self._model, variant=variant, status=status, reason=reason))


def main(arguments: list[str]) -> int:
    """One conversion; its exit code, as that of the single command."""
    die_with_parent()
    trees.adopt()
    trees.prefer_as_victim()
    stream = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    folder, usual = Path(arguments[0]), tempfile.gettempdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    request = read(folder)
    teller = _Teller(request.name, stream)
    try:
        from zoo import pipeline

        result = pipeline.run(request, teller.step, tell=teller.variant)
    except BaseException as error:
        tempfile.tempdir = usual  # a log of the unexpected has to outlive the folder
        failure = failures.explain(error)
        teller.say(
            Ended(model=request.name, status="failed", reason=failure.sentence, exit_code=failure.exit_code)
        )
        return failure.exit_code
    status: Status = "already_done" if result.already_done else "done"
    teller.say(Ended(model=request.name, status=status, exit_code=0, notes=result.manifest.notes))
    return 0


def _text(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} in a request")


def _path(kind: type, value: Any) -> Any:
    if issubclass(kind, Path):
        return Path(value)
    raise NotImplementedError(f"{kind.__name__} in a request")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
