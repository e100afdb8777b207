"""Dynamic range where weights stand on the left of a product, which LiteRT multiplies in float32 alone."""

from pathlib import Path

import pytest

from converters.engine import Options, build, emit_tflite
from tests.converters.frontends.openvino.models import model_of, weights
from tests.converters.harness import random_inputs, run_tflite

openvino = pytest.importorskip("openvino")
pytest.importorskip("ai_edge_quantizer")


def test_products_with_weights_on_the_left_stay_float(tmp_path: Path):
    ops = openvino.opset15

    def mixer(x):
        y = ops.matmul(ops.transpose(x, [0, 2, 1]), weights(48, 64), False, False)
        y = ops.transpose(ops.relu(y), [0, 2, 1])
        return ops.matmul(y, weights(32, 64), False, False)

    openvino.save_model(model_of(mixer, (1, 48, 32)), tmp_path / "mixer.xml", compress_to_fp16=False)
    built = build(tmp_path / "mixer.xml", Options())
    assert built.stats.transposes == 0
    assert built.stats.histogram["BATCH_MATMUL"] == 1
    given = random_inputs(built)
    for variant in ("float32", "dynamic_range"):
        emit_tflite(built, variant, tmp_path / f"{variant}.tflite")
    exact, rough = (run_tflite(tmp_path / f"{v}.tflite", given)[0] for v in ("float32", "dynamic_range"))
    assert 0 < abs(rough - exact).max() < 0.05 * abs(exact).max()
