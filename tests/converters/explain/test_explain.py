"""Quantized files made by hand, with and without a fault: the guilty layer is found, and only its alarm is given."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tflite import write_tflite
from converters.explain import Explained, explain
from converters.explain.alarms import slower_than_float
from converters.graph import Graph, Node, Quantization, Value
from registry.errors import InputError

RNG = np.random.default_rng(1)
INT8, FLOAT = np.dtype(np.int8), np.dtype(np.float32)
W1, W2 = (RNG.normal(size=(8, 8)).astype(np.float32) / 3 for _ in range(2))
B1 = RNG.normal(size=8).astype(np.float32) / 3
SAMPLES = [{"x": RNG.uniform(-1, 1, (1, 8)).astype(np.float32)} for _ in range(12)]


def _float(w1: np.ndarray = W1, end: str | None = None) -> Graph:
    x, h, y = (Value(name, (1, 8), FLOAT) for name in "xhy")
    nodes = [_fc(x, Value("w1", w1.shape, FLOAT, w1), Value("b1", (8,), FLOAT, B1), h)]
    nodes.append(_fc(h, Value("w2", W2.shape, FLOAT, W2), None, y))
    if end is None:
        return Graph("g", (x,), (y,), nodes)
    z = Value("z", (1, 8), FLOAT)
    return Graph("g", (x,), (z,), [*nodes, Node(end, (y,), (z,), {"beta": 1.0})])


def _fc(x: Value, w: Value, b: Value | None, y: Value) -> Node:
    attrs = {"fused_activation_function": "NONE", "keep_num_dims": False}
    return Node("FULLY_CONNECTED", (x, w, b), (y,), attrs)


def _grid(reach: float) -> Quantization:
    return Quantization((reach / 127,), (0,))


def _weights(name: str, w: np.ndarray, per_channel: bool, shrink: float = 1.0) -> Value:
    peaks = np.abs(w).max(1) if per_channel else np.array([np.abs(w).max()])
    scale = peaks * shrink / 127
    stored = np.clip(np.rint(w / scale[:, None]), -127, 127).astype(np.int8)
    return Value(name, w.shape, INT8, stored, Quantization(tuple(scale.tolist()), (0,) * len(scale), 0))


def _integer(
    w1: np.ndarray = W1,
    *,
    per_channel: bool = True,
    shrink: float = 1.0,
    x: float = 1.0,
    h: float = 2.0,
    y: float = 2.5,
    bias_scale: float = 1.0,
    bias: np.ndarray = B1,
    end: str | None = None,
) -> Graph:
    """The same network on grids that reach so far."""
    xs, hs, ys = (Value(name, (1, 8), INT8, None, _grid(r)) for name, r in zip("xhy", (x, h, y), strict=True))
    first, second = _weights("w1", w1, per_channel, shrink), _weights("w2", W2, per_channel)
    assert first.quantization is not None
    scale = np.array(first.quantization.scale) * x / 127
    limit = 2.0**31 - 1
    stored = np.clip(np.rint(bias / scale), -limit, limit).astype(np.int64).clip(-(2**31), 2**31 - 1)
    told = Quantization(tuple((scale * bias_scale).tolist()), (0,) * len(scale), 0)
    b = Value("b1", (8,), np.dtype(np.int32), stored.astype(np.int32), told)
    nodes = [_fc(xs, first, b, hs), _fc(hs, second, None, ys)]
    if end is None:
        return Graph("g", (xs,), (ys,), nodes)
    z = Value("z", (1, 8), INT8, None, Quantization((1 / 256,), (-128,)))
    return Graph("g", (xs,), (z,), [*nodes, Node(end, (ys,), (z,), {"beta": 1.0})])


def _explained(folder: Path, quantized: Graph, reference: Graph) -> Explained:
    write_tflite(quantized, folder / "q.tflite")
    write_tflite(reference, folder / "f.tflite")
    return explain(folder / "q.tflite", folder / "f.tflite", SAMPLES)


def _kinds(found: Explained) -> set[str]:
    return {one.kind for one in found.alarms}


def test_a_sound_file_alarms_nobody(tmp_path: Path) -> None:
    found = _explained(tmp_path, _integer(), _float())
    assert _kinds(found) == set()
    assert found.outputs[0].sqnr_db > 25
    assert {one.name for one in found.layers} == {"x", "h", "y"}
    assert found.unmatched == ()


def _outlier() -> np.ndarray:
    w = W1.copy()
    w[3] *= 200
    return w


FAULTS = {
    "saturated_activation": ({"h": 0.3}, {}),
    "range_too_narrow": ({"x": 0.5}, {}),
    "range_too_wide": ({"x": 30.0}, {}),
    "saturated_weights": ({"shrink": 0.4}, {}),
    "scale_mismatch": ({"bias_scale": 2.0}, {}),
    "outlier_weights": ({"w1": _outlier(), "per_channel": False, "h": 300.0, "y": 300.0}, {"w1": _outlier()}),
    "outlier_channel": ({"w1": _outlier(), "h": 300.0, "y": 300.0}, {"w1": _outlier()}),
    "constant_output": ({"y": 2000.0}, {}),
    "zero_softmax": ({"y": 2000.0, "end": "SOFTMAX"}, {"end": "SOFTMAX"}),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_gives_its_alarm(kind: str, tmp_path: Path) -> None:
    ours, theirs = FAULTS[kind]
    found = _explained(tmp_path, _integer(**ours), _float(**theirs))  # type: ignore[arg-type]
    assert kind in _kinds(found), found.alarms


def test_own_error_names_the_layer_and_not_its_readers(tmp_path: Path) -> None:
    found = _explained(tmp_path, _integer(shrink=0.4), _float())
    layers = {one.name: one for one in found.layers}
    assert found.layers[0].name == "h"
    own = layers["y"].own_sqnr_db
    assert own is not None
    assert own > 25 > layers["y"].sqnr_db


def test_names_may_differ(tmp_path: Path) -> None:
    quantized = _integer()
    for number, value in enumerate(quantized.values()):
        value.name = f"t{number}"
    found = _explained(tmp_path, quantized, _float())
    assert {one.float_name for one in found.layers} == {"x", "h", "y"}


def test_files_of_two_models_are_refused(tmp_path: Path) -> None:
    x, y = Value("a", (1, 5), FLOAT), Value("b", (1, 5), FLOAT)
    with pytest.raises(InputError, match="do not belong together"):
        _explained(tmp_path, _integer(), Graph("other", (x,), (y,), [Node("RELU", (x,), (y,), {})]))


def test_slower_than_float() -> None:
    assert slower_than_float(1.0, 2.0) == ()
    assert slower_than_float(4.0, 2.0)[0].kind == "slower_than_float"
