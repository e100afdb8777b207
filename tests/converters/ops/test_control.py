"""IF and WHILE by hand: inferred, checked, counted, written, run with and without XNNPACK, read back."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tflite import write_tflite
from converters.frontends.tflite import read_tflite
from converters.graph import Graph, Node, Value, constant
from converters.graph.check import GraphError, check
from converters.graph.nested import all_graphs, with_subgraphs
from converters.graph.statistics import operator_histogram, parameters
from converters.ops import Builder
from converters.quantize.float16 import store_float16, widen_float16
from registry.errors import InputError
from tests.converters.harness import run_graph, run_tflite

STEPS, FEATURES = 4, 12
FLOAT, INTEGER, FLAG = np.dtype(np.float32), np.dtype(np.int32), np.dtype(bool)


def running_sums(matrix: np.ndarray) -> Graph:
    """h = h · matrixᵀ + x for every row x of the input: all h, and the last."""

    def values() -> tuple[Value, Value, Value, Value]:
        return (
            Value("t", (1,), INTEGER),
            Value("h", (1, FEATURES), FLOAT),
            Value("y", (STEPS, FEATURES), FLOAT),
            Value("x", (STEPS, FEATURES), FLOAT),
        )

    c, b, o = Builder(), Builder(), Builder()
    inside = values()
    cond = Graph("cond", inside, (c("LESS", inside[0], np.int32([STEPS])),), c.nodes)
    t, h, y, x = values()
    after = b("ADD", b("FULLY_CONNECTED", h, matrix, None), b("GATHER", x, t))
    start = b("CONCATENATION", t, np.int32([0]))
    written = b("DYNAMIC_UPDATE_SLICE", y, after, start)
    body = Graph("body", (t, h, y, x), (b("ADD", t, np.int32([1])), after, written, x), b.nodes)
    rows = Value("rows", (STEPS, FEATURES), FLOAT)
    zeros = (np.int32([0]), np.zeros((1, FEATURES), np.float32), np.zeros((STEPS, FEATURES), np.float32))
    _, last, all_rows, _ = o.many("WHILE", *zeros, rows, cond_subgraph_index=cond, body_subgraph_index=body)
    return Graph("sums", (rows,), (all_rows, last), o.nodes)


def expected_sums(matrix: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
    rows, h = [], np.zeros((1, FEATURES), np.float32)
    for row in x:
        h = h @ matrix.T + row
        rows.append(h[0])
    return [np.stack(rows), h]


def difference_or_product() -> Graph:
    def branch(op: str) -> Graph:
        b = Builder()
        x, y = Value("x", (2, 3), FLOAT), Value("y", (2, 3), FLOAT)
        return Graph(op.lower(), (x, y), (b(op, x, y), x), b.nodes)

    o = Builder()
    yes, x = Value("yes", (), FLAG), Value("x", (2, 3), FLOAT)
    results = o.many(
        "IF", yes, x, o("NEG", x), then_subgraph_index=branch("SUB"), else_subgraph_index=branch("MUL")
    )
    return Graph("choice", (yes, x), results, o.nodes)


@pytest.fixture
def matrix(rng: np.random.Generator) -> np.ndarray:
    return (rng.normal(size=(FEATURES, FEATURES)) / 4).astype(np.float32)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("delegate", [True, False])
def test_a_loop_runs_again_and_again(
    tmp_path: Path, matrix: np.ndarray, rng: np.random.Generator, delegate: bool
):
    graph = check(running_sums(matrix))
    for _ in range(2):
        x = rng.normal(size=(STEPS, FEATURES)).astype(np.float32)
        for found, wanted in zip(
            run_graph(graph, [x], tmp_path, delegate), expected_sums(matrix, x), strict=True
        ):
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("delegate", [True, False])
def test_a_choice_is_made_at_run_time(tmp_path: Path, rng: np.random.Generator, delegate: bool):
    x = rng.normal(size=(2, 3)).astype(np.float32)
    for yes, wanted in ((True, x + x), (False, -x * x)):
        found = run_graph(check(difference_or_product()), [np.asarray(yes), x], tmp_path, delegate)
        np.testing.assert_allclose(found[0], wanted, rtol=1e-6)
        np.testing.assert_array_equal(found[1], x)


@pytest.mark.parametrize("half", [False, True])
def test_a_file_of_several_subgraphs_comes_back(
    tmp_path: Path, matrix: np.ndarray, rng: np.random.Generator, half: bool
):
    graph = running_sums(matrix)
    write_tflite(store_float16(graph) if half else graph, tmp_path / "m.tflite")
    back = check(read_tflite(tmp_path / "m.tflite"))
    assert [inner.name for inner in all_graphs(back)] == ["sums", "cond", "body"]
    write_tflite(back, tmp_path / "again.tflite")
    x = rng.normal(size=(STEPS, FEATURES)).astype(np.float32)
    first, second = (run_tflite(tmp_path / name, [x]) for name in ("m.tflite", "again.tflite"))
    np.testing.assert_array_equal(first[0], second[0])
    assert ("DEQUANTIZE" in operator_histogram(back)) == half
    assert "DEQUANTIZE" not in operator_histogram(widen_float16(back))


def test_what_is_inside_counts(matrix: np.ndarray):
    graph = running_sums(matrix)
    assert operator_histogram(graph)["FULLY_CONNECTED"] == 1
    assert parameters(graph) == matrix.size + FEATURES * (STEPS + 1)
    doubled = with_subgraphs(graph, lambda inner: Graph(inner.name, inner.inputs, inner.outputs, []))
    assert [len(inner.nodes) for inner in all_graphs(doubled)] == [1, 0, 0]


def test_a_loop_that_does_not_fit_is_refused(matrix: np.ndarray):
    (node,) = running_sums(matrix).nodes
    body = node.attrs["body_subgraph_index"]
    b = Builder()
    with pytest.raises(ValueError, match="it is given"):
        b.many("WHILE", *node.inputs[1:], *node.inputs[:1], **node.attrs)
    outside = Value("outside", (1,), INTEGER)
    reaching = Graph("body", body.inputs, (outside, *body.outputs[1:]), body.nodes)
    other = Graph("body", body.inputs, body.outputs[1:], body.nodes)
    for wrong, says in ((reaching, "never written"), (other, "gives")):
        attrs = {**node.attrs, "body_subgraph_index": wrong}
        broken = Graph(
            "sums", (node.input(3),), node.outputs, [Node("WHILE", node.inputs, node.outputs, attrs)]
        )
        with pytest.raises(GraphError, match=says):
            check(broken)


def test_subgraphs_that_nothing_calls_or_that_call_themselves_are_refused(tmp_path: Path):
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    graph = Graph("g", (Value("yes", (), FLAG),), (constant(np.zeros(2, np.float32)),), [])
    write_tflite(graph, tmp_path / "m.tflite")
    write_tflite(difference_or_product(), tmp_path / "n.tflite")
    for name, change, says in (
        ("m.tflite", lambda model: model.subgraphs.append(model.subgraphs[0]), "called by no"),
        (
            "n.tflite",
            lambda model: setattr(model.subgraphs[0].operators[1].builtinOptions, "thenSubgraphIndex", 0),
            "calls itself",
        ),
    ):
        model = schema.ModelT.InitFromPackedBuf((tmp_path / name).read_bytes(), 0)
        change(model)
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        (tmp_path / name).write_bytes(bytes(builder.Output()))
        with pytest.raises(InputError, match=says):
            read_tflite(tmp_path / name)
