"""TensorFlow artifacts run in one child process, since importing TensorFlow takes seconds: several files, several sample sets at once."""

import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec

from converters.processes import run_child
from converters.verify.samples import Array, Sets, load_sets, save_sets
from converters.verify.tensors import TensorSpec, fit
from registry.errors import ConversionError, MissingDependencyError

_CHILD = "converters.verify.child_tensorflow"
_SUFFIXES = {".pb", ".h5", ".keras", ".json"}


class TensorFlowTask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file for the child. `outputs`: names of a frozen graph's outputs; empty means the nodes that no other consumes."""

    path: str
    answers: str
    outputs: tuple[str, ...] = ()


class TensorFlowJob(msgspec.Struct, frozen=True, kw_only=True):
    """What the child is told. `inputs` is an `.npz` of sample sets, or empty to look at signatures only."""

    tasks: tuple[TensorFlowTask, ...]
    inputs: str


class TensorFlowTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the child says of one file; `reason` where it could not be loaded or run."""

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    version: str = ""
    reason: str = ""


class TensorFlowRun(msgspec.Struct, frozen=True, kw_only=True):
    """One artifact's signature and its answers, set → output → array. `reason` is not empty where it failed."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    answers: Sets
    version: str = ""
    reason: str = ""


def is_tensorflow(path: Path) -> bool:
    """Whether `path` is a SavedModel folder, frozen `.pb`, `.h5`, `.keras`, or an architecture `.json` beside its `.weights.h5`."""
    return (path / "saved_model.pb").is_file() if path.is_dir() else path.suffix in _SUFFIXES


def run_tensorflow(
    paths: Sequence[Path],
    inputs: Path | None,
    *,
    outputs: Mapping[Path, Sequence[str]] | None = None,
    timeout_s: float = 600.0,
) -> dict[Path, TensorFlowRun]:
    """Loads each of `paths` with stock TensorFlow and Keras (safe mode, no custom objects) in one child and runs all sample sets.

    `inputs`: `.npz` with keys `<set>/<input name>`, in the artifacts' axis order; a name counts as an artifact's own if equal up to
    characters TensorFlow does not allow, and the single array of a set fits a single input of any name. None: signatures only.
    `outputs`: for a frozen graph, the names of its outputs. A file that fails has its `reason`; the others still run.
    Raises ConversionError where the child dies, MissingDependencyError without TensorFlow.
    """
    if find_spec("tensorflow") is None:
        raise MissingDependencyError(
            "Running TensorFlow artifacts needs TensorFlow: `pip install zoo[tensorflow]`."
        )
    with tempfile.TemporaryDirectory(prefix="zoo-tensorflow-") as folder:
        work = Path(folder).resolve()
        tasks = tuple(
            TensorFlowTask(
                path=str(path.resolve()),
                answers=str(work / f"{index}.npz"),
                outputs=tuple((outputs or {}).get(path, ())),
            )
            for index, path in enumerate(paths)
        )
        job = TensorFlowJob(tasks=tasks, inputs=str(inputs.resolve()) if inputs else "")
        (work / "job.json").write_bytes(msgspec.json.encode(job))
        environment = {"TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"}
        words = [str(work / "job.json"), str(work / "told.json")]
        finished = run_child(_CHILD, words, work, timeout_s=timeout_s, extra_environment=environment)
        if not (work / "told.json").exists():
            raise ConversionError(f"The TensorFlow process {finished.reason()}.")
        told = msgspec.json.decode((work / "told.json").read_bytes(), type=list[TensorFlowTold])
        return {
            path: _collect(t, Path(task.answers)) for path, t, task in zip(paths, told, tasks, strict=True)
        }


class TensorFlowRuntime:
    """One TensorFlow artifact as a Runtime. Every `run` starts a child of its own: for many samples use `run_tensorflow`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        run = run_tensorflow([path], None)[path]
        if run.reason:
            raise ConversionError(f"{path} cannot be loaded: {run.reason}")
        self.inputs, self.outputs = run.inputs, run.outputs

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        with tempfile.TemporaryDirectory(prefix="zoo-tensorflow-") as folder:
            file = Path(folder) / "inputs.npz"
            save_sets(file, {"only": fit(inputs, self.inputs)})
            run = run_tensorflow([self._path], file)[self._path]
        if run.reason:
            raise ConversionError(f"{self._path} cannot be run: {run.reason}")
        return run.answers["only"]


def _collect(told: TensorFlowTold, answers: Path) -> TensorFlowRun:
    found = load_sets(answers) if answers.exists() and not told.reason else {}
    return TensorFlowRun(
        inputs=told.inputs, outputs=told.outputs, answers=found, version=told.version, reason=told.reason
    )
