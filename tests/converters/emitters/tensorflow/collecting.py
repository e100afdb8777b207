"""Collects cases: nodes on two inputs, each result an output named after its case."""

from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Value
from converters.ops import Builder

Data = npt.NDArray[Any]


class Cases:
    """The graph being built. Inputs: an image 1 9 12 4, a matrix 6 10, positive and integer views of them."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(7)
        self.b = Builder()
        self.image = Value("image", (1, 9, 12, 4), np.dtype(np.float32))
        self.matrix = Value("matrix", (6, 10), np.dtype(np.float32))
        self.outputs: dict[str, Value] = {}

    def __call__(self, name: str, op: str, *inputs: Any, **attrs: Any) -> Value:
        results = self.b.many(op, *inputs, name=f"{name}/result", **attrs)
        for index, value in enumerate(results):
            self.outputs[name if index == 0 else f"{name}_{index}"] = value
        return results[0]

    def normal(self, *shape: int) -> Data:
        return self.random.normal(size=shape).astype(np.float32)

    def inputs(self) -> list[Data]:
        random = np.random.default_rng(11)
        return [random.normal(size=value.shape).astype(np.float32) for value in (self.image, self.matrix)]

    def graph(self) -> Graph:
        """Outputs in alphabetical order, the one order that every format keeps."""
        outputs = tuple(self.outputs[name] for name in self.names())
        return Graph("cases", (self.image, self.matrix), outputs, self.b.nodes)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.outputs))


def ints(*values: int) -> Data:
    return np.asarray(values, np.int32)
