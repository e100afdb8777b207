"""Reading any model that OpenVINO reads, with static shapes and folded constants."""

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from converters.frontends.keras import SUFFIXES as KERAS
from converters.frontends.keras import keras_to_saved_model
from converters.frontends.onnx.external import check_external_data
from converters.frontends.onnx.marks import holds_marks
from converters.frontends.openvino.branches import take_known_branches
from converters.frontends.openvino.emptiness import empty_as_constants
from converters.frontends.openvino.fusions import without_scales_over_space
from converters.frontends.openvino.names import remember_inputs
from converters.frontends.openvino.onnx_meaning import restore_meaning
from converters.limits import too_large
from registry.errors import ConversionError, InputError, MissingDependencyError

READABLE = (".onnx", ".xml", ".pb", ".tflite", ".pdmodel", ".keras", ".h5")


def read_model(
    path: Path,
    input_shapes: dict[str, tuple[int, ...]],
    outputs: tuple[str, ...] = (),
    batch: int | None = None,
    open_shapes: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
) -> tuple[Any, tuple[str, ...]]:
    """(`openvino.Model` of static shapes, notices for the user).

    `input_shapes` maps input names (or, for a single input, the empty name) to shapes; `outputs` keeps only these, in this order;
    `batch` becomes the first dimension of every input; `open_shapes` are for inputs that the model leaves open and nobody else gives.
    Raises InputError for a file that cannot be read or shapes and names that do not fit, ConversionError for an op nobody knows.
    """
    try:
        import openvino  # noqa: F401  (whether it is there)
    except ImportError as error:
        raise MissingDependencyError(
            "openvino is not installed; install it with `pip install zoo[tflite]`"
        ) from error
    if not path.exists():
        raise InputError(
            f"`{path}` does not exist; give a model file ({', '.join(READABLE)}) or a SavedModel folder"
        )
    model, told = _opened(path)
    remember_inputs(model)
    if outputs:
        _select(model, outputs, path)
    notes = _shape(model, input_shapes, path, open_shapes)
    if batch is not None:
        _shape(model, _batched(model, batch), path)
    _affordable(model, path)
    try:
        simplify(model)
    except Exception as error:
        raise ConversionError(
            f"`{path}` cannot be simplified by OpenVINO: {_sentence(' '.join(str(error).split()))}"
        ) from error
    return model, (*told, *notes)


def _opened(path: Path) -> tuple[Any, tuple[str, ...]]:
    if path.suffix == ".onnx":
        return _read_onnx(path)
    if path.suffix not in KERAS:
        return _read(path), ()
    with tempfile.TemporaryDirectory(prefix="zoo-keras-") as folder:
        return _read(keras_to_saved_model(path, Path(folder) / path.stem)), ()


def _read(path: Path) -> Any:
    import openvino

    try:
        return openvino.Core().read_model(path)
    except Exception as error:
        raise _reading_failed(path, error) from error


def _read_onnx(path: Path) -> tuple[Any, tuple[str, ...]]:
    """(the model, what had to be done to it): what is refused, or may be misread, is put in other words first."""
    import openvino

    def read(model: bytes) -> Any:
        return openvino.Core().read_model(io.BytesIO(model))

    check_external_data(path)
    notes: tuple[str, ...] = ()
    model, failed = None, None
    try:
        model = openvino.Core().read_model(path)
    except Exception as error:
        failed = error
    if failed is not None or holds_marks(path):
        from converters.frontends.onnx.second_chance import second_chance

        found = second_chance(path, read, str(failed or ""))
        if found is not None:
            model, notes = found
    if model is None:
        assert failed is not None
        raise _reading_failed(path, failed) from failed
    restore_meaning(model)
    return model, notes


def _reading_failed(path: Path, error: Exception) -> Exception:
    text = " ".join(str(error).split())
    foreign = _foreign_operators(path) if path.suffix == ".onnx" else ""
    if foreign:
        return ConversionError(
            f"`{path}` holds {foreign}, which only the runtime that defines it knows; export the model without it"
        )
    if "OpConversionFailure" in text or "not supported" in text or "No conversion rule" in text.lower():
        start = max(text.find("OpConversionFailure"), 0)
        return ConversionError(
            f"`{path}` holds an operator that OpenVINO cannot read: {_sentence(text[start:])}"
        )
    return InputError(
        f"`{path}` cannot be read as a model, it is damaged or of another kind: {_sentence(text)}"
    )


def _foreign_operators(path: Path) -> str:
    """The operators of an ONNX file that neither ONNX nor OpenVINO defines; empty where there are none (or no telling)."""
    try:
        import onnx

        model = onnx.load(str(path), load_external_data=False)
    except Exception:
        return ""
    own = {(function.domain, function.name) for function in model.functions}
    known = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft", "org.openvinotoolkit"}
    foreign = {
        (node.domain, node.op_type)
        for node in model.graph.node
        if node.domain not in known and (node.domain, node.op_type) not in own
    }
    unknown = {
        ("", node.op_type)
        for node in model.graph.node
        if node.domain in ("", "ai.onnx") and not onnx.defs.has(node.op_type)
    }
    names = ", ".join(
        f"{name} of domain `{domain}`" if domain else f"the unknown {name}"
        for domain, name in sorted(foreign | unknown)
    )
    return f"the operator {names}" if names else ""


def _sentence(text: str) -> str:
    for mark in (
        "FrontEnd API failed with ",
        "General Failure: ",
        "conversion failed for the following operations:",
    ):
        if mark in text:
            text = text.split(mark, 1)[1]
    return text[:300].rstrip(" .") + ("…" if len(text) > 300 else "")


def _names(port: Any) -> list[str]:
    return [port.get_node().get_friendly_name(), *sorted(port.get_names())]


def _shape(
    model: Any,
    input_shapes: dict[str, tuple[int, ...]],
    path: Path,
    open_shapes: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Give every input its static shape: the user's, for an open one that of `open_shapes`, or 1 for a batch that is left open."""
    import openvino

    known = {name: port for port in model.inputs for name in _names(port)}
    wanted: dict[Any, Any] = {}
    notes = []
    for name, shape in input_shapes.items():
        if name not in known and not (name == "" and len(model.inputs) == 1):
            raise InputError(
                f"`{path}` has no input `{name}`; its inputs are {', '.join(p.get_any_name() for p in model.inputs)}"
            )
        wanted[known.get(name, model.inputs[0])] = openvino.PartialShape(list(shape))
    for port in model.inputs:
        shape = port.get_partial_shape()
        if port in wanted or shape.is_static:
            continue
        stated = next((open_shapes[name] for name in _names(port) if name in open_shapes), None)
        if stated is not None and shape.compatible(openvino.PartialShape(list(stated))):
            wanted[port] = openvino.PartialShape(list(stated))
            notes.append(f"input `{port.get_any_name()}` {shape} was given the shape {list(stated)}")
            continue
        if shape.rank.is_static and len(shape) and all(n.is_static for n in list(shape)[1:]):
            sizes = [1, *(n.get_length() for n in list(shape)[1:])]
            wanted[port] = openvino.PartialShape(sizes)
            notes.append(f"input `{port.get_any_name()}` {shape} was given batch 1")
            continue
        raise InputError(
            f"input `{port.get_any_name()}` of `{path}` has the open shape {shape}; "
            f"give one with --input-shape {port.get_any_name()}:1,…"
        )
    if wanted:
        try:
            model.reshape(wanted)
        except Exception as error:
            shapes = ", ".join(f"{port.get_any_name()}:{shape}" for port, shape in wanted.items())
            raise InputError(
                f"`{path}` does not accept the input shape {shapes}: {_sentence(' '.join(str(error).split()))}"
            ) from error
    return tuple(notes)


def _affordable(model: Any, path: Path) -> None:
    """Raises InputError where a value is larger than this machine: folding would take the memory, and no file need hold it."""
    for node in model.get_ops():
        for port in node.outputs():
            shape = port.get_partial_shape()
            if shape.is_static:
                why = too_large(shape.to_shape(), port.get_element_type().size)
                if why:
                    raise InputError(f"`{path}`: the value `{node.get_friendly_name()}` {why}")


def _batched(model: Any, batch: int) -> dict[str, tuple[int, ...]]:
    """Every input's shape with `batch` in front; scalars stay."""
    return {
        _names(port)[0]: (batch, *list(port.get_shape())[1:])
        for port in model.inputs
        if len(port.get_shape())
    }


def simplify(model: Any) -> None:
    """What `openvino.convert_model` does after reading (and nothing of its telemetry): fold constants, BatchNorm, shape arithmetic."""
    from openvino._offline_transformations import apply_moc_transformations
    from openvino.passes import ConstantFolding, Manager

    folding = Manager()
    folding.register_pass(ConstantFolding())
    while True:
        empty_as_constants(model)
        with without_scales_over_space(model):
            apply_moc_transformations(model, False)
        folding.run_passes(model)
        if not take_known_branches(model):
            return


def _select(model: Any, outputs: tuple[str, ...], path: Path) -> None:
    """Keep the named outputs; any tensor or node of the model may be named (that is how a model is cut)."""
    results = {name: result for result in model.get_results() for name in _names(result.input_value(0))}
    tensors = {
        name: port for node in model.get_ordered_ops() for port in node.outputs() for name in _names(port)
    }
    keep = []
    for name in outputs:
        if name not in results and name not in tensors:
            raise InputError(
                f"`{path}` has no output or tensor `{name}`; its outputs are {', '.join(sorted(results))}"
            )
        keep.append(results.get(name) or model.add_outputs(tensors[name])[0].get_node())
    for result in model.get_results():
        if all(result.get_name() != kept.get_name() for kept in keep):
            model.remove_result(result)
