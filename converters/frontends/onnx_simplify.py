"""onnx-simplifier in a process of its own: importing it takes seconds because it pulls in torch."""

import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from converters.processes import answer, die_with_parent, run_child
from registry.errors import InputError, StorageError


class SimplifyReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nodes of the main graph before and after. Where `reason` is not empty, the original was kept unchanged and it says why."""

    ops_before: int
    ops_after: int
    version: str
    reason: str = ""
    seconds: float = 0.0


def simplify(src: Path, dst: Path, *, timeout_s: float = 300.0) -> SimplifyReport:
    """Writes the simplified `src` to `dst`, or a copy of `src` where the simplifier fails or its result does not check out.

    Same input, same bytes. `dst` appears whole or not at all. Raises InputError where `src` is missing, StorageError where `dst`
    cannot be written.
    """
    if not src.is_file():
        raise InputError(f"There is no ONNX file {src} to simplify.")
    try:
        dst.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=dst.parent, prefix=f".{dst.name}.") as folder:
            work = Path(folder).resolve()
            report = _in_child(src.resolve(), work, timeout_s)
            if report.reason:
                shutil.copyfile(src, work / "model.onnx")
            (work / "model.onnx").replace(dst)
    except OSError as error:
        raise StorageError(f"Cannot write {dst}: {error.strerror or error}.") from error
    return report


def main(arguments: list[str]) -> None:
    """The child: simplifies file `arguments[0]` into folder `arguments[1]` and writes the report there."""
    die_with_parent()
    source, work = Path(arguments[0]), Path(arguments[1])
    import onnx
    import onnxsim

    before = onnx.load(source)
    count = len(before.graph.node)
    version = str(onnxsim.__version__)
    try:
        simplified, checked = onnxsim.simplify(before)
        if _holds_empty_tables(simplified):
            from onnxsim.model_checking import compare

            checked = checked and compare(simplified, before, n_times=1, verbose=False)
        if not checked:
            raise ValueError("its result differs from the original on random inputs")
        onnx.checker.check_model(simplified)
        (work / "model.onnx").write_bytes(simplified.SerializeToString(deterministic=True))
        report = SimplifyReport(ops_before=count, ops_after=len(simplified.graph.node), version=version)
    except Exception as error:
        line = (str(error).strip().splitlines() or [""])[0][:240]
        reason = f"onnx-simplifier failed ({type(error).__name__}: {line}); the original was kept"
        report = SimplifyReport(ops_before=count, ops_after=count, version=version, reason=reason)
    answer(work / "report.json", msgspec.json.encode(report))
    sys.stdout.flush()


def _holds_empty_tables(model: Any) -> bool:
    """Whether there is a constant of two or more axes and no elements: onnxsim 0.8.1 takes some of them for another of other shape.

    Only running both models tells.
    """
    constants = [a.t for node in model.graph.node if node.op_type == "Constant" for a in node.attribute]
    return any(len(one.dims) > 1 and 0 in one.dims for one in (*model.graph.initializer, *constants))


def _in_child(src: Path, work: Path, timeout_s: float) -> SimplifyReport:
    if find_spec("onnxsim") is None:
        return SimplifyReport(
            ops_before=-1, ops_after=-1, version="", reason="onnxsim is not installed; the original was kept"
        )
    finished = run_child(__name__, [str(src), str(work)], work, timeout_s=timeout_s)
    told = work / "report.json"
    if not told.exists():
        reason = f"onnx-simplifier {finished.reason()}; the original was kept"
        return SimplifyReport(
            ops_before=-1, ops_after=-1, version="", reason=reason, seconds=finished.seconds
        )
    report = msgspec.json.decode(told.read_bytes(), type=SimplifyReport)
    return msgspec.structs.replace(report, seconds=finished.seconds)
