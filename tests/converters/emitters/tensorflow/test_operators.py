"""Every operator of the dialect, in all five formats, against the LiteRT interpreter; one child writes them, one reads them."""

import json
import re
from pathlib import Path
from typing import Any

import h5py
import pytest

from converters.emitters.tensorflow import TARGETS, emit_tensorflow
from converters.emitters.tflite import write_tflite
from converters.ops import OPS
from tests.converters.emitters.tensorflow.cases import every_operator
from tests.converters.emitters.tensorflow.extents import data_sized
from tests.converters.emitters.tensorflow.reading import relative_error, run_artifacts, run_litert

TOLERANCE = 1e-5


def test_every_operator_has_a_case() -> None:
    cases = every_operator(), data_sized()
    used = {node.op for case in cases for node in case.graph().nodes}
    assert set(OPS) - used == set()


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("operators")
    cases = every_operator()
    tflite = folder / "cases.tflite"
    write_tflite(cases.graph(), tflite, input_names=("image", "matrix"), output_names=cases.names())
    targets = {
        "saved_model": folder / "cases_saved_model",
        **{target: folder / f"cases.{target}" for target in TARGETS if target != "saved_model"},
    }
    told: list[tuple[str, int, int | None]] = []
    tools = emit_tensorflow(
        tflite, targets, progress=lambda what, done=0, total=None: told.append((what, done, total))
    )
    results = run_artifacts({name: (name, path) for name, path in targets.items()}, cases.inputs(), folder)
    reference = run_litert(tflite, cases.inputs())
    return {
        "names": cases.names(),
        "targets": targets,
        "tools": tools,
        "told": told,
        "results": results,
        "reference": reference,
    }


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_agrees_with_litert(emitted: dict[str, Any], target: str) -> None:
    values = emitted["results"][target]["values"]
    errors = {
        name: error
        for name, value, expected in zip(emitted["names"], values, emitted["reference"], strict=True)
        if (error := relative_error(value, expected)) > TOLERANCE
    }
    assert errors == {}


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_names_are_the_signatures(emitted: dict[str, Any], target: str) -> None:
    result = emitted["results"][target]
    assert result["inputs"] == ["image", "matrix"]
    assert result["outputs"] == list(emitted["names"])


@pytest.mark.slow
def test_tools_and_progress(emitted: dict[str, Any]) -> None:
    assert set(emitted["tools"]) == {"tensorflow", "keras"}
    assert emitted["told"][0] == ("TensorFlow: starting", 0, len(TARGETS))
    assert emitted["told"][-1] == ("TensorFlow: done", len(TARGETS), len(TARGETS))


@pytest.mark.slow
def test_keras_is_made_of_stock_parts(emitted: dict[str, Any]) -> None:
    configuration = json.loads(Path(emitted["targets"]["json"]).read_text())
    layers = configuration["config"]["layers"]
    assert {layer["module"].split(".")[0] for layer in layers} == {"keras"}
    assert "Lambda" not in {layer["class_name"] for layer in layers}
    assert {"Conv2D", "DepthwiseConv2D", "Conv2DTranspose", "Dense", "PReLU"} <= {
        layer["class_name"] for layer in layers
    }


@pytest.mark.slow
def test_large_constants_are_weights(emitted: dict[str, Any]) -> None:
    text = Path(emitted["targets"]["json"]).read_text()
    longest = max(len(found.split(",")) for found in re.findall(r"\[[-+0-9.e, \[\]]*\]", text))
    assert longest <= 1024
    with h5py.File(emitted["targets"]["h5"]) as file:
        assert any(name.startswith("constant.") for name in file["model_weights"])
