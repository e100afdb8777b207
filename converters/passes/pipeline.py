"""The passes, in order, on one screen."""

from converters.graph import Graph
from converters.graph.check import check
from converters.graph.nested import with_subgraphs
from converters.passes.attention import without_biases
from converters.passes.blocks import space_to_depth
from converters.passes.channels import gather_into_weights
from converters.passes.clean import (
    flatten_into_fully_connected,
    keep_precision,
    merge_concatenations,
    merge_reshapes,
    reduction_of_reshape,
    reshape_of_reduction,
    share_work,
    shrink_constant,
)
from converters.passes.fold_before import fold_offset_before, fold_scale_before, merge_scales
from converters.passes.fuse import fold_bias, fold_scale, fuse_activation
from converters.passes.heads import project_heads
from converters.passes.integer import integer
from converters.passes.loops import keep_state_apart, without_idle_state
from converters.passes.nest import nest_concatenations
from converters.passes.orders import dissolve_shuffles
from converters.passes.pads import fold_pad_into_conv, fold_pad_into_max_pool, pad_max_pool_with_zeros
from converters.passes.pairs import logistic_for_pairs
from converters.passes.ranks import few_axes
from converters.passes.regroup import keep_axes_apart
from converters.passes.rules import Note, prune, rewrite
from converters.passes.sealed import seal, unseal
from converters.passes.sink import sink_reshapes
from converters.passes.slices import slice_of_concatenation, split_slices
from converters.passes.swapped import multiply_from_the_left
from converters.passes.unflatten import unflatten_in_order
from converters.passes.untangle import untangle

BEFORE_LAYOUT = (merge_reshapes, flatten_into_fully_connected)
"""What lets the layout solver see more freedom."""

INTO_LINEAR = (fold_scale, fold_bias, merge_scales, fold_offset_before, fold_scale_before)
"""What a linear layer absorbs, before it is computed for each head."""

AFTER_LAYOUT = (
    keep_precision,
    merge_reshapes,
    reduction_of_reshape,
    reshape_of_reduction,
    flatten_into_fully_connected,
    slice_of_concatenation,
    merge_concatenations,
    fold_pad_into_conv,
    pad_max_pool_with_zeros,
    fold_pad_into_max_pool,
    fold_scale,
    fold_bias,
    merge_scales,
    fold_offset_before,
    fold_scale_before,
    gather_into_weights,
    fuse_activation,
    shrink_constant,
)


def prepare(graph: Graph) -> Graph:
    """Passes before the layout is assigned. A subgraph is prepared and tidied like a graph of its own."""
    graph = without_idle_state(with_subgraphs(check(graph, "lowering"), prepare))
    graph = keep_axes_apart(space_to_depth(seal(prune(graph))))
    graph = logistic_for_pairs(rewrite(graph, BEFORE_LAYOUT))
    graph = check(multiply_from_the_left(graph), "the passes before layout")
    graph = without_biases(project_heads(rewrite(graph, INTO_LINEAR)))
    return check(rewrite(graph, BEFORE_LAYOUT), "attention")  # heads reshape what was reshaped into windows


def tidy(graph: Graph, notes: list[Note] | None = None) -> Graph:
    """Passes after the layout is assigned, until nothing changes."""
    graph = with_subgraphs(graph, tidy)
    graph = dissolve_shuffles(unflatten_in_order(share_work(graph)))
    graph = check(untangle(graph), "dissolving shuffles")
    while True:
        count = len(graph.nodes)
        graph = check(rewrite(graph, AFTER_LAYOUT, notes), "the tidy rules")
        if len(graph.nodes) == count:
            sunk = check(rewrite(sink_reshapes(graph), AFTER_LAYOUT), "reshapes sunk")
            if len(sunk.nodes) < count:
                graph = sunk
                continue
            graph = check(nest_concatenations(split_slices(graph)), "slices and concatenations")
            graph = check(keep_state_apart(graph), "loops")
            graph = check(rewrite(few_axes(graph), (merge_reshapes,)), "few axes")
            return unseal(check(integer(graph), "integer arithmetic"))
