"""One way to hold a conversion against the source framework's own execution.

The expected outputs come from OpenVINO's CPU plugin (for an `openvino.Model`) or from ONNX Runtime (for an ONNX model), never from the
code under test. The .tflite is run by LiteRT with XNNPACK and by its reference-free builtin kernels: both must agree with the source.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.engine import Built, Options, build, emit_tflite
from converters.graph import Graph
from converters.ops.equation import inverse
from converters.verify.runtimes import result_of

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Compared:
    """What a conversion came to. `relative` is the largest difference over the largest expected magnitude, over all outputs."""

    built: Built
    relative: float

    @property
    def transposes(self) -> int:
        return self.built.stats.transposes

    @property
    def histogram(self) -> dict[str, int]:
        return dict(self.built.stats.histogram)


class WrongResultError(AssertionError):
    """The conversion went through and the result is another one."""


def convert_and_compare(
    model: Any,
    *,
    tolerance: float = 1e-5,
    inputs: Sequence[Array] | None = None,
    expected: Sequence[Array] | None = None,
    options: Options | None = None,
    delegates: Sequence[bool] = (True, False),
    seed: int = 0,
) -> Compared:
    """Build, emit float32, run in LiteRT, compare every output with the source's own execution.

    `model` is an `openvino.Model`, an `onnx.ModelProto` or the path of either kind of file. `inputs` are in the source's layout (default:
    seeded normal numbers, small integers, coin flips); `expected` replaces the source's execution where a specification gives the
    answer. Integer and boolean outputs must be equal; NaN and infinities must stand where the source has them.
    Raises WrongResultError, ZooError as `build` does.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _saved(model, Path(folder))
        built = build(path, options or Options())
        written = Path(folder) / "model.tflite"
        emit_tflite(built, "float32", written)
        given = list(inputs) if inputs is not None else random_inputs(built, seed)
        wanted = list(expected) if expected is not None else run_source(path, given)
        relative = 0.0
        for delegate in delegates:
            relative = max(
                relative,
                _differences(built, run_tflite(written, _to_artifact(built, given), delegate), wanted),
            )
    if relative > tolerance:
        raise WrongResultError(
            f"relative difference {relative:.2e} exceeds {tolerance:.1e}; ops {dict(built.stats.histogram)}"
        )
    return Compared(built, relative)


def _saved(model: Any, folder: Path) -> Path:
    if isinstance(model, (str, Path)):
        return Path(model)
    if type(model).__module__.startswith("openvino"):
        import openvino

        openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)
        return folder / "model.xml"
    import onnx

    onnx.save(model, str(folder / "model.onnx"))
    return folder / "model.onnx"


def random_array(shape: Sequence[int], dtype: npt.DTypeLike, rng: np.random.Generator) -> Array:
    """Normal numbers, integers from -4 to 4 (0 to 4 unsigned), or coin flips."""
    kind = np.dtype(dtype)
    if kind == np.bool_:
        return rng.integers(0, 2, shape).astype(bool)
    if kind.kind in "iu":
        return rng.integers(-4 if kind.kind == "i" else 0, 5, shape).astype(kind)
    return rng.normal(size=shape).astype(kind)


def random_inputs(built: Built, seed: int = 0) -> list[Array]:
    """One array per input, in the source's layout."""
    rng = np.random.default_rng(seed)
    return [
        random_array([t.shape[axis] for axis in inverse(t.permutation)], t.dtype, rng) for t in built.inputs
    ]


def _to_artifact(built: Built, arrays: Sequence[Array]) -> list[Array]:
    return [
        np.array(a.astype(t.dtype).transpose(t.permutation), order="C")
        for t, a in zip(built.inputs, arrays, strict=True)
    ]


def _differences(built: Built, actual: Sequence[Array], wanted: Sequence[Array]) -> float:
    worst = 0.0
    for tensor, found, expected in zip(built.outputs, actual, wanted, strict=True):
        value = found.transpose(inverse(tensor.permutation))
        worst = max(worst, difference(tensor.name, value, np.asarray(expected)))
    return worst


def difference(name: str, actual: Array, expected: Array) -> float:
    """Largest difference over largest expected magnitude. Raises WrongResultError where shapes, integers, NaN or infinities differ."""
    if actual.shape != expected.shape:
        raise WrongResultError(f"output `{name}` has the shape {actual.shape} instead of {expected.shape}")
    if expected.dtype.kind not in "fV" or actual.dtype.kind != "f":
        if not np.array_equal(actual, expected):
            wrong = int((actual != expected).sum())
            raise WrongResultError(f"output `{name}`: {wrong} of {expected.size} integers or booleans differ")
        return 0.0
    a, b = actual.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True) or not np.isfinite(a[finite]).all():
        raise WrongResultError(f"output `{name}`: NaN or infinity at other places than in the source")
    if not finite.any():
        return 0.0
    scale = max(float(np.abs(b[finite]).max()), float(np.finfo(np.float32).tiny))
    return float(np.abs(a[finite] - b[finite]).max()) / scale


def run_source(path: Path, inputs: Sequence[Array]) -> list[Array]:
    """The source model in its own runtime: ONNX Runtime for .onnx, OpenVINO in float32 for the rest."""
    if path.suffix == ".onnx":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        kinds = {"tensor(double)": np.float64, "tensor(float16)": np.float16}
        feed = {
            port.name: array.astype(kinds.get(port.type, array.dtype))
            for port, array in zip(session.get_inputs(), inputs, strict=True)
        }
        return [np.asarray(value) for value in session.run(None, feed)]
    import openvino

    compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    results = compiled(list(inputs))
    return [np.array(results[i]) for i in range(len(compiled.outputs))]


def run_tflite(path: Path | bytes, inputs: Sequence[Array], delegate: bool = True) -> list[Array]:
    """A .tflite on `inputs`, in the graph's order; with XNNPACK or with the builtin kernels alone."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    resolver = OpResolverType.AUTO if delegate else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    source = {"model_content": path} if isinstance(path, bytes) else {"model_path": str(path)}
    interpreter = Interpreter(**source, experimental_op_resolver_type=resolver, num_threads=1)
    interpreter.allocate_tensors()
    for detail, array in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], np.array(array, order="C"))
    interpreter.invoke()
    return [result_of(interpreter, detail["index"]) for detail in interpreter.get_output_details()]


def run_graph(graph: Graph, inputs: Sequence[Array], folder: Path, delegate: bool = False) -> list[Array]:
    """A graph written as float32 .tflite and run."""
    from converters.emitters.tflite import write_tflite

    path = folder / "graph.tflite"
    write_tflite(graph, path)
    return run_tflite(path, inputs, delegate)
