"""Layout: which permutation every value is stored in, solved once for the whole graph and written once."""

from dataclasses import replace

from converters.graph import Graph, Value
from converters.graph.nested import with_subgraphs
from converters.layout.assign import assign
from converters.layout.problem import pose
from converters.layout.rewrite import Kept, Laid, rewrite
from converters.layout.sequences import convolved_sequences
from converters.ops.equation import channels_last, identity

__all__ = ["Kept", "Laid", "assign_layouts"]


def assign_layouts(graph: Graph, keep: frozenset[Value] = frozenset()) -> Laid:
    """`graph` with the fewest transposed bytes.

    Inputs of three or more axes, outputs of four or more and sequences that a convolution writes may come out channels last, where that
    is cheaper, except those in `keep` and sequences of one channel or one step, whose shape nobody expects to change. Subgraphs are
    laid out each on its own and keep their inputs and outputs as they came.
    """
    kept: list[Kept] = []

    def inside(inner: Graph) -> Graph:
        laid = assign_layouts(inner, frozenset((*inner.inputs, *inner.outputs)))
        kept.extend(laid.kept)
        return laid.graph

    graph = with_subgraphs(graph, inside)
    boundary = {
        value: (identity(value.rank), channels_last(value.rank))
        for values, least in ((graph.inputs, 3), (graph.outputs, 4), (convolved_sequences(graph), 3))
        for value in values
        if value.rank >= least and value not in keep and not (value.rank == 3 and 1 in value.shape[1:])
    }
    problem = pose(graph, boundary)
    assign(problem)
    laid = rewrite(problem)
    return replace(laid, kept=(*laid.kept, *kept))
