"""One way to run a model file of any format: named arrays in, named arrays out."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from converters.verify.samples import Array
from converters.verify.tensors import TensorSpec, first_line, fit
from registry.errors import ConversionError, InputError, MissingDependencyError, ZooError

OPENVINO_FILES = (".xml", ".pdmodel")
"""What OpenVINO runs: its own IR, and Paddle's programs (their weights in the .pdiparams beside them)."""


class Runtime(Protocol):
    """A loaded model. `run` takes every input under its name and gives every output under its; float16 weights compute in float32."""

    @property
    def inputs(self) -> tuple[TensorSpec, ...]: ...

    @property
    def outputs(self) -> tuple[TensorSpec, ...]: ...

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]: ...


def open_runtime(path: Path, *, threads: int = 1) -> Runtime:
    """Loads `.tflite` (LiteRT with XNNPACK), `.onnx` (onnxruntime), OPENVINO_FILES (OpenVINO) or a TensorFlow format (SavedModel
    folder, `.pb`, `.h5`, `.keras`, architecture `.json` beside `.weights.h5`; each `run` of these starts a child: `run_tensorflow` runs
    many at once).

    Raises InputError for a missing file or unknown format, ConversionError where the runtime refuses the file, MissingDependencyError.
    """
    if not path.exists():
        raise InputError(f"There is no model file {path}.")
    loaders: dict[str, Callable[[Path, int], Runtime]] = {
        ".tflite": LiteRtRuntime,
        ".onnx": OnnxRuntime,
        **dict.fromkeys(OPENVINO_FILES, OpenVinoRuntime),
    }
    loader = loaders.get(path.suffix)
    if loader is None:
        from converters.verify.tensorflow_runs import TensorFlowRuntime, is_tensorflow

        if is_tensorflow(path):
            return TensorFlowRuntime(path)
        raise InputError(
            f"No runtime for {path}: known are .tflite, .onnx, .xml, .pdmodel, .pb, .h5, .keras and SavedModel folders."
        )
    try:
        return loader(path, threads)
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"Running {path.name} needs the package {error.name}: `pip install zoo[tflite]`."
        ) from error
    except Exception as error:
        raise ConversionError(f"{path} cannot be loaded: {first_line(error)}") from error


@contextmanager
def _told(runtime: str) -> Iterator[None]:
    """A runtime's own error while it runs, as a sentence."""
    try:
        yield
    except ZooError:
        raise
    except Exception as error:
        raise ConversionError(f"{runtime} does not run it on these inputs: {first_line(error)}") from error


def result_of(interpreter: Any, index: int) -> Array:
    """A tensor of a LiteRT interpreter after its run, as a copy."""
    try:
        return np.array(interpreter.get_tensor(index))
    except ValueError:  # a result that came out empty has no memory that could be read
        detail = interpreter._get_tensor_details(index, 0)
        if 0 not in detail["shape"]:
            raise
        return np.zeros(detail["shape"], detail["dtype"])


class LiteRtRuntime:
    """A `.tflite` in LiteRT's interpreter with XNNPACK. Names are the signature's where there is one, else the tensors'."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        signatures = self._interpreter.get_signature_list()
        key = next(iter(signatures), None)
        if key is None:
            named_in = {d["name"]: d for d in self._interpreter.get_input_details()}
            named_out = {d["name"]: d for d in self._interpreter.get_output_details()}
        else:  # for its names only: running through it would allocate everything once more
            runner = self._interpreter.get_signature_runner(key)
            named_in, named_out = runner.get_input_details(), runner.get_output_details()
        self._in, self._out = named_in, named_out
        self.inputs = tuple(self._spec(name, d) for name, d in named_in.items())
        self.outputs = tuple(self._spec(name, d) for name, d in named_out.items())

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        with _told("LiteRT"):
            return self._run(fit(inputs, self.inputs))

    def _run(self, given: Mapping[str, Array]) -> dict[str, Array]:
        now = {d["index"]: tuple(d["shape"]) for d in self._interpreter.get_input_details()}
        resized = [name for name, array in given.items() if now[self._in[name]["index"]] != array.shape]
        for name in resized:
            self._interpreter.resize_tensor_input(self._in[name]["index"], given[name].shape)
        if resized:
            self._interpreter.allocate_tensors()
        for name, array in given.items():
            self._interpreter.set_tensor(self._in[name]["index"], array)
        self._interpreter.invoke()
        return {name: result_of(self._interpreter, d["index"]) for name, d in self._out.items()}

    @staticmethod
    def _spec(name: str, detail: Mapping[str, Any]) -> TensorSpec:
        signature = detail.get("shape_signature")
        shape = signature if signature is not None and len(signature) else detail["shape"]
        scale, zero_point = detail.get("quantization", (0.0, 0))
        return TensorSpec(
            name=name,
            shape=tuple(int(d) for d in shape),
            dtype=np.dtype(detail["dtype"]).name,
            scale=float(scale),
            zero_point=int(zero_point),
        )


class OnnxRuntime:
    """An `.onnx` in onnxruntime on the CPU."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        options.enable_cpu_mem_arena = (
            False  # the arena keeps all it ever took: 200 MB for a few runs of U-2-Net-P
        )
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = tuple(map(self._spec, self._session.get_inputs()))
        self.outputs = tuple(map(self._spec, self._session.get_outputs()))

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        names = [spec.name for spec in self.outputs]
        with _told("ONNX Runtime"):
            found = self._session.run(names, fit(inputs, self.inputs))
        return dict(zip(names, found, strict=True))

    @staticmethod
    def _spec(value: Any) -> TensorSpec:
        kind = value.type.removeprefix("tensor(").removesuffix(")")
        dtype = {"float": "float32", "double": "float64"}.get(kind, kind)
        shape = tuple(d if isinstance(d, int) else -1 for d in value.shape)
        return TensorSpec(name=value.name, shape=shape, dtype=dtype)


class OpenVinoRuntime:
    """OpenVINO IR or a Paddle program on the CPU, computed in float32 (its own choice may be bfloat16).

    An output that OpenVINO knows under several names (where it took out a Reshape, say) is answered under each.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        import openvino

        hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
        self._model = openvino.Core().compile_model(path, "CPU", hints)
        self.inputs = tuple(self._spec(port) for port in self._model.inputs)
        self.outputs = tuple(self._spec(port) for port in self._model.outputs)

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        given = fit(inputs, self.inputs)
        with _told("OpenVINO"):
            found = self._model([given[spec.name] for spec in self.inputs])
        arrays = [np.array(found[index]) for index in range(len(self.outputs))]
        return {
            name: array
            for port, array in zip(self._model.outputs, arrays, strict=True)
            for name in _names(port)
        }

    @staticmethod
    def _spec(port: Any) -> TensorSpec:
        name = _names(port)[0]
        shape = tuple(d.get_length() if d.is_static else -1 for d in port.get_partial_shape())
        return TensorSpec(name=name, shape=shape, dtype=np.dtype(port.get_element_type().to_dtype()).name)


def _names(port: Any) -> list[str]:
    """All names of an OpenVINO input or output, the source model's own first: the node `y/sink_port_0` is what was output `y`."""
    node = port.get_node().get_friendly_name()
    return sorted(port.get_names(), key=lambda name: (not node.startswith(f"{name}/"), name)) or [node]
