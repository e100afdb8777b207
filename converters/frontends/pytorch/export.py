"""The parent's side of an export: start the child, wait, try the other exporter where one fails, publish the result atomically."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from converters.frontends.pytorch.spec import Exporter, ExportReport, ExportSpec, Job, Outcome, decode, encode
from converters.processes import disk_is_full, run_child
from registry import errors
from registry.card import Input, Output
from registry.errors import InputError, SourceError, StorageError, ZooError
from registry.progress import Progress, silent

_CHILD = "converters.frontends.pytorch.child.main"
DEFAULT_TIMEOUT_S = 900.0


def export(
    spec: ExportSpec, out: Path, *, timeout_s: float = DEFAULT_TIMEOUT_S, progress: Progress = silent
) -> ExportReport:
    """Builds the model of `spec` in a child process, runs it, exports it to the ONNX file `out`, checks that against PyTorch.

    The exporters are tried in order until one's file agrees with the eager model (onnxruntime, relative 1e-3): TorchScript
    first, since it is 2 to 5 times as fast and gives the same graph once OpenVINO has read both; dynamo first for a `.pt2`,
    whose graph it already is. Where neither can, OpenVINO reads PyTorch itself: `report.exporter` is then `openvino`, and instead of
    `out` there are files of its name that end in .xml and .bin. With `spec.reference_inputs` the eager model's answers are written to
    `spec.reference_outputs`. All files appear whole or not at all. Raises SourceError for whatever the model's code or weights do,
    InputError for a spec that cannot be, StorageError.
    """
    _check(spec)
    start = time.monotonic()
    rejected: dict[str, str] = {}
    with _workdir(out) as work:
        for exporter in _order(spec):
            left = timeout_s - (time.monotonic() - start)
            outcome, job, log = _attempt(spec, exporter, work / exporter, left, progress)
            if outcome.report is not None:
                _publish(job, spec, out)
                skipped = dict.fromkeys(_order(spec), f"not tried: {exporter} agreed with PyTorch first")
                seconds = time.monotonic() - start
                reasons = {e: why for e, why in (skipped | rejected).items() if e != exporter}
                return msgspec.structs.replace(outcome.report, rejected=reasons, seconds=seconds, log=log)
            if not outcome.retry:
                raise _as_error(outcome)
            rejected[exporter] = outcome.error
    reasons_said = "; ".join(f"{exporter}: {why}" for exporter, why in rejected.items())
    raise SourceError(f"Neither an ONNX exporter nor OpenVINO could read {_label(spec)} ({reasons_said}).")


def export_program_file(
    program: Path,
    out: Path,
    *,
    inputs: tuple[Input, ...] = (),
    outputs: tuple[Output, ...] = (),
    reference_inputs: Path | None = None,
    reference_outputs: Path | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    progress: Progress = silent,
) -> ExportReport:
    """`export` for a saved program: `.pt2` of torch.export.save (inputs known), or TorchScript (`.pt`, `.jit`; inputs needed)."""
    spec = ExportSpec(
        program=program,
        inputs=inputs,
        outputs=outputs,
        reference_inputs=reference_inputs,
        reference_outputs=reference_outputs,
    )
    return export(spec, out, timeout_s=timeout_s, progress=progress)


def _check(spec: ExportSpec) -> None:
    if (spec.entry is None) == (spec.program is None):
        raise InputError("An export needs either a class (`entry`) or a program file, and not both.")
    if spec.entry is not None and not spec.inputs:
        raise InputError(
            "A class does not say its input shapes: name the inputs in the card, or give --input-shape."
        )
    if spec.checkout is not None and not spec.checkout.is_dir():
        raise InputError(f"The source folder {spec.checkout} is not there.")
    if spec.reference_inputs is not None and spec.reference_outputs is None:
        raise InputError("Reference inputs were given without a place for the reference outputs.")


def _order(spec: ExportSpec) -> tuple[Exporter, ...]:
    if spec.exporter != "auto":
        return (spec.exporter,)
    by_torch_export = spec.program is not None and spec.program.suffix == ".pt2"
    return ("dynamo", "torchscript", "openvino") if by_torch_export else ("torchscript", "dynamo", "openvino")


def _attempt(
    spec: ExportSpec, exporter: Exporter, work: Path, left_s: float, progress: Progress
) -> tuple[Outcome, Job, str]:
    work.mkdir()
    job = Job(
        spec=_absolute(spec),
        exporter=exporter,
        model=work / ("model.xml" if exporter == "openvino" else "model.onnx"),
        reference=work / "reference.npz",
        events=work / "events",
        result=work / "result.json",
    )
    (work / "job.json").write_bytes(encode(job))
    told = _Events(job.events, progress)
    progress("starting PyTorch")
    finished = run_child(_CHILD, [str(work / "job.json")], work, timeout_s=max(left_s, 1.0), watch=told.read)
    if job.result.exists():
        return decode(job.result.read_bytes(), Outcome), job, finished.log
    if disk_is_full(work, finished.log):
        raise StorageError(
            "The disk became full while the model was exported: free some space and run it again."
        )
    stage = told.last or "starting PyTorch"
    crashed_in_exporter = stage.startswith("exporting") and not finished.timed_out
    error = f"The child process of {_label(spec)} {finished.reason()}, while {stage}."
    return Outcome(error=error, retry=crashed_in_exporter), job, finished.log


class _Events:
    """The child's progress lines, read as they come."""

    def __init__(self, file: Path, progress: Progress) -> None:
        self._file, self._progress, self._seen, self.last = file, progress, 0, ""

    def read(self) -> None:
        lines = self._file.read_bytes().splitlines(keepends=True) if self._file.exists() else []
        for line in lines[self._seen :]:
            if line.endswith(b"\n"):
                self._seen += 1
                self.last = msgspec.json.decode(line, type=str)
                self._progress(self.last)


def _absolute(spec: ExportSpec) -> ExportSpec:
    def full(path: Path | None) -> Path | None:
        return None if path is None else path.resolve()

    return msgspec.structs.replace(
        spec,
        program=full(spec.program),
        checkout=full(spec.checkout),
        weights=full(spec.weights),
        reference_inputs=full(spec.reference_inputs),
        reference_outputs=None,
    )


def _publish(job: Job, spec: ExportSpec, out: Path) -> None:
    with _storage(out):
        if spec.reference_outputs is not None:
            spec.reference_outputs.parent.mkdir(parents=True, exist_ok=True)
            part = spec.reference_outputs.with_name(f".{spec.reference_outputs.name}.{os.getpid()}.part")
            shutil.copyfile(job.reference, part)
            part.replace(spec.reference_outputs)
        if job.model.suffix == ".xml":
            job.model.with_suffix(".bin").replace(out.with_suffix(".bin"))
            out = out.with_suffix(".xml")
        job.model.replace(out)


@contextlib.contextmanager
def _workdir(out: Path) -> Iterator[Path]:
    with _storage(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        yield work.resolve()
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def _storage(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"Cannot write {out}: {error.strerror or error}.") from error


def _as_error(outcome: Outcome) -> ZooError:
    kind = getattr(errors, outcome.error_kind, SourceError)
    return kind(outcome.error) if issubclass(kind, ZooError) else SourceError(outcome.error)


def _label(spec: ExportSpec) -> str:
    if spec.entry is not None:
        return f"`{spec.entry.module}:{spec.entry.cls}`"
    return str(spec.program)
