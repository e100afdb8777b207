"""Small networks in float32 and, tensor by tensor, on integers: whole, or with one fault."""

from pathlib import Path

import numpy as np

from converters.emitters.tflite import write_tflite
from converters.explain import Explained, explain
from converters.graph import Graph, Node, Quantization, Value

RNG = np.random.default_rng(1)
INT8, FLOAT = np.dtype(np.int8), np.dtype(np.float32)
W1, W2 = (RNG.normal(size=(8, 8)).astype(np.float32) / 3 for _ in range(2))
B1 = RNG.normal(size=8).astype(np.float32) / 3
SAMPLES = [{"x": RNG.uniform(-1, 1, (1, 8)).astype(np.float32)} for _ in range(12)]


def float_network(w1: np.ndarray = W1, bias: np.ndarray = B1, end: str | None = None) -> Graph:
    """y = W2 · (W1 · x + b); `end` is one more operator."""
    x, h, y = Value("x", (1, w1.shape[1]), FLOAT), Value("h", (1, 8), FLOAT), Value("y", (1, 8), FLOAT)
    nodes = [dense(x, Value("w1", w1.shape, FLOAT, w1), Value("b1", (8,), FLOAT, bias), h)]
    nodes.append(dense(h, Value("w2", W2.shape, FLOAT, W2), None, y))
    if end is None:
        return Graph("g", (x,), (y,), nodes)
    z = Value("z", (1, 8), FLOAT)
    return Graph("g", (x,), (z,), [*nodes, Node(end, (y,), (z,), {"beta": 1.0})])


def dense(x: Value, w: Value, b: Value | None, y: Value) -> Node:
    attrs = {"fused_activation_function": "NONE", "keep_num_dims": False}
    return Node("FULLY_CONNECTED", (x, w, b), (y,), attrs)


def on_grid(name: str, reach: float) -> Value:
    """A row of eight int8 values on a symmetric grid of -`reach` to `reach`."""
    return Value(name, (1, 8), INT8, None, grid(reach))


def grid(reach: float) -> Quantization:
    return Quantization((reach / 127,), (0,))


def int8_weights(name: str, w: np.ndarray, per_channel: bool, shrink: float = 1.0) -> Value:
    """`shrink` below 1: the scale is too small for the weights, which saturate."""
    peaks = np.abs(w).max(1) if per_channel else np.array([np.abs(w).max()])
    scale = peaks * shrink / 127
    stored = np.clip(np.rint(w / scale[:, None]), -127, 127).astype(np.int8)
    return Value(name, w.shape, INT8, stored, Quantization(tuple(scale.tolist()), (0,) * len(scale), 0))


def int8_network(
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
    xs = Value("x", (1, w1.shape[1]), INT8, None, grid(x))
    hs, ys = on_grid("h", h), on_grid("y", y)
    first, second = int8_weights("w1", w1, per_channel, shrink), int8_weights("w2", W2, per_channel)
    assert first.quantization is not None
    scale = np.array(first.quantization.scale) * x / 127
    limit = 2.0**31 - 1
    stored = np.clip(np.rint(bias / scale), -limit, limit).astype(np.int64)
    told = Quantization(tuple((scale * bias_scale).tolist()), (0,) * len(scale), 0)
    b = Value("b1", (8,), np.dtype(np.int32), stored.astype(np.int32), told)
    nodes = [dense(xs, first, b, hs), dense(hs, second, None, ys)]
    if end is None:
        return Graph("g", (xs,), (ys,), nodes)
    z = Value("z", (1, 8), INT8, None, Quantization((1 / 256,), (-128,)))
    return Graph("g", (xs,), (z,), [*nodes, Node(end, (ys,), (z,), {"beta": 1.0})])


def explained(
    folder: Path, quantized: Graph, reference: Graph, samples: list[dict[str, np.ndarray]] = SAMPLES
) -> Explained:
    """Both graphs as files, compared by the runtime."""
    write_tflite(quantized, folder / "q.tflite")
    write_tflite(reference, folder / "f.tflite")
    return explain(folder / "q.tflite", folder / "f.tflite", samples)
