"""Keras files in: read by Keras itself in a child, converted, held against Keras's own answers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.emitters.tensorflow import emit_tensorflow
from converters.emitters.tflite import write_tflite
from converters.engine import Options, build
from converters.frontends.keras import keras_to_saved_model
from converters.graph import Graph, Value
from converters.ops import Builder
from converters.verify.samples import save_sets
from converters.verify.tensorflow_runs import run_tensorflow
from registry.errors import ConversionError, InputError
from tests.converters.harness import difference, run_tflite


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small network as this project writes it for Keras."""
    folder = tmp_path_factory.mktemp("keras")
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    b = Builder()
    x = Value("image", (1, 8, 8, 3), np.dtype(np.float32))
    y = b("CONV_2D", x, normal(4, 3, 3, 3), normal(4), padding="SAME", fused_activation_function="RELU")
    y = b("DEPTHWISE_CONV_2D", y, normal(1, 3, 3, 4), normal(4), padding="VALID", depth_multiplier=1)
    pooled = b("MEAN", y, np.asarray([1, 2], np.int32))
    outputs = (b("SOFTMAX", b("FULLY_CONNECTED", pooled, normal(5, 4), normal(5))),)
    tflite = folder / "net.tflite"
    write_tflite(
        Graph("net", (x,), outputs, b.nodes), tflite, input_names=("image",), output_names=("scores",)
    )
    targets = {"h5": folder / "net.h5", "keras": folder / "net.keras"}
    emit_tensorflow(tflite, targets)
    return {"tflite": tflite, **targets}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["h5", "keras"])
def test_a_keras_file_computes_what_keras_does(files: dict[str, Path], kind: str, tmp_path: Path) -> None:
    from converters.engine import emit_tflite

    path = files[kind]
    x = np.random.default_rng(1).normal(size=(1, 8, 8, 3)).astype(np.float32)
    save_sets(tmp_path / "inputs.npz", {"only": {"image": x}})
    expected = run_tensorflow([path], tmp_path / "inputs.npz")[path].answers["only"]
    built = build(path, Options())
    emit_tflite(built, "float32", tmp_path / "back.tflite")
    assert [t.name for t in built.inputs] == ["image"]
    assert [t.name for t in built.outputs] == list(expected)
    assert built.stats.transposes == 0
    (found,) = run_tflite(tmp_path / "back.tflite", [x])
    assert difference("scores", found, next(iter(expected.values()))) < 1e-6


def _changed(source: Path, target: Path, change: Callable[[Any], None]) -> Path:
    import h5py

    target.write_bytes(source.read_bytes())
    with h5py.File(target, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)
    return target


def _layers(config: Any, kind: str) -> list[Any]:
    return [layer for layer in config["config"]["layers"] if layer["class_name"] == kind]


@pytest.mark.slow
def test_options_of_keras_2_that_mean_nothing_are_passed_over(files: dict[str, Path], tmp_path: Path) -> None:
    def add_groups(config: Any) -> None:
        layers = _layers(config, "DepthwiseConv2D")
        assert layers
        for layer in layers:
            layer["config"]["groups"] = 1
            del layer["module"]  # as Keras 2 writes it

    path = _changed(files["h5"], tmp_path / "old.h5", add_groups)
    assert (keras_to_saved_model(path, tmp_path / "old") / "saved_model.pb").is_file()


@pytest.mark.slow
def test_a_layer_of_foreign_code_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    def add_code(config: Any) -> None:
        config["config"]["layers"][1]["class_name"] = "Lambda"

    path = _changed(files["h5"], tmp_path / "lambda.h5", add_code)
    with pytest.raises(ConversionError, match="Lambda layer"):
        keras_to_saved_model(path, tmp_path / "lambda")
    assert not (tmp_path / "lambda").exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["h5", "keras"])
def test_a_damaged_file_is_refused(files: dict[str, Path], kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(files[kind].read_bytes()[:2000])
    with pytest.raises(InputError, match="damaged"):
        keras_to_saved_model(path, tmp_path / "cut")


@pytest.mark.slow
def test_weights_alone_are_refused(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["dense/kernel"] = np.ones((3, 2), np.float32)
    with pytest.raises(InputError, match="weights without their model"):
        keras_to_saved_model(tmp_path / "weights.h5", tmp_path / "weights")
