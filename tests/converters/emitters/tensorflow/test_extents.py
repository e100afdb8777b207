"""Operators whose results' shapes the run computes: in TensorFlow's formats against LiteRT, for Keras refused by name."""

from pathlib import Path

import pytest

from converters.emitters.tensorflow import emit_tensorflow
from converters.emitters.tflite import write_tflite
from converters.graph import Graph
from registry.errors import ConversionError
from tests.converters.emitters.tensorflow.extents import data_sized
from tests.converters.emitters.tensorflow.reading import relative_error, run_artifacts, run_litert

TOLERANCE = 1e-5


@pytest.mark.slow
def test_agree_with_litert(tmp_path: Path) -> None:
    cases = data_sized()
    tflite = tmp_path / "cases.tflite"
    write_tflite(cases.graph(), tflite, input_names=("image", "matrix"), output_names=cases.names())
    targets = {"saved_model": tmp_path / "cases_saved_model", "pb": tmp_path / "cases.pb"}
    emit_tensorflow(tflite, targets)
    results = run_artifacts({name: (name, path) for name, path in targets.items()}, cases.inputs(), tmp_path)
    reference = run_litert(tflite, cases.inputs())
    errors = {
        (target, name): error
        for target in targets
        for name, value, expected in zip(cases.names(), results[target]["values"], reference, strict=True)
        if value.shape != expected.shape or (error := relative_error(value, expected)) > TOLERANCE
    }
    assert errors == {}


@pytest.mark.slow
@pytest.mark.parametrize("case", ["range", "where", "unique", "suppression", "fill_computed", "random"])
def test_keras_refuses_by_name(tmp_path: Path, case: str) -> None:
    cases = data_sized()
    value = cases.outputs[case]
    nodes = Graph("cases", (cases.image, cases.matrix), (value,), cases.b.nodes)
    tflite = tmp_path / "cases.tflite"
    write_tflite(nodes, tflite, input_names=("image", "matrix"), output_names=(case,))
    with pytest.raises(ConversionError, match="Keras"):
        emit_tensorflow(tflite, {"keras": tmp_path / "cases.keras"})
    assert not (tmp_path / "cases.keras").exists()
