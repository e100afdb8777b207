"""One operator and every form of it that its layout equation promises, in one graph, run once in LiteRT."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converters.graph import Graph, Node, Value, constant
from converters.ops.builder import Builder
from converters.ops.equation import Plan
from converters.ops.spec import OPS
from tests.converters.harness import Array, difference, random_array, run_graph


@dataclass(frozen=True)
class Form:
    """The operator by `plan`, which the equation gave for `asked`."""

    asked: tuple[str, int, tuple[int, ...]]
    plan: Plan
    node: Node


def build(op: str, operands: Sequence[Value | Array | None], **attrs: Any) -> Node:
    """A node of values (data) and arrays (constants), its results inferred."""
    builder = Builder()
    builder.many(op, *operands, **attrs)
    return builder.nodes[-1]


def data(shape: Sequence[int], dtype: Any = np.float32) -> Value:
    return Value("x", tuple(shape), np.dtype(dtype))


def forms(node: Node) -> list[Form]:
    """What the equation answers to every permutation of every data operand and result."""
    equation = OPS[node.op].equation
    assert equation is not None
    found = []
    asks = [
        ("in", slot, value)
        for slot, value in enumerate(node.inputs)
        if value is not None and not value.is_constant
    ]
    asks += [("out", index, value) for index, value in enumerate(node.outputs)]
    for side, index, value in asks:
        for permutation in itertools.permutations(range(value.rank)):
            plan = equation(node, side, index, permutation)  # type: ignore[arg-type]
            if plan is None:
                continue
            answered = plan.inputs[index] if side == "in" else plan.outputs[index]
            assert answered == permutation, f"asked for {permutation}, the plan has {answered}"
            found.append(Form((side, index, permutation), plan, carried_out(node, plan)))
    return found


def carried_out(node: Node, plan: Plan) -> Node:
    """`node` by `plan`, on operands of its own."""
    operands: list[Value | None] = list(node.inputs)
    for slot, (value, permutation) in enumerate(zip(node.inputs, plan.inputs, strict=True)):
        if value is not None and not value.is_constant:
            assert permutation is not None, f"operand {slot} is data and the plan gives it no permutation"
            operands[slot] = data([value.shape[axis] for axis in permutation], value.dtype)
    for slot, make in plan.constants.items():
        operands[slot] = constant(make())
    results = tuple(
        Value("y", tuple(value.shape[axis] for axis in permutation), value.dtype)
        for value, permutation in zip(node.outputs, plan.outputs, strict=True)
    )
    return Node(node.op, tuple(operands), results, {**node.attrs, **plan.attrs})


def hold(node: Node, folder: Path, *, positive: bool = False, seed: int = 0) -> int:
    """Run `node` and all its forms; every form's results must be the node's, permuted. Returns the number of forms."""
    made = forms(node)
    arrays: dict[Value, Array] = {}
    rng = np.random.default_rng(seed)
    for value in node.inputs:
        if value is not None and not value.is_constant and value not in arrays:
            drawn = random_array(value.shape, value.dtype, rng)
            arrays[value] = np.abs(drawn) + 0.5 if positive else drawn
    feeds = dict(arrays)
    for form in made:
        for given, value, permutation in zip(form.node.inputs, node.inputs, form.plan.inputs, strict=True):
            if value in arrays and given is not None and permutation is not None:
                assert value is not None
                feeds[given] = arrays[value].transpose(permutation)
    nodes = [node, *(form.node for form in made)]
    outputs = tuple(value for each in nodes for value in each.outputs)
    graph = Graph("equations", tuple(feeds), outputs, nodes)
    results = iter(run_graph(graph, list(feeds.values()), folder))
    expected = [next(results) for _ in node.outputs]
    for form in made:
        for index, permutation in enumerate(form.plan.outputs):
            found, wanted = next(results), expected[index].transpose(permutation)
            context = f"{node.op}{[v.shape for v in node.inputs if v is not None]} {dict(node.attrs)} asked {form.asked}"
            assert found.shape == wanted.shape, context
            assert difference(context, found, wanted) <= 2e-6, context
    return len(made)
