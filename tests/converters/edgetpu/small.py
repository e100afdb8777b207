"""Small quantized .tflite files, operator by operator, as the facts describe them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Node, Quantization, Value

GRID = Quantization((0.05,), (0,))
_TENSOR = re.compile(r"(?P<type>[a-z]+[0-9]+)(?P<shape>(?: [0-9]+(?:x[0-9]+)*)?)(?: = (?P<data>.+))?")


def tensor(text: str, name: str, constant: bool = False) -> Value:
    """`int8 1x4x4x8` flows, `int32 = 1 2` (or any tensor with `constant`) is a constant of these numbers (zeros)."""
    found = _TENSOR.fullmatch(text)
    assert found, text
    dtype = np.dtype(found["type"])
    data = None
    shape = tuple(int(n) for n in found["shape"].split("x")) if found["shape"] else ()
    if found["data"]:
        data = np.asarray([int(n) for n in found["data"].split()], dtype)
        shape = shape or data.shape
        data = np.broadcast_to(data, shape) if data.size == 1 else data.reshape(shape)
    elif constant:
        data = np.zeros(shape, dtype)
    grid = GRID if dtype in (np.int8, np.uint8) else None
    return Value(name, shape, dtype, None if data is None else np.ascontiguousarray(data), grid)


def one_operator(
    op: str, inputs: Sequence[str | None], outputs: Sequence[str], attrs: Mapping[str, Any]
) -> Graph:
    """A graph of one operator. `const int8 8x3x3x4` is a constant; None is an operand left out."""
    operands = [
        None if text is None else tensor(text.removeprefix("const "), f"in{i}", text.startswith("const "))
        for i, text in enumerate(inputs)
    ]
    results = tuple(tensor(text, f"out{i}") for i, text in enumerate(outputs))
    flowing = tuple(value for value in operands if value is not None and value.data is None)
    return Graph("one", flowing, results, [Node(op, tuple(operands), results, attrs)])


def chain(*links: tuple[str, tuple[Value, ...], Value], outputs: tuple[Value, ...] | None = None) -> Graph:
    """A graph from (operator, operands, result) in order."""
    nodes = [Node(op, operands, (result,), _ATTRS.get(op, {})) for op, operands, result in links]
    made = {result for _, _, result in links}
    flowing = dict.fromkeys(
        v for _, operands, _ in links for v in operands if v.data is None and v not in made
    )
    return Graph("chain", tuple(flowing), outputs or (links[-1][2],), nodes)


_ATTRS: dict[str, dict[str, Any]] = {
    "MAX_POOL_2D": {"filter_height": 1, "filter_width": 1, "stride_h": 1, "stride_w": 1},
    "CONCATENATION": {"axis": 3},
}


def written(graph: Graph, folder: Path) -> Path:
    path = folder / "model.tflite"
    write_tflite(graph, path)
    return path
