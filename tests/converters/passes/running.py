"""Rewriting a small graph by rules and running both in LiteRT."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from converters.graph import Graph, Value
from converters.graph.check import check
from converters.ops.builder import Builder
from converters.passes.rules import Note, Rule, rewrite
from tests.converters.harness import difference, random_array, run_graph


def image(*shape: int) -> Value:
    return Value("x", shape, np.dtype(np.float32))


def weights(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def graph_of(b: Builder, inputs: Sequence[Value], *outputs: Value) -> Graph:
    return check(Graph("small", tuple(inputs), outputs, b.nodes), "building")


def rewritten(graph: Graph, rules: tuple[Rule, ...], folder: Path) -> tuple[list[str], list[Note]]:
    """(the operators that are left, notes); the results are the same, and a second time nothing happens."""
    notes: list[Note] = []
    after = check(rewrite(graph, rules, notes), "rewriting")
    rng = np.random.default_rng(0)
    given = [random_array(value.shape, value.dtype, rng) for value in graph.inputs]
    for a, b in zip(run_graph(after, given, folder), run_graph(graph, given, folder), strict=True):
        assert difference("", a, b) <= 2e-6
    again = rewrite(after, rules)
    assert [(n.op, n.inputs, n.outputs) for n in again.nodes] == [
        (n.op, n.inputs, n.outputs) for n in after.nodes
    ]
    return [node.op for node in after.nodes], notes


def reasons(notes: list[Note], rule: str) -> list[str]:
    return [note.reason for note in notes if note.rule == rule]
