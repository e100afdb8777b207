"""Channel shuffles between splits and concatenations: who needs which channels takes them where they were made.

Units that split, work on one half, join and shuffle move every channel at every unit. Followed back through splits, joins and shuffles, a
half is a few runs of channels of earlier results: they are cut there and joined, in an order that the weights of the reader absorb.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Node, Value
from converters.ops.builder import Builder
from converters.passes.orders import Shuffle, dissolve_shuffles, shuffles
from converters.passes.rules import prune

_MOST_RUNS = 8
"""More pieces than that are no gain over moving all channels."""
_MOST_JOINED = 5
"""XNNPACK's CONCATENATION takes no more."""


@dataclass(frozen=True)
class Origin:
    """Where each channel of a value was made. `shuffled` says whether a shuffle lies between."""

    bases: tuple[Value, ...]
    base: npt.NDArray[np.int64]
    """For each channel, which of `bases`."""
    channel: npt.NDArray[np.int64]
    """For each channel, which channel of that base."""
    shuffled: bool = False

    def taken(self, channels: npt.NDArray[np.int64] | slice, shuffled: bool = False) -> "Origin":
        return Origin(self.bases, self.base[channels], self.channel[channels], self.shuffled or shuffled)


def untangle(graph: Graph) -> Graph:
    """`graph` with its shuffles gone, or as it is where that leaves a permutation of channels that no weights absorb."""
    found = {shuffle.node: shuffle for shuffle in shuffles(graph)}
    if not found:
        return graph
    loose = _loosened(graph, found)
    if loose is None:
        return graph
    free = dissolve_shuffles(prune(loose))
    return graph if next(shuffles(free), None) is not None else free


def _loosened(graph: Graph, found: dict[Node, Shuffle]) -> Graph | None:
    """Every reader of shuffled channels gets runs of their origins and a GATHER that puts these in order."""
    inside = _inside(graph, found)
    origins: dict[Value, Origin] = {}
    untied: dict[Value, Value] = {}
    builder = Builder()
    for node in graph.nodes:
        traced = None if node in inside else _traced(node, origins, found.get(node))
        if traced is None and node not in inside:
            for value in node.inputs:
                origin = origins.get(value) if value is not None else None
                if value is not None and origin is not None and origin.shuffled and value not in untied:
                    made = _gathered(builder, value, origin)
                    if made is None:
                        return None
                    untied[value] = made
            builder.nodes.append(node.reading(untied))
            continue
        builder.nodes.append(node)
        origins.update(zip(node.outputs, traced or (), strict=traced is not None))
    if any(value in origins and origins[value].shuffled for value in graph.outputs):
        return None
    return Graph(graph.name, graph.inputs, graph.outputs, builder.nodes)


def _inside(graph: Graph, found: dict[Node, Shuffle]) -> set[Node]:
    """The nodes within a shuffle, but for the last."""
    producers = graph.producers()
    inside: set[Node] = set()
    for shuffle in found.values():
        node = shuffle.node
        while node is not shuffle.first:
            node = producers[node.input(0)]
            inside.add(node)
    return inside


def _origin(value: Value, origins: dict[Value, Origin]) -> Origin:
    channels = np.arange(value.shape[-1])
    return origins.get(value) or Origin((value,), np.zeros_like(channels), channels)


def _traced(node: Node, origins: dict[Value, Origin], shuffle: Shuffle | None) -> tuple[Origin, ...] | None:
    """The origins of the results of a node that only moves channels; None for any other."""
    if shuffle is not None:
        return (_origin(shuffle.before, origins).taken(shuffle.order, shuffled=True),)
    last = node.output.rank - 1
    if node.op == "CONCATENATION" and int(node.attrs["axis"]) % node.output.rank == last:
        parts = [v for v in node.inputs if v is not None and not v.is_constant]
        plain = node.attrs["fused_activation_function"] == "NONE" and len(parts) == len(node.inputs)
        return (_joined([_origin(value, origins) for value in parts]),) if plain else None
    if node.op == "SPLIT" and node.input(0).is_constant:
        if int(node.input(0).array) % node.output.rank != last:
            return None
        whole, size = _origin(node.input(1), origins), node.output.shape[-1]
        return tuple(whole.taken(slice(i * size, (i + 1) * size)) for i in range(len(node.outputs)))
    if (
        node.op == "SLICE"
        and node.input(1).is_constant
        and node.input(0).shape[:-1] == node.output.shape[:-1]
    ):
        begin = int(node.input(1).array[-1])
        return (_origin(node.input(0), origins).taken(slice(begin, begin + node.output.shape[-1])),)
    return None


def _joined(parts: list[Origin]) -> Origin:
    bases = tuple(dict.fromkeys(base for part in parts for base in part.bases))
    base = [np.asarray([bases.index(b) for b in part.bases])[part.base] for part in parts]
    channel = np.concatenate([part.channel for part in parts])
    return Origin(bases, np.concatenate(base), channel, any(part.shuffled for part in parts))


def _gathered(builder: Builder, value: Value, origin: Origin) -> Value | None:
    """`value` from runs of its origins; None where these are too many."""
    stored = np.lexsort((origin.channel, origin.base))
    base, channel = origin.base[stored], origin.channel[stored]
    cuts = np.flatnonzero((np.diff(base) != 0) | (np.diff(channel) != 1)) + 1
    if len(cuts) >= _MOST_RUNS:
        return None
    pieces = []
    for run in np.split(np.arange(len(stored)), cuts):
        source = origin.bases[int(base[run[0]])]
        if len(run) == source.shape[-1]:
            pieces.append(source)
            continue
        begin = np.zeros(source.rank, np.int32)
        begin[-1] = channel[run[0]]
        size = np.asarray([*source.shape[:-1], len(run)], np.int32)
        pieces.append(builder("SLICE", source, begin, size, name=f"{value.name}/{len(pieces)}"))
    while len(pieces) > 1:
        first = pieces[:_MOST_JOINED]
        name = f"{value.name}/runs{len(pieces)}"
        pieces = [builder("CONCATENATION", *first, axis=value.rank - 1, name=name), *pieces[_MOST_JOINED:]]
    joined = pieces[0]
    order = np.argsort(stored).astype(np.int32)
    if np.array_equal(order, np.arange(len(order))):
        return joined
    return builder("GATHER", joined, order, axis=value.rank - 1, name=f"{value.name}/order")
