"""Loops and branches in TensorFlow's formats against LiteRT: tf.while_loop and tf.cond; written out step by step for Keras."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.emitters.tensorflow import TARGETS, emit_tensorflow
from converters.emitters.tflite import write_tflite
from converters.engine import Options, build
from registry.errors import ConversionError
from tests.converters.emitters.tensorflow.reading import relative_error, run_artifacts, run_litert
from tests.converters.frontends.openvino.test_loops import CHOSEN, COUNTED, SCANNED, UNTIL, text_model

pytestmark = pytest.mark.slow


def written(model: Path) -> Path:
    """The model's float32 .tflite, its inputs and outputs named in an order that every format keeps."""
    graph = build(model, Options()).graph
    inputs, outputs = (
        tuple(f"{letter}{i}" for i in range(len(values)))
        for letter, values in (("i", graph.inputs), ("o", graph.outputs))
    )
    tflite = model.with_suffix(".tflite")
    write_tflite(graph, tflite, input_names=inputs, output_names=outputs)
    return tflite


def written_text(text: str, folder: Path) -> Path:
    import onnx

    onnx.save(text_model(text), str(folder / "m.onnx"))
    return written(folder / "m.onnx")


def places(folder: Path, names: tuple[str, ...] = TARGETS) -> dict[str, Path]:
    return {name: folder / ("m_saved_model" if name == "saved_model" else f"m.{name}") for name in names}


def agree(tflite: Path, folder: Path, inputs: list[Any], names: tuple[str, ...] = TARGETS) -> None:
    targets = places(folder, names)
    emit_tensorflow(tflite, targets)
    reference = run_litert(tflite, inputs)
    results = run_artifacts({name: (name, path) for name, path in targets.items()}, inputs, folder)
    for name in names:
        found = results[name]["values"]
        assert max(relative_error(a, b) for a, b in zip(found, reference, strict=True)) <= 1e-5, name


def test_a_recurrent_layer_in_every_format(tmp_path: Path):
    import torch

    torch.manual_seed(0)
    layer = torch.nn.LSTM(6, 10, 1, batch_first=True, bidirectional=True).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(layer, torch.zeros(2, 7, 6), str(tmp_path / "m.onnx"), dynamo=False)
    x = np.random.default_rng(0).normal(size=(2, 7, 6)).astype(np.float32)
    agree(written(tmp_path / "m.onnx"), tmp_path, [x])
    layers = json.loads((tmp_path / "m.json").read_text())["config"]["layers"]
    # For each direction one product over all steps; what the steps share is one product of both directions, in the loop.
    assert [layer["class_name"] for layer in layers].count("Dense") == 2


@pytest.mark.parametrize("condition", [True, False])
def test_a_choice_in_every_format(tmp_path: Path, condition: bool):
    x = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
    agree(written_text(CHOSEN, tmp_path), tmp_path, [np.asarray(condition), x])


@pytest.mark.parametrize("text", [COUNTED, SCANNED])
def test_a_count_that_only_the_run_knows(tmp_path: Path, text: str):
    tflite = written_text(text, tmp_path)
    inputs = [np.asarray(3, np.int64), np.float32([0.5, -1.5])]
    agree(tflite, tmp_path, inputs, ("saved_model", "pb"))
    with pytest.raises(ConversionError, match="Keras layers have no loops"):
        emit_tensorflow(tflite, places(tmp_path, ("keras",)))


def test_a_condition_that_only_the_run_knows(tmp_path: Path):
    tflite = written_text(UNTIL.replace("MOST", "9"), tmp_path)
    agree(tflite, tmp_path, [np.float32([0.5, 0.25]), np.asarray(5, np.float32)], ("saved_model", "pb"))


def test_a_loop_of_too_many_steps_for_layers(tmp_path: Path):
    from tests.converters.ops.test_control import running_sums

    graph = running_sums(np.eye(12, dtype=np.float32))
    graph.nodes[0].attrs["cond_subgraph_index"].nodes[0].inputs[1].data[:] = 30_000  # type: ignore[union-attr]
    write_tflite(graph, tmp_path / "m.tflite")
    with pytest.raises(ConversionError, match="layers when written out"):
        emit_tensorflow(tmp_path / "m.tflite", places(tmp_path, ("keras",)))
