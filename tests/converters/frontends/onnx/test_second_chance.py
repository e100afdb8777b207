"""Models that OpenVINO refuses or misreads, all the way to LiteRT, against onnx's reference evaluator."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save
from onnx.reference import ReferenceEvaluator

from converters.engine import Options, build
from converters.frontends.onnx.marks import holds_marks
from registry.errors import ConversionError
from tests.converters.harness import convert_and_compare

RNG = np.random.default_rng(7)
TO = helper.np_dtype_to_tensor_dtype


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape).astype(np.float32)


def ints(*numbers: int) -> Any:
    return np.asarray(numbers, np.int64)


def model(
    nodes: Sequence[Any],
    inputs: dict[str, Any],
    outputs: Sequence[tuple[str, int]],
    opset: int,
    **constants: Any,
) -> Any:
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info(name, TO(a.dtype), a.shape) for name, a in inputs.items()],
        [helper.make_tensor_value_info(name, kind, None) for name, kind in outputs],
        [numpy_helper.from_array(np.asarray(a), name) for name, a in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def check(
    op: str,
    *arrays: Any,
    kinds: Sequence[int] = (TensorProto.FLOAT,),
    opset: int = 24,
    constants: Sequence[int] = (),
    **attributes: Any,
) -> None:
    """One node on `arrays` (None is left out, those numbered in `constants` are written into the model)."""
    names = ["" if array is None else f"x{i}" for i, array in enumerate(arrays)]
    given = {n: a for i, (n, a) in enumerate(zip(names, arrays, strict=True)) if n and i not in constants}
    fixed = {names[i]: arrays[i] for i in constants}
    outputs = [(f"y{i}", kind) for i, kind in enumerate(kinds)]
    node = helper.make_node(op, names, [name for name, _ in outputs], **attributes)
    made = model([node], given, outputs, opset, **fixed)
    expected = ReferenceEvaluator(made).run(None, given)
    convert_and_compare(made, inputs=list(given.values()), expected=expected, delegates=[True])


@pytest.mark.parametrize("shape", [(4, 5), (30,)])
def test_remainder_of_floats(shape: tuple[int, ...]) -> None:
    check("Mod", normal(*shape) * 5, normal(*shape) + 0.1, opset=13)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("attributes", [{}, {"exclusive": 1}, {"reverse": 1}, {"exclusive": 1, "reverse": 1}])
@pytest.mark.parametrize("constants", [(), (1,)])
def test_running_product(axis: int, attributes: dict[str, int], constants: Sequence[int]) -> None:
    check("CumProd", normal(3, 6) + 1, np.int64(axis), opset=26, constants=constants, **attributes)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_determinant(size: int) -> None:
    check("Det", normal(3, size, size))


@pytest.mark.parametrize(
    ("here", "there"),
    [(np.int8, np.uint8), (np.uint8, np.int8), (np.int32, np.uint32), (np.uint16, np.int16)],
)
def test_bits_of_integers(here: Any, there: Any) -> None:
    limits = np.iinfo(here)
    x = np.asarray([limits.min, limits.max, 0, 1, limits.max // 2], here)
    made = model(
        [helper.make_node("BitCast", ["x"], ["y"], to=TO(np.dtype(there)))],
        {"x": x},
        [("y", TO(np.dtype(there)))],
        26,
    )
    convert_and_compare(made, inputs=[x], expected=[x.view(there)])


@pytest.mark.parametrize("mode", ["linear", "circular"])
def test_update_of_a_cache(mode: str) -> None:
    starts = ints(1, 2) if mode == "linear" else ints(4, 3)
    check("TensorScatter", normal(2, 3, 5, 4), normal(2, 3, 2, 4), starts, axis=2, mode=mode)


def test_unpooling() -> None:
    x = normal(1, 2, 6, 4)
    pool = helper.make_node("MaxPool", ["x"], ["p", "i"], kernel_shape=[2, 2], strides=[2, 2])
    maximum, where = ReferenceEvaluator(model([pool], {"x": x}, [("p", 1), ("i", 7)], 22)).run(None, {"x": x})
    check("MaxUnpool", maximum, where, opset=22, kernel_shape=[2, 2], strides=[2, 2])


def test_padding_that_goes_around() -> None:
    check("Pad", normal(3, 4), ints(2, 1, 0, 5), opset=19, mode="wrap")
    check("Pad", normal(3, 4), ints(1, 2), None, ints(1), opset=19, mode="wrap", constants=(3,))


@pytest.mark.parametrize("mode", ["TF", "IDF", "TFIDF"])
def test_counting_of_n_grams(mode: str) -> None:
    check(
        "TfIdfVectorizer",
        ints(1, 1, 3, 3, 3, 7, 8, 6, 7, 5, 6, 8, 3, 7).reshape(2, 7),
        opset=9,
        mode=mode,
        min_gram_length=1,
        max_gram_length=2,
        max_skip_count=2,
        ngram_counts=[0, 4],
        ngram_indexes=[0, 1, 2, 3, 4, 5, 6],
        pool_int64s=[2, 3, 5, 4, 5, 6, 7, 8, 6, 7],
        weights=[0.5, 2.0, 1.0, 3.0, 1.5, 0.25, 4.0],
    )


def test_optional_values_that_are_tensors() -> None:
    nodes = [
        helper.make_node("OptionalHasElement", ["x"], ["there"]),
        helper.make_node("Neg", ["x"], ["n"]),
        helper.make_node("Where", ["there", "x", "n"], ["y"]),
    ]
    x = normal(3)
    convert_and_compare(model(nodes, {"x": x}, [("y", 1)], 18), inputs=[x], expected=[x])
    check("OptionalGetElement", normal(3), opset=18)


@pytest.mark.parametrize(("op", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_batch_first(op: str, gates: int, tmp_path: Path) -> None:
    x, w, r = normal(2, 5, 3), normal(1, gates * 4, 3), normal(1, gates * 4, 4)
    node = helper.make_node(op, ["x", "w", "r"], ["y", "h"], hidden_size=4, layout=1)
    made = model([node], {"x": x}, [("y", 1), ("h", 1)], 22, w=w, r=r)
    save(made, str(tmp_path / "m.onnx"))
    assert holds_marks(tmp_path / "m.onnx")
    convert_and_compare(made, inputs=[x], expected=ReferenceEvaluator(made).run(None, {"x": x}))


def test_scan_with_values_from_outside() -> None:
    body = helper.make_graph(
        [helper.make_node("Mul", ["xt", "scale"], ["m"]), helper.make_node("Add", ["s", "m"], ["t"])],
        "body",
        [helper.make_empty_tensor_value_info("s"), helper.make_empty_tensor_value_info("xt")],
        [helper.make_empty_tensor_value_info("t"), helper.make_empty_tensor_value_info("m")],
    )
    nodes = [
        helper.make_node("Sqrt", ["k"], ["scale"]),
        helper.make_node("Scan", ["start", "x"], ["last", "all"], body=body, num_scan_inputs=1),
    ]
    x, start, k = normal(4, 3), normal(3), np.abs(normal(3))
    made = model(nodes, {"start": start, "x": x, "k": k}, [("last", 1), ("all", 1)], 22)
    all_ = x * np.sqrt(k)
    convert_and_compare(made, inputs=[start, x, k], expected=[start + all_.sum(axis=0), all_])


def test_function_bodies_take_their_places() -> None:
    check("SwiGLU", normal(2, 8), normal(2, 8), opset=28)


def test_what_nothing_helps_is_refused_in_its_own_words(tmp_path: Path) -> None:
    made = model(
        [helper.make_node("ImageDecoder", ["x"], ["y"])],
        {"x": np.zeros(9, np.uint8)},
        [("y", TensorProto.UINT8)],
        20,
    )
    save(made, str(tmp_path / "m.onnx"))
    with pytest.raises(ConversionError, match="ImageDecoder"):
        build(tmp_path / "m.onnx", Options())
