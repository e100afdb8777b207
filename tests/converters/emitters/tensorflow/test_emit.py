"""Errors in one sentence, nothing half written, what stood there before kept."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tensorflow import emit_tensorflow, weights_path
from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Quantization, Value, constant
from converters.ops import Builder
from registry.errors import ConversionError, InputError, MissingDependencyError, StorageError
from tests.converters.emitters.tensorflow.reading import run_artifacts


def _tiny(path: Path, *, quantized: bool = False) -> Path:
    scale = Quantization((0.1,), (0,)) if quantized else None
    x = Value("x", (1, 4), np.dtype(np.int8 if quantized else np.float32), quantization=scale)
    b = Builder()
    y = b("TRANSPOSE", x, np.asarray([1, 0], np.int32), name="y")
    y.quantization = scale
    if quantized:
        y = b("CAST", y, in_data_type="int8", out_data_type="int32")
    else:
        y = b("FULLY_CONNECTED", y, np.ones((3, 1), np.float32), np.ones(3, np.float32))
    write_tflite(Graph("tiny", (x,), (y,), b.nodes), path)
    return path


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_unknown_target(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`tfjs` is no TensorFlow target"):
        emit_tensorflow(tmp_path / "m.tflite", {"tfjs": tmp_path / "m"})


def test_without_tensorflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="TensorFlow is not installed"):
        emit_tensorflow(tmp_path / "m.tflite", {"pb": tmp_path / "m.pb"})


def test_time_limit(tmp_path: Path) -> None:
    model = _tiny(tmp_path / "tiny.tflite")
    with pytest.raises(ConversionError, match="time limit"):
        emit_tensorflow(model, {"pb": tmp_path / "tiny.pb"}, timeout_s=0.05)
    assert _files(tmp_path) == {"tiny.tflite"}


def test_where_a_file_stands_in_place_of_the_folder(tmp_path: Path) -> None:
    model = _tiny(tmp_path / "tiny.tflite")
    with pytest.raises(StorageError, match="could not be written"):
        emit_tensorflow(model, {"pb": model / "tiny.pb"})


@pytest.mark.slow
def test_stored_integers_are_refused_and_what_stood_there_is_kept(tmp_path: Path) -> None:
    model = _tiny(tmp_path / "tiny.tflite", quantized=True)
    (tmp_path / "tiny.pb").write_bytes(b"before")
    with pytest.raises(ConversionError, match=r"CAST `.*` computes with stored integers"):
        emit_tensorflow(model, {"pb": tmp_path / "tiny.pb", "keras": tmp_path / "tiny.keras"})
    assert (tmp_path / "tiny.pb").read_bytes() == b"before"
    assert _files(tmp_path) == {"tiny.tflite", "tiny.pb"}


@pytest.mark.slow
def test_replaces_whole_and_repeats_byte_for_byte(tmp_path: Path) -> None:
    model = _tiny(tmp_path / "tiny.tflite")
    targets = {
        "saved_model": tmp_path / "tiny_saved_model",
        "pb": tmp_path / "tiny.pb",
        "json": tmp_path / "tiny.json",
        "h5": tmp_path / "tiny.h5",
        "keras": tmp_path / "tiny.keras",
    }
    targets["saved_model"].mkdir()
    (targets["saved_model"] / "left-over").write_text("of another model")
    contents = []
    for _ in range(2):
        emit_tensorflow(model, targets)
        saved = sorted(path for path in targets["saved_model"].rglob("*") if path.is_file())
        files = [
            *saved,
            *(path for path in targets.values() if path.is_file()),
            weights_path(targets["json"]),
        ]
        contents.append({path.relative_to(tmp_path): path.read_bytes() for path in files})
    assert contents[0] == contents[1]
    assert "left-over" not in _files(targets["saved_model"])
    assert _files(tmp_path) == {
        "tiny.tflite",
        *(path.name for path in targets.values()),
        weights_path(targets["json"]).name,
    }


ODD = {
    "saved_model": (["add", "in_put_0"], ["1k.k", "add_1", "out:0", "x/y"]),
    "pb": (["add", "in/put_0"], ["1k.k", "add_1", "out_0", "x/y"]),
    "keras": (["add", "in_put_0"], ["1k.k", "add_1", "out_0", "x_y"]),
    "h5": (["add", "in_put_0"], ["1k.k", "add_1", "out_0", "x_y"]),
    "json": (["add", "in_put_0"], ["1k.k", "add_1", "out_0", "x_y"]),
}
"""Names change as far as the format demands; an operation that Keras would call `add` or `add_1` itself gives way."""


@pytest.mark.slow
def test_odd_names_constant_outputs_and_passed_inputs(tmp_path: Path) -> None:
    x, y = (Value(name, (1, 2, 2, 2), np.dtype(np.float32)) for name in "xy")
    b = Builder()
    total = b("ADD", x, y)
    shifted = b("ADD", total, np.asarray([1, 2], np.float32))
    known = constant(np.arange(6, dtype=np.float32), "known")
    graph = Graph("odd graph/1", (x, y), (known, shifted, total, x), b.nodes)
    model = tmp_path / "odd.tflite"
    write_tflite(
        graph, model, input_names=("add", "in/put:0"), output_names=("1k.k", "add_1", "out:0", "x/y")
    )
    targets = {target: tmp_path / f"odd.{target}" for target in ODD}
    emit_tensorflow(model, targets)
    inputs = [np.ones((1, 2, 2, 2), np.float32), np.full((1, 2, 2, 2), 2, np.float32)]
    results = run_artifacts({name: (name, path) for name, path in targets.items()}, inputs, tmp_path)
    assert {name: (found["inputs"], found["outputs"]) for name, found in results.items()} == ODD
    expected = [np.arange(6), inputs[0] + inputs[1] + [1, 2], inputs[0] + inputs[1], inputs[0]]
    for found in results.values():
        for value, wanted in zip(found["values"], expected, strict=True):
            np.testing.assert_array_equal(value, wanted)
