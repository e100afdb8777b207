"""What every op of a .tflite has to do: floating-point (or integer) operations and bytes moved, from shapes and types alone.

A multiply-add counts as two. Bytes are what the op reads and writes if nothing stays in a cache: inputs, weights and outputs.
"""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

_BITS = {
    "FLOAT32": 32,
    "FLOAT16": 16,
    "INT32": 32,
    "UINT8": 8,
    "INT64": 64,
    "BOOL": 8,
    "INT16": 16,
    "INT8": 8,
    "FLOAT64": 64,
    "UINT32": 32,
    "UINT16": 16,
    "INT4": 4,
}
_FREE = {"RESHAPE", "SQUEEZE", "EXPAND_DIMS"}
_MOVES = {
    *("TRANSPOSE", "CONCATENATION", "PAD", "PADV2", "MIRROR_PAD", "SLICE", "STRIDED_SLICE", "SPLIT", "SPLIT_V", "PACK", "UNPACK"),
    *("GATHER", "GATHER_ND", "TILE", "DEPTH_TO_SPACE", "SPACE_TO_DEPTH", "RESIZE_NEAREST_NEIGHBOR", "SHAPE", "BROADCAST_TO"),
    *("BATCH_TO_SPACE_ND", "SPACE_TO_BATCH_ND", "REVERSE_V2", "CAST", "DEQUANTIZE", "QUANTIZE", "FILL", "DENSIFY"),
}  # fmt: skip


@dataclass(frozen=True)
class OpWork:
    """One op of the main subgraph, with the name and shape of its first output."""

    index: int
    kind: str
    name: str
    shape: tuple[int, ...]
    flops: int
    bytes: int


def work(path: Path) -> tuple[OpWork, ...]:
    """The ops in order; a run-time dimension counts as 1. Raises whatever the schema's reader raises for a damaged file."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    kinds = _names(schema.BuiltinOperator)
    types = _names(schema.TensorType)
    graph = model.subgraphs[0]
    found = []
    for index, op in enumerate(graph.operators or []):
        code = model.operatorCodes[op.opcodeIndex]
        kind = kinds[max(code.builtinCode, code.deprecatedBuiltinCode)]
        if kind == "CUSTOM":
            kind = (code.customCode or b"CUSTOM").decode(errors="replace")
        ins = [graph.tensors[one] for one in op.inputs if one >= 0] if op.inputs is not None else []
        outs = [graph.tensors[one] for one in op.outputs if one >= 0] if op.outputs is not None else []
        moved = 0 if kind in _FREE else sum(_bytes(one, types) for one in (*ins, *outs))
        first = outs[0] if outs else None
        found.append(
            OpWork(
                index=index,
                kind=kind,
                name=(first.name or b"").decode(errors="replace") if first is not None else "",
                shape=_shape(first) if first is not None else (),
                flops=_flops(kind, [_shape(one) for one in ins], [_shape(one) for one in outs]),
                bytes=moved,
            )
        )
    return tuple(found)


def _flops(kind: str, ins: list[tuple[int, ...]], outs: list[tuple[int, ...]]) -> int:
    if not outs or kind in _FREE or kind in _MOVES:
        return 0
    made = prod(outs[0])
    if kind == "CONV_2D":  # filter: out, height, width, in (per group)
        return 2 * made * prod(ins[1][1:])
    if kind == "DEPTHWISE_CONV_2D":  # filter: 1, height, width, channels
        return 2 * made * prod(ins[1][1:3])
    if kind == "TRANSPOSE_CONV":  # output shape, filter (out, height, width, in), input
        return 2 * prod(ins[2]) * prod(ins[1][:3])
    if kind == "CONV_3D":  # filter: depth, height, width, in, out
        return 2 * made * prod(ins[1][:4])
    if kind == "FULLY_CONNECTED":  # filter: out, in
        return 2 * made * ins[1][-1]
    if kind == "BATCH_MATMUL":
        return 2 * made * _inner(ins, outs)
    if kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "ARG_MAX"):
        return prod(ins[0])
    return made


def _inner(ins: list[tuple[int, ...]], outs: list[tuple[int, ...]]) -> int:
    """The summed dimension of a matrix product, whichever way its operands are turned: rows are in both left operand and output."""
    rows = outs[0][-2] if len(outs[0]) > 1 else 1
    return max(1, ins[0][-1] * (ins[0][-2] if len(ins[0]) > 1 else 1) // max(1, rows))


def _shape(tensor: Any) -> tuple[int, ...]:
    return tuple(max(1, int(size)) for size in tensor.shape) if tensor.shape is not None else ()


def _bytes(tensor: Any, types: dict[int, str]) -> int:
    return int(np.ceil(prod(_shape(tensor)) * _BITS.get(types[tensor.type], 8) / 8))


def _names(kind: type) -> dict[int, str]:
    return {number: name for name, number in vars(kind).items() if not name.startswith("_")}
