"""Shapes, axes, bounds and sizes that come as inputs of the run: one file, several runs, each against ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, save

from converters.engine import Options, build, emit_tflite
from converters.ops.equation import inverse
from tests.converters.harness import run_source, run_tflite

KINDS = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}
X = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
IMAGE = np.random.default_rng(1).normal(size=(1, 2, 5, 6)).astype(np.float32)


def ints(*numbers: int) -> Any:
    return np.asarray(numbers, np.int64)


def compare(
    op: str, runs: Sequence[Sequence[Any]], folder: Path, outputs: int = 1, **attributes: Any
) -> None:
    """One conversion for all `runs`, which differ in the values of their inputs and not in their shapes; None is left out."""
    names = ["" if array is None else f"i{k}" for k, array in enumerate(runs[0])]
    graph = helper.make_graph(
        [helper.make_node(op, names, [f"y{k}" for k in range(outputs)], **attributes)],
        "g",
        [
            helper.make_tensor_value_info(name, KINDS[array.dtype.name], array.shape)
            for name, array in zip(names, runs[0], strict=True)
            if name
        ],
        [helper.make_tensor_value_info(f"y{k}", TensorProto.UNDEFINED, None) for k in range(outputs)],
    )
    for output in graph.output:
        output.type.tensor_type.elem_type = KINDS[_kind(op, runs[0], output.name)]
    path = folder / "m.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), str(path))
    built = build(path, Options())
    emit_tflite(built, "float32", folder / "m.tflite")
    for inputs in ([array for array in arrays if array is not None] for arrays in runs):
        fed = [
            np.array(a.transpose(t.permutation), order="C") for t, a in zip(built.inputs, inputs, strict=True)
        ]
        found = run_tflite(folder / "m.tflite", fed)
        for tensor, actual, wanted in zip(built.outputs, found, run_source(path, list(inputs)), strict=True):
            np.testing.assert_allclose(
                actual.transpose(inverse(tensor.permutation)),
                wanted,
                rtol=1e-5,
                atol=1e-5,
                err_msg=f"{op} {inputs[1:]}",
            )


def _kind(op: str, inputs: Sequence[Any], output: str) -> str:
    if op == "NonZero" or (op == "TopK" and output == "y1"):
        return "int64"
    return str(inputs[0].dtype)


CASES: dict[str, tuple[str, list[list[Any]], dict[str, Any]]] = {
    "reshape": ("Reshape", [[X, ints(4, 6)], [X, ints(-1, 2)], [X, ints(0, 12)]], {}),
    "reshape to more axes": ("Reshape", [[X, ints(2, 0, 2, 2)], [X, ints(1, -1, 2, 2)]], {}),
    "squeeze": ("Squeeze", [[X[:, :1, None], ints(1, 2)], [X[:, :1, None], ints(2, -3)]], {}),
    "unsqueeze": ("Unsqueeze", [[X, ints(0, 4)], [X, ints(-1, 1)], [X, ints(3, 1)]], {}),
    "expand": ("Expand", [[X[:, :1], ints(2, 5, 4)], [X[:, :1], ints(1, 1, 1)]], {}),
    "expand to more axes": ("Expand", [[X, ints(3, 1, 1, 4)], [X, ints(1, 2, 3, 4)]], {}),
    "tile": ("Tile", [[X, ints(1, 2, 3)], [X, ints(2, 1, 1)]], {}),
    "slice": (
        "Slice",
        [
            [X, ints(0, 1), ints(1, 9), ints(0, 2), ints(1, 2)],
            [X, ints(-1, 3), ints(-99, 0), ints(1, -1), ints(-1, -2)],
            [X, ints(-2, 0), ints(2**62, 2**62), ints(2, 0), ints(1, 1)],
        ],
        {},
    ),
    "pad": ("Pad", [[X, ints(0, 1, 2, 1, 0, 0)], [X, ints(0, -1, 2, 1, 0, -2)]], {}),
    "pad with edges": ("Pad", [[X, ints(0, 1, 2, 1, 0, 3)], [X, ints(0, 0, 0, 0, 0, 0)]], {"mode": "edge"}),
    "pad by reflection": ("Pad", [[X, ints(0, 1, 2, 1, 2, 3)]], {"mode": "reflect"}),
    "sum": ("ReduceSum", [[X, ints(0, 2)], [X, ints(-1, 1)]], {"keepdims": 1}),
    "sum without the axes": ("ReduceSum", [[X, ints(0, 2)], [X, ints(-1, 1)]], {"keepdims": 0}),
    "mean": ("ReduceMean", [[X, ints(1)], [X, ints(2)]], {"keepdims": 0}),
    "l2": ("ReduceL2", [[X, ints(1)], [X, ints(-3)]], {"keepdims": 1}),
    "range": ("Range", [[np.int64(2), np.int64(9), np.int64(3)], [np.int64(5), np.int64(-4), np.int64(-2)]], {}),
    "non zero": ("NonZero", [[X * (X > 0)], [X * (X > 1)]], {}),
    "compress": ("Compress", [[X, np.asarray([True, False, True])], [X, np.asarray([False, False, True])]], {"axis": 1}),
    "one length of all": ("TopK", [[X, ints(2)], [X, ints(1)]], {"axis": 1, "largest": 0}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_against_onnx_runtime(name: str, tmp_path: Path) -> None:
    op, runs, attributes = CASES[name]
    runs = [[np.asarray(array) for array in arrays] for arrays in runs]
    compare(op, runs, tmp_path, 2 if op == "TopK" else 1, **attributes)


def test_split_by_computed_lengths(tmp_path: Path) -> None:
    compare("Split", [[X, ints(1, 3)], [X, ints(2, 2)]], tmp_path, 2, axis=2)


RESIZES = [
    *({"mode": "nearest", "nearest_mode": m} for m in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")),
    *({"mode": "linear", "coordinate_transformation_mode": m} for m in ("half_pixel", "asymmetric", "align_corners")),
    *({"mode": "cubic", "coordinate_transformation_mode": m} for m in ("pytorch_half_pixel", "align_corners")),
]  # fmt: skip


@pytest.mark.parametrize("attributes", RESIZES, ids=lambda a: "-".join(a.values()))
@settings(max_examples=4, deadline=None, derandomize=True)
@given(st.tuples(st.integers(2, 9), st.integers(2, 9)))
def test_resize_to_a_computed_size(
    attributes: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, size: tuple[int, int]
) -> None:
    folder = tmp_path_factory.mktemp("resize")
    compare("Resize", [[IMAGE, None, None, ints(1, 2, *size)]], folder, **attributes)


def test_resize_by_computed_scales(tmp_path: Path) -> None:
    scales = [np.asarray([1, 1, a, b], np.float32) for a, b in ((2, 3), (1.5, 2.5))]
    compare("Resize", [[IMAGE, None, s] for s in scales], tmp_path, mode="nearest")
