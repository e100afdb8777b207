"""One table from errors to a sentence and an exit code. No traceback reaches the user: it goes to a log that the sentence names."""

import errno
import os
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

from registry.errors import InputError, MissingDependencyError, StorageError, ZooError
from zoo import output

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""

_OS_ERRORS = {
    errno.ENOSPC: "the disk is full{where}: free some space and run the same command again, finished files are kept",
    errno.EDQUOT: "the disk quota is used up{where}: free some space and run the same command again",
    errno.EFBIG: "a file became larger than this disk or its limit allows{where}: choose another place with --out",
    errno.EACCES: "no permission{where}: choose another folder with --out, or change its permissions",
    errno.EPERM: "not permitted{where}: choose another folder with --out, or change its permissions",
    errno.EROFS: "the file system is read-only{where}: choose another folder with --out",
}


@dataclass(frozen=True)
class Failure:
    sentence: str
    exit_code: int


def explain(error: BaseException) -> Failure:
    """The sentence and exit code for any error."""
    if isinstance(error, ZooError):
        return Failure(str(error), error.exit_code)
    if hasattr(
        error, "format_message"
    ):  # a usage error of the command line parser (typer vendors click since 0.29)
        return Failure(f"{error.format_message()} (see --help)", InputError.exit_code)
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "Abort":
        return Failure("interrupted; the same command goes on where it stopped", INTERRUPTED)
    if isinstance(error, OSError) and error.errno in _OS_ERRORS:
        where = f" at {error.filename}" if error.filename else ""
        return Failure(_OS_ERRORS[error.errno].format(where=where), StorageError.exit_code)
    if isinstance(error, MemoryError):
        return Failure("not enough memory for this model on this machine", 1)
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.split(".")[0]
        sentence = f"the package `{package}` is not installed; `zoo doctor` says which extra brings it"
        return Failure(sentence, MissingDependencyError.exit_code)
    log = write_log(error)
    where = f"; the details are in {log}" if log else ""
    return Failure(f"unexpected {type(error).__name__}: {_first_line(error)}{where}", ZooError.exit_code)


def report(error: BaseException, debug: bool) -> int:
    """Tells the user and returns the exit code; with `debug` the traceback comes first."""
    if debug:
        traceback.print_exception(error)
    failure = explain(error)
    output.current().fail(failure.sentence, failure.exit_code)
    return failure.exit_code


def write_log(error: BaseException) -> Path | None:
    """The traceback in a file of its own; None where even that cannot be written."""
    text = "".join(traceback.format_exception(error))
    try:
        handle, name = tempfile.mkstemp(prefix="zoo-error-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return Path(name)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else "no message"
