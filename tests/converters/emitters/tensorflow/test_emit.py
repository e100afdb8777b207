"""Errors in one sentence, nothing half written, what stood there before kept."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tensorflow import emit_tensorflow, weights_path
from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Quantization, Value
from converters.ops import Builder
from registry.errors import ConversionError, InputError, MissingDependencyError, StorageError


def _tiny(path: Path, *, quantized: bool = False) -> Path:
    scale = Quantization((0.1,), (0,)) if quantized else None
    x = Value("x", (1, 4), np.dtype(np.int8 if quantized else np.float32), quantization=scale)
    b = Builder()
    y = b("TRANSPOSE", x, np.asarray([1, 0], np.int32), name="y")
    y.quantization = scale
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
def test_quantized_is_refused_and_what_stood_there_is_kept(tmp_path: Path) -> None:
    model = _tiny(tmp_path / "tiny.tflite", quantized=True)
    (tmp_path / "tiny.pb").write_bytes(b"before")
    with pytest.raises(ConversionError, match=r"`x` is quantized \(int8\)"):
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
    }
    targets["saved_model"].mkdir()
    (targets["saved_model"] / "left-over").write_text("of another model")
    contents = []
    for _ in range(2):
        emit_tensorflow(model, targets)
        saved = sorted(path for path in targets["saved_model"].rglob("*") if path.is_file())
        files = [*saved, targets["pb"], targets["json"]]
        contents.append({path.relative_to(tmp_path): path.read_bytes() for path in files})
    assert contents[0] == contents[1]
    assert "left-over" not in _files(targets["saved_model"])
    assert _files(tmp_path) == {
        "tiny.tflite",
        *(path.name for path in targets.values()),
        weights_path(targets["json"]).name,
    }
