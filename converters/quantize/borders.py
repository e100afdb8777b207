"""Variants that differ at their inputs and outputs alone: floats behind QUANTIZE and DEQUANTIZE in one, integers in the other."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from converters.frontends.tflite import read_tflite
from converters.graph import Graph, Value
from converters.graph.nested import subgraphs


def same_inside(one: Path, other: Path) -> bool:
    """Whether two .tflite files hold the same operators on the same operands, constants byte by byte and grids included, once their
    border is taken off. What LiteRT computes in one it then computes in the other, since its kernels are deterministic.

    In doubt (control flow, an input that is quantized twice) they are not the same. Raises InputError for a file that is none.
    """
    first, second = (_inside(read_tflite(path)) for path in (one, other))
    return first is not None and first == second


def _inside(graph: Graph) -> list[Any] | None:
    """Everything between the borders, values by number in the order of their making; None in doubt."""
    if any(subgraphs(node) for node in graph.nodes):
        return None
    uses, producers = graph.consumers(), graph.producers()
    numbers: dict[Value, int] = {}
    border = set()
    for value in graph.inputs:
        readers = uses.get(value, [])
        if value.dtype == np.float32 and readers and all(node.op == "QUANTIZE" for node in readers):
            if len(readers) > 1:
                return None
            border.add(readers[0])
            numbers[readers[0].output] = len(numbers)
        else:
            numbers[value] = len(numbers)
    ends = []
    for value in graph.outputs:
        maker = producers.get(value)
        behind = maker is not None and maker.op == "DEQUANTIZE" and value.dtype == np.float32
        if behind and maker is not None and value not in uses:
            border.add(maker)
            ends.append(maker.input(0))
        else:
            ends.append(value)
    told: list[Any] = [(value.shape, value.dtype.name, value.quantization) for value in numbers]
    for node in graph.nodes:
        if node in border:
            continue
        operands = [_told(value, numbers) for value in node.inputs]
        for value in node.outputs:
            numbers[value] = len(numbers)
        results = [(value.shape, value.dtype.name, value.quantization) for value in node.outputs]
        told.append((node.op, dict(node.attrs), operands, results))
    return [*told, [_told(value, numbers) for value in ends]]


def _told(value: Value | None, numbers: dict[Value, int]) -> Any:
    if value is None or value in numbers:
        return None if value is None else numbers[value]
    data = np.ascontiguousarray(value.array).tobytes()
    return (value.shape, value.dtype.name, value.quantization, hashlib.sha256(data).digest())
