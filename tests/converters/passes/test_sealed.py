"""What only the run knows is left alone, what surrounds it is not."""

import numpy as np

from converters.graph import Graph, Value
from converters.ops.builder import Builder
from converters.passes.sealed import seal, unseal


def test_nodes_of_unknown_dimensions_take_part_unnamed_and_come_back() -> None:
    b = Builder()
    x = Value("x", (2, 3), np.dtype(np.float32))
    doubled = b("ADD", x, x)
    found = b("WHERE", b("GREATER", doubled, np.float32(0)))
    turned = b.transpose(found, (1, 0))
    graph = Graph("g", (x,), (turned,), b.nodes)
    sealed = seal(graph)
    assert [node.op for node in sealed.nodes] == ["ADD", "GREATER", "SEALED:WHERE", "SEALED:TRANSPOSE"]
    assert [node.op for node in unseal(sealed).nodes] == [node.op for node in graph.nodes]
    known = Graph("k", (x,), (doubled,), b.nodes[:1])
    assert seal(known) is known
    assert unseal(known) is known
