"""Every pass and every rule of the pipeline, and its two halves, on real graphs at the place where they run: a second time they change
nothing."""

import hashlib
import inspect
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.engine import Options, build
from converters.graph import Graph, Value
from converters.passes import pipeline
from converters.passes.rules import Note, Rule, rewrite
from tests.conftest import corpus
from tests.converters.frontends.openvino.models import model_of, weights

NO_PASSES = {"check", "rewrite", "with_subgraphs"}
"""What the pipeline calls besides passes."""


def signature(graph: Graph) -> Any:
    """All of a graph but its names."""
    place = {value: number for number, value in enumerate(graph.inputs)}

    def reference(value: Value | None) -> Any:
        if value is None or value in place:
            return place.get(value) if value is not None else None
        digest = hashlib.sha256(np.ascontiguousarray(value.array).tobytes()).hexdigest()
        return value.shape, value.dtype.name, digest

    rows = []
    for node in graph.nodes:
        operands = [reference(value) for value in node.inputs]
        place.update({value: len(place) + i for i, value in enumerate(node.outputs)})
        attrs = [
            (k, signature(v) if isinstance(v, Graph) else repr(v)) for k, v in sorted(node.attrs.items())
        ]
        rows.append((node.op, operands, [(v.shape, v.dtype.name) for v in node.outputs], attrs))
    return [(v.shape, v.dtype.name) for v in graph.inputs], rows, [reference(v) for v in graph.outputs]


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each pass and rule was held against its own second run."""
    seen: Counter[str] = Counter()

    def compare(name: str, once: Graph, again: Graph) -> None:
        seen[name] += 1
        assert signature(once) == signature(again), f"{name} changes something when it runs again"

    def twice(name: str, run: Callable[[Graph], Graph]) -> Callable[[Graph], Graph]:
        def both(graph: Graph) -> Graph:
            once = run(graph)
            compare(name, once, run(once))
            return once

        return both

    def rules_twice(graph: Graph, rules: tuple[Rule, ...], notes: list[Note] | None = None) -> Graph:
        for one in rules:
            alone = rewrite(graph, (one,))
            compare(one.name, alone, rewrite(alone, (one,)))
        together = rewrite(graph, rules, notes)
        compare("all rules", together, rewrite(together, rules))
        return together

    for name, found in list(vars(pipeline).items()):
        is_pass = inspect.isfunction(found) and name not in NO_PASSES
        if is_pass and found.__module__.startswith("converters.passes"):
            monkeypatch.setattr(pipeline, name, twice(name, found))
    monkeypatch.setattr(pipeline, "rewrite", rules_twice)
    return seen


def test_attention_windows_shuffles_and_loops(done: Counter[str], tmp_path: Path) -> None:
    """A small graph that has something for most passes."""
    openvino = pytest.importorskip("openvino")
    ops = openvino.opset15

    def attention(x: Any) -> Any:
        heads = []
        for seed in (1, 2, 3):
            projected = ops.add(
                ops.matmul(x, weights(16, 16, seed=seed), False, False), weights(16, seed=seed)
            )
            split = ops.reshape(projected, [1, 16, 2, 8], False)
            heads.append(ops.transpose(split, [0, 2, 1, 3]))
        scores = ops.multiply(ops.matmul(heads[0], heads[1], False, True), np.float32(0.35))
        mixed = ops.matmul(ops.softmax(scores, -1), heads[2], False, False)
        return ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), [1, 16, 16], False)

    def made(image: Any) -> Any:
        x = ops.convolution(image, weights(16, 3, 3, 3), [2, 2], [1, 1], [1, 1], [1, 1])
        x = ops.relu(ops.multiply(ops.add(x, weights(1, 16, 1, 1)), weights(1, 16, 1, 1, seed=4)))
        x = ops.max_pool(x, [1, 1], [1, 1], [1, 1], [1, 1], [3, 3]).output(0)
        shuffled = ops.reshape(
            ops.transpose(ops.reshape(x, [1, 2, 8, 4, 4], False), [0, 2, 1, 3, 4]), [1, 16, 4, 4], False
        )
        x = ops.concat(
            [ops.swish(shuffled), ops.pad(x, [0] * 4, [0] * 4, "constant", ops.constant(np.float32(0)))], 1
        )
        x = ops.convolution(x, weights(16, 32, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        tokens = ops.transpose(ops.reshape(x, [1, 16, 16], False), [0, 2, 1])
        zeros, ends = np.zeros((1, 2, 4), np.float32), np.array([16], np.int32)
        parts = weights(2, 12, 16), weights(2, 12, 4), weights(2, 12)
        looped = ops.gru_sequence(attention(tokens), zeros, ends, *parts, 4, "bidirectional").output(0)
        return ops.reduce_mean(looped, np.array([2]), False)

    _built(made, (1, 3, 8, 8), tmp_path)
    passes = {name for name in done if name != "all rules"}
    assert {"seal", "project_heads", "dissolve_shuffles", "sink_reshapes", "fold_scale", "integer"} <= passes
    assert {"prepare", "tidy"} <= passes


def _built(made: Callable[[Any], Any], shape: tuple[int, ...], folder: Path) -> Graph:
    import openvino

    openvino.save_model(model_of(made, shape), folder / "model.xml", compress_to_fp16=False)
    return build(folder / "model.xml", Options()).graph


def test_windows_of_attention(done: Counter[str], tmp_path: Path) -> None:
    """Two blocks of a Swin transformer, the second on shifted windows: heads are cut out of what was reshaped into windows."""
    openvino = pytest.importorskip("openvino")
    ops = openvino.opset15
    side, window, width, heads = 8, 4, 64, 2
    windows, inside = side // window, window * window

    def normed(x: Any) -> Any:
        x = ops.mvn(x, np.array([-1]), True, 1e-5, "inside_sqrt")
        return ops.add(ops.multiply(x, weights(width)), weights(width, seed=2))

    def linear(x: Any, before: int, after: int) -> Any:
        return ops.add(ops.matmul(x, weights(before, after), False, False), weights(after))

    def attention(x: Any) -> Any:
        split = ops.reshape(
            linear(x, width, 3 * width), [windows**2, inside, 3, heads, width // heads], False
        )
        parts = ops.split(ops.transpose(split, [2, 0, 3, 1, 4]), 0, 3).outputs()
        q, k, v = (ops.squeeze(part, np.array([0])) for part in parts)
        scores = ops.matmul(ops.multiply(q, np.float32(0.2)), k, False, True)
        scores = ops.add(scores, weights(1, heads, inside, inside))
        mixed = ops.matmul(ops.softmax(scores, -1), v, False, False)
        joined = ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), [windows**2, inside, width], False)
        return linear(joined, width, width)

    def rolled(x: Any, shift: int) -> Any:
        return ops.roll(x, np.array([shift, shift]), np.array([1, 2])) if shift else x

    def block(x: Any, shift: int) -> Any:
        image = rolled(ops.reshape(normed(x), [1, side, side, width], False), -shift)
        cut = ops.reshape(image, [1, windows, window, windows, window, width], False)
        cut = ops.reshape(ops.transpose(cut, [0, 1, 3, 2, 4, 5]), [windows**2, inside, width], False)
        found = ops.reshape(attention(cut), [1, windows, windows, window, window, width], False)
        image = ops.reshape(ops.transpose(found, [0, 1, 3, 2, 4, 5]), [1, side, side, width], False)
        x = ops.add(x, ops.reshape(rolled(image, shift), [1, side * side, width], False))
        hidden = ops.gelu(linear(normed(x), width, 2 * width), "erf")
        return ops.add(x, linear(hidden, 2 * width, width))

    def made(image: Any) -> Any:
        x = ops.convolution(image, weights(width, 3, 4, 4), [4, 4], [0, 0], [0, 0], [1, 1])
        tokens = ops.transpose(ops.reshape(x, [1, width, side * side], False), [0, 2, 1])
        return ops.reduce_mean(block(block(tokens, 0), 2), np.array([1]), False)

    graph = _built(made, (1, 3, 4 * side, 4 * side), tmp_path)
    assert done["project_heads"] >= 2
    assert sum(node.op == "BATCH_MATMUL" for node in graph.nodes) == 2 * (3 + 2)


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["sinet", "fastestdet", "blazepose", "minifasnet_v1se", "ultraface_rfb320"])
def test_models_of_other_people(done: Counter[str], name: str) -> None:
    build(corpus(f"onnx/{name}.onnx"), Options())
    assert done["all rules"] >= 4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SsdHead", "AudioM5", "Espcn", "Gru", "Lstm"])
def test_networks_of_the_benchmark(done: Counter[str], name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    networks = pytest.importorskip("benchmarks.architecture_networks")
    shapes = {"SsdHead": (1, 3, 64, 64), "AudioM5": (1, 1, 2000), "Espcn": (1, 1, 32, 32)}
    sample = torch.zeros(shapes.get(name, (1, 12, 16)))
    network = getattr(networks, name)().eval()
    torch.onnx.export(network, (sample,), str(tmp_path / "net.onnx"), opset_version=17, dynamo=False)
    build(tmp_path / "net.onnx", Options())
    assert done["all rules"] >= 4
