"""Real models of other people, all formats against LiteRT."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tensorflow import TARGETS, emit_tensorflow
from converters.frontends.tflite import read_tflite
from tests.conftest import corpus
from tests.converters.emitters.tensorflow.reading import relative_error, run_artifacts, run_litert

MODELS = (
    "mediapipe_tflite/face_detection_full_range.tflite",
    "mlperf_tiny/vww_96_float.tflite",
    "dtln/model_1.tflite",
)


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.parametrize("model", MODELS)
def test_agrees_with_litert(model: str, tmp_path: Path) -> None:
    tflite = corpus(model)
    random = np.random.default_rng(0)
    graph = read_tflite(tflite)
    inputs = [random.uniform(-1, 1, [abs(n) for n in v.shape]).astype(v.dtype) for v in graph.inputs]
    targets = {target: tmp_path / f"model.{target}" for target in TARGETS}
    emit_tensorflow(tflite, targets)
    results = run_artifacts({name: (name, path) for name, path in targets.items()}, inputs, tmp_path)
    reference = dict(zip((v.name for v in graph.outputs), run_litert(tflite, inputs), strict=True))
    for target, result in results.items():
        found = dict(zip(result["outputs"], result["values"], strict=True))
        assert found.keys() == reference.keys()
        errors = {name: relative_error(found[name], reference[name]) for name in reference}
        assert max(errors.values()) < 1e-5, (target, errors)
