"""Start the process in which TensorFlow writes the targets, and put what it wrote in place."""

import importlib.util
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import msgspec

from converters.processes import run_child
from registry import errors
from registry.progress import Progress, silent

TARGETS = ("saved_model", "pb", "h5", "keras", "json")
"""What can be written: a SavedModel folder, a frozen graph, Keras as .h5 and .keras, Keras as JSON with its weights beside it."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the child is told: the .tflite and, target by target, where to write."""

    tflite: str
    targets: dict[str, str]


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the child says: how many targets are done and which it is at; at the end the tools' versions, or the class (of
    `registry.errors`) and sentence of what stopped it."""

    done: int = 0
    target: str = ""
    tools: dict[str, str] = {}
    error: str = ""
    message: str = ""


def emit_tensorflow(
    tflite: Path,
    targets: Mapping[str, Path],
    *,
    timeout_s: float = 1800,
    progress: Progress = silent,
) -> dict[str, str]:
    """Write the float32 model `tflite` as each of `targets` (a name of `TARGETS` → its path); the versions of the tools used.

    All are written in one child process, staged beside their places and moved there at the end of it: what was there before is
    replaced whole or stays. `json` writes `<name>.json` and `<name>.weights.h5`. Raises InputError for a damaged .tflite,
    ConversionError for one that TensorFlow cannot express or a run past `timeout_s` seconds, StorageError where there is no room or
    no permission, MissingDependencyError without TensorFlow.
    """
    unknown = [target for target in targets if target not in TARGETS]
    if unknown:
        raise errors.InputError(f"`{unknown[0]}` is no TensorFlow target; there are {', '.join(TARGETS)}")
    if importlib.util.find_spec("tensorflow") is None:
        raise errors.MissingDependencyError(
            "TensorFlow is not installed; run `pip install 'zoo[tensorflow]'`"
        )
    if not targets:
        return {}
    try:
        with ExitStack() as stack:
            staged = {
                target: Path(stack.enter_context(_staging(path))) / path.name
                for target, path in targets.items()
            }
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zoo-tensorflow-"))).resolve()
            tools = _run(tflite, staged, work, timeout_s, progress)
            for target, path in targets.items():
                if target == "json":
                    weights = weights_path(staged[target])
                    _replace(weights, path.with_name(weights.name))
                _replace(staged[target], path)
    except OSError as error:
        where = error.filename or next(iter(targets.values()))
        raise errors.StorageError(
            f"the TensorFlow model could not be written: {error.strerror} (`{where}`)"
        ) from error
    return tools


def weights_path(path: Path) -> Path:
    """Where the weights of the architecture `<name>.json` lie."""
    return path.with_name(f"{path.stem}.weights.h5")


def _staging(path: Path) -> "tempfile.TemporaryDirectory[str]":
    path.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=f".{path.name}-", suffix=".partial", dir=path.parent)


def _replace(staged: Path, path: Path) -> None:
    """Move what was staged to its place; a folder that stood there is set aside first and put back where that fails."""
    if not path.is_dir() or not staged.is_dir():
        staged.replace(path)
        return
    aside = staged.with_name(f"{staged.name}.old")
    path.replace(aside)
    try:
        staged.replace(path)
    except OSError:
        aside.replace(path)
        raise


def _run(
    tflite: Path, staged: Mapping[str, Path], work: Path, timeout_s: float, progress: Progress
) -> dict[str, str]:
    """Let the child write `staged`; the versions it names."""
    job = Job(
        tflite=str(tflite.resolve()), targets={target: str(path.resolve()) for target, path in staged.items()}
    )
    (work / "job.json").write_bytes(msgspec.json.encode(job))
    told = work / "told.json"
    shown = Told()
    progress("TensorFlow: starting", 0, len(staged))

    def watch() -> None:
        nonlocal shown
        now = _read(told)
        if now != shown and now.target:
            progress(f"TensorFlow: {now.target}", now.done, len(staged))
        shown = now

    finished = run_child(
        "converters.emitters.tensorflow.child",
        [str(work / "job.json"), str(told)],
        work,
        timeout_s=timeout_s,
        extra_environment={"TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"},
        watch=watch,
        writable=[path.parent.resolve() for path in staged.values()],
    )
    last = _read(told)
    if last.error:
        raise getattr(errors, last.error)(last.message)
    if not last.tools:
        raise errors.ConversionError(f"the TensorFlow process for `{tflite.name}` {finished.reason()}")
    progress("TensorFlow: done", len(staged), len(staged))
    return last.tools


def _read(told: Path) -> Told:
    return msgspec.json.decode(told.read_bytes(), type=Told) if told.exists() else Told()
