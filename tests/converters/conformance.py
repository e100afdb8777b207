"""ONNX's own backend node tests through the converter: `make conformance` prints the table by operator and rewrites the two lists.

Each test brings a model (mostly of one node), inputs and the specification's outputs. In scope is every test whose inputs, outputs
and inner values are all tensors of float16/32/64, (u)int8 to 64 or bool, and whose nodes are in ONNX's default domain; the models are
converted as they come, with shapes, axes and the like as inputs of the run. What passes is kept in conformance_passing.txt, a ratchet
that test_conformance.py holds; what does not stands in conformance_failing.txt with its reason.
Outcomes: passed; refused (a clear ZooError); wrong (another result); misread (another result that OpenVINO, which reads
the model, computes too); broken (anything else, a crash of the process among it).
"""

import collections
import contextlib
import io
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from registry.errors import ZooError

PASSING = Path(__file__).with_name("conformance_passing.txt")
FAILING = Path(__file__).with_name("conformance_failing.txt")

RTOL, ATOL = 1e-3, 1e-4
TYPES = ("FLOAT16", "FLOAT", "DOUBLE", "BOOL", *(f"{u}INT{n}" for u in ("", "U") for n in (8, 16, 32, 64)))


@dataclass(frozen=True)
class Outcome:
    name: str
    kind: str
    detail: str = ""


def cases() -> dict[str, Any]:
    """Name → test case of every node test in scope."""
    from onnx import TensorProto
    from onnx.backend.test.loader import load_model_tests

    numeric = {TensorProto.DataType.Value(name) for name in TYPES}
    with quiet():
        found = load_model_tests(kind="node")
    return {case.name: case for case in found if _in_scope(case.model, numeric)}


def _in_scope(model: Any, numeric: set[int]) -> bool:
    graph = model.graph
    return all(
        port.type.HasField("tensor_type") and port.type.tensor_type.elem_type in numeric
        for port in (*graph.input, *graph.output, *graph.value_info)
    ) and all(node.domain in ("", "ai.onnx") for node in graph.node)


def operator_of(case: Any) -> str:
    """The operator that a test is about (its function body is not)."""
    if "_expanded" in case.name:
        return "(expanded functions)"
    return str(case.model.graph.node[-1].op_type)


def run(case: Any) -> Outcome:
    """Convert, run in LiteRT as it comes (with XNNPACK), compare.

    Its builtin kernels clamp infinities to the largest number in fused arithmetic and softmax, which some tests of masks show.
    """
    inputs, expected = ([_array(a) for a in arrays] for arrays in case.data_sets[0])
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        model.write_bytes(case.model.SerializeToString())
        try:
            with quiet():
                complaint = _compared(model, Path(folder) / "model.tflite", inputs, expected)
        except ZooError as error:
            return Outcome(case.name, "refused", _line(error, folder))
        except Exception as error:
            return Outcome(case.name, "broken", f"{type(error).__name__}: {_line(error, folder)}")
    if complaint:
        kind = "misread" if _misread(case.model, inputs, expected) else "wrong"
        return Outcome(case.name, kind, complaint)
    return Outcome(case.name, "passed")


def _array(data: Any) -> Any:
    """Some data sets are of protobuf tensors."""
    from onnx import TensorProto, numpy_helper

    return numpy_helper.to_array(data) if isinstance(data, TensorProto) else data


def _line(error: Exception, folder: str) -> str:
    return re.sub(r"0x[0-9a-f]+|[\w/]+\.cpp:\d+", "", " ".join(str(error).replace(f"{folder}/", "").split()))[
        :240
    ]


def _compared(model: Path, written: Path, inputs: Any, expected: Any) -> str:
    from converters.engine import Options, build, emit_tflite
    from converters.ops.equation import inverse
    from tests.converters.harness import run_tflite

    built = build(model, Options())
    emit_tflite(built, "float32", written)
    if len(built.inputs) != len(inputs):  # one that decides nothing (empty axes) is not in the artifact
        named = dict(zip(_input_names(model), inputs, strict=True))
        inputs = [named[t.source_name] for t in built.inputs]
    given = [
        np.array(np.asarray(array).astype(t.dtype).transpose(t.permutation), order="C")
        for t, array in zip(built.inputs, inputs, strict=True)
    ]
    results = run_tflite(written, given)
    for tensor, found, wanted in zip(built.outputs, results, expected, strict=True):
        complaint = different(found.transpose(inverse(tensor.permutation)), np.asarray(wanted))
        if complaint:
            return f"output `{tensor.name}`: {complaint}"
    return ""


def _input_names(model: Path) -> list[str]:
    import onnx

    return [port.name for port in onnx.load(str(model)).graph.input]


def different(found: Any, wanted: Any) -> str:
    """What is wrong with `found`, or nothing: other shape, other kind of type, or an element outside the tolerance."""
    if found.shape != wanted.shape:
        return f"shape {list(found.shape)} instead of {list(wanted.shape)}"
    if (found.dtype.kind == "f") != (wanted.dtype.kind == "f"):
        return f"type {found.dtype} instead of {wanted.dtype}"
    if wanted.dtype.kind != "f":
        wrong = int((found != wanted).sum())
        return f"{wrong} of {wanted.size} integers or booleans differ" if wrong else ""
    near = np.isclose(
        found.astype(np.float64), wanted.astype(np.float64), rtol=RTOL, atol=ATOL, equal_nan=True
    )
    return "" if near.all() else f"{int((~near).sum())} of {wanted.size} numbers differ"


def _misread(model: Any, inputs: Any, expected: Any) -> bool:
    """Whether OpenVINO itself computes something else: then its reading of the model is at fault, not the lowering."""
    import openvino

    try:
        compiled = openvino.Core().compile_model(
            openvino.Core().read_model(io.BytesIO(model.SerializeToString())),
            "CPU",
            {"INFERENCE_PRECISION_HINT": "f32"},
        )
        results = compiled(list(inputs))
        found = [np.array(results[i]) for i in range(len(compiled.outputs))]
        return any(different(a, np.asarray(b)) for a, b in zip(found, expected, strict=True))
    except Exception:
        return True


def run_all(names: list[str]) -> Iterator[Outcome]:
    """The named tests (in the order they end) in processes of their own: some kernels end the process, and that is an outcome too."""
    from tests.converters.isolated import map_isolated

    for name, result in map_isolated(_run_named, names, workers=2, timeout=90):
        yield result if isinstance(result, Outcome) else Outcome(name, "broken", str(result))


_CASES: dict[str, Any] = {}


def _run_named(name: str) -> Outcome:
    if not _CASES:
        _CASES.update(cases())
    return run(_CASES[name])


def passing() -> list[str]:
    return PASSING.read_text().split() if PASSING.exists() else []


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            yield


def table(outcomes: list[Outcome], operators: dict[str, str]) -> str:
    """Passed / all by operator, those with failures first."""
    counts: dict[str, collections.Counter[str]] = {}
    for outcome in outcomes:
        counts.setdefault(operators[outcome.name], collections.Counter())[outcome.kind] += 1
    lines = [f"{'operator':28} {'passed':>6} {'of':>5}  rest"]
    for op, count in sorted(counts.items(), key=lambda item: (item[1]["passed"] == item[1].total(), item[0])):
        rest = ", ".join(f"{n} {kind}" for kind, n in sorted(count.items()) if kind != "passed")
        lines.append(f"{op:28} {count['passed']:6} {count.total():5}  {rest}".rstrip())
    passed = sum(outcome.kind == "passed" for outcome in outcomes)
    return "\n".join([*lines, f"{passed} of {len(outcomes)} passed ({passed / max(len(outcomes), 1):.1%})"])


def main() -> None:
    found = cases()
    wanted = sys.argv[1:]
    names = sorted(name for name in found if not wanted or any(part in name for part in wanted))
    outcomes = []
    for outcome in run_all(names):
        outcomes.append(outcome)
        if outcome.kind != "passed" or wanted:
            print(f"{outcome.kind:8} {outcome.name}: {outcome.detail}", flush=True)
    outcomes.sort(key=lambda outcome: outcome.name)
    print(table(outcomes, {name: operator_of(case) for name, case in found.items()}))
    if not wanted:
        PASSING.write_text("".join(f"{o.name}\n" for o in outcomes if o.kind == "passed"))
        FAILING.write_text(
            "".join(f"{o.name}: {o.kind}: {o.detail}\n" for o in outcomes if o.kind != "passed")
        )


if __name__ == "__main__":
    main()
