"""What fails a compile as a whole, and files that are none."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converters.edgetpu import Forecast, forecast
from converters.edgetpu.model import COMPILED, read
from converters.emitters.tflite import write_tflite
from registry.errors import InputError
from tests.converters.edgetpu.small import one_operator, written


def test_nothing_of_a_float_model_maps(tmp_path: Path):
    """Compiler 16.0 compiles it all the same (google-coral/edgetpu issue 438)."""
    found = forecast(written(one_operator("RELU", ["float32 1x4"], ["float32 1x4"], {}), tmp_path))
    assert (found.mapped, found.partitions, found.failure) == (0, 0, "")
    assert found.ops[0].reason == "Operation is working on an unsupported data type"
    assert "full_int8" in found.advice[0].what


def test_a_shape_from_data_fails(tmp_path: Path):
    """The new shape comes from an input."""
    graph = one_operator("RESHAPE", ["int8 1x4", "int32 2"], ["int8 2x2"], {})
    found = forecast(written(graph, tmp_path))
    assert found.mapped == 0
    assert "dynamic-sized tensors" in found.failure


def test_an_operator_newer_than_the_compiler_fails(tmp_path: Path):
    """A grouped convolution is version 6."""
    graph = one_operator(
        "CONV_2D", ["int8 1x4x4x4", "const int8 4x1x1x2", "const int32 4"], ["int8 1x4x4x4"], {}
    )
    found = forecast(written(graph, tmp_path))
    assert found.too_new_ops == ("CONV_2D v6",)
    assert "Didn't find op for builtin opcode 'CONV_2D' version '6'" in found.failure
    assert found.ops[0].reason == "Operation version not supported"


def test_an_operator_that_the_compiler_never_heard_of_fails(tmp_path: Path):
    found = forecast(written(one_operator("GELU", ["int8 1x4"], ["int8 1x4"], {}), tmp_path))
    assert found.too_new_ops == ("GELU v1",)


def repacked(path: Path, change: Any) -> Path:
    """The file with its model changed."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    change(schema, model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))
    return path


def custom(name: str) -> Any:
    def change(schema: Any, model: Any) -> None:
        code = model.operatorCodes[0]
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
        code.customCode = name

    return change


def test_custom_operators(tmp_path: Path):
    """The compiler's interpreter knows SSD's postprocessing, which the CPU keeps; any other name fails the compile."""
    graph = one_operator("RELU", ["int8 1x4"], ["float32 1x4"], {})
    known = forecast(repacked(written(graph, tmp_path), custom("TFLite_Detection_PostProcess")))
    assert not known.failure
    assert (known.ops[0].op, known.ops[0].custom) == ("CUSTOM", "TFLite_Detection_PostProcess")
    assert known.ops[0].reason == "Operation is working on an unsupported data type"
    unknown = forecast(repacked(written(graph, tmp_path), custom("Atan")))
    assert "unresolved custom op: Atan" in unknown.failure


def test_a_compiled_file_says_so(tmp_path: Path):
    path = written(one_operator("RELU", ["int8 1x4"], ["int8 1x4"], {}), tmp_path)
    with pytest.raises(InputError, match="compiled for the Edge TPU already"):
        forecast(repacked(path, custom(COMPILED)))


def test_constants_outside_of_the_flatbuffer_are_none(tmp_path: Path):
    """As ai-edge-quantizer writes them: the compiler's reader of 2021 does not look there."""
    graph = one_operator(
        "CONV_2D", ["int8 1x4x4x4", "const int8 4x1x1x4", "const int32 4"], ["int8 1x4x4x4"], {}
    )
    path = written(graph, tmp_path)

    def outside(schema: Any, model: Any) -> None:
        buffer = model.buffers[model.subgraphs[0].tensors[1].buffer]
        buffer.data, buffer.offset, buffer.size = None, 64, 16

    found = forecast(repacked(path, outside))
    assert found.ops[0].reason == "Filter, bias, or other param is not constant at compile-time"


def test_strange_tensors_are_read(tmp_path: Path):
    """Strings and 4-bit numbers have no numpy type of their own."""
    path = written(one_operator("RELU", ["int8 1x4"], ["int8 1x4"], {}), tmp_path)

    def change(schema: Any, model: Any) -> None:
        model.subgraphs[0].tensors[0].type = schema.TensorType.STRING
        model.subgraphs[0].tensors[1].type = schema.TensorType.INT4
        model.subgraphs.append(model.subgraphs[0])

    model = read(repacked(path, change))
    assert [tensor.dtype for tensor in model.tensors] == ["string", "int4"]
    assert [tensor.nbytes for tensor in model.tensors] == [0, 2]
    assert model.subgraphs == 2


@pytest.mark.parametrize("content", [b"", b"short", b"0123TFL4" + bytes(64), bytes(64)])
def test_no_model(content: bytes, tmp_path: Path):
    path = tmp_path / "none.tflite"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"none\.tflite"):
        forecast(path)
    with pytest.raises(InputError, match="is not a file"):
        forecast(tmp_path)


def test_unknown_compilers_are_refused(tmp_path: Path):
    path = written(one_operator("RELU", ["int8 1x4"], ["int8 1x4"], {}), tmp_path)
    with pytest.raises(InputError, match=r"rules for compiler 16\.0, not for 15\.0"):
        forecast(path, "15.0")


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    attrs = {"padding": "SAME", "stride_h": 2}
    graph = one_operator(
        "CONV_2D", ["int8 1x4x4x4", "const int8 4x3x3x4", "const int32 4"], ["int8 1x2x4x4"], attrs
    )
    path = tmp_path_factory.mktemp("healthy") / "model.tflite"
    write_tflite(graph, path)
    return path.read_bytes()


@given(data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_get_a_forecast_or_a_sentence(data: st.DataObject, healthy: bytes, tmp_path: Path):
    damaged = np.frombuffer(healthy, np.uint8).copy()
    for place in data.draw(st.lists(st.integers(8, len(healthy) - 1), min_size=1, max_size=8)):
        damaged[place] = data.draw(st.sampled_from([0, 1, 127, 128, 255]))
    length = data.draw(st.integers(0, len(healthy)))
    path = tmp_path / "damaged.tflite"
    path.write_bytes(bytes(damaged)[: length if length % 3 == 0 else None])
    found = outcome(path)
    if isinstance(found, str):
        assert "damaged.tflite" in found
    else:
        assert found.mapped <= found.total == len(found.ops)


def outcome(path: Path) -> Forecast | str:
    """The forecast, or the sentence in its place."""
    try:
        return forecast(path)
    except InputError as error:
        return str(error)
