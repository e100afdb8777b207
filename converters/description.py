"""How a graph is described to its users: the tensors at its ends, and its statistics."""

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from registry.errors import InputError
from registry.types import GraphStats, Tensor

if TYPE_CHECKING:
    from converters.graph import Graph, Value
    from converters.layout import Laid


def kept(
    asked: frozenset[str], model: Path, names: tuple[str, ...], values: "tuple[Value, ...]"
) -> "frozenset[Value]":
    """The values whose names are `asked` for. Raises InputError for one that is none of `names`."""
    unknown = asked - set(names)
    if unknown:
        raise InputError(
            f"`{model}` has no input or output `{min(unknown)}` to keep; it has {', '.join(names)}"
        )
    return frozenset(value for name, value in zip(names, values, strict=True) if name in asked)


def described(
    values: "tuple[Value, ...]",
    sources: list[str],
    permutations: tuple[tuple[int, ...], ...],
    names: tuple[str, ...],
    kind: str,
) -> tuple[Tensor, ...]:
    """The tensors of `values` under `names` (none: their `sources`, made distinct). Raises InputError where the numbers differ."""
    if names and len(names) != len(values):
        raise InputError(
            f"{len(names)} {kind} names are given for {len(values)} {kind}s ({', '.join(sources)})"
        )
    theirs = _unique(sources)
    chosen = names if set(names) != set(theirs) else theirs  # the file's own names stay where they are
    chosen = chosen or theirs
    return tuple(
        Tensor(
            name=name, shape=value.shape, dtype=value.dtype.name, permutation=permutation, source_name=source
        )
        for value, source, permutation, name in zip(values, sources, permutations, chosen, strict=True)
    )


def on_grids(tensors: tuple[Tensor, ...], values: "tuple[Value, ...]") -> tuple[Tensor, ...]:
    """The tensors with the types and grids that they have in an integer file; one that stays as it is keeps a grid known before."""
    found = []
    for tensor, value in zip(tensors, values, strict=True):
        grid = value.quantization
        same = value.dtype.name == tensor.dtype
        scale, zero = (tensor.scale, tensor.zero_point) if same else (0.0, 0)
        if grid is not None:
            scale, zero = grid.scale[0], grid.zero_point[0]
        found.append(replace(tensor, dtype=value.dtype.name, scale=scale, zero_point=zero))
    return tuple(found)


def counted(graph: "Graph", laid: "Laid | None", source_ops: int) -> GraphStats:
    from converters.graph.nested import all_graphs
    from converters.graph.statistics import flops, operator_histogram, parameters, transposed_bytes

    histogram = operator_histogram(graph)
    standing = {
        node.output.name for inner in all_graphs(graph) for node in inner.nodes if node.op == "TRANSPOSE"
    }
    return GraphStats(
        ops=sum(histogram.values()),
        transposes=histogram.get("TRANSPOSE", 0),
        transposed_bytes=transposed_bytes(graph),
        custom_ops=histogram.get("CUSTOM", 0),
        parameters=parameters(graph),
        flops=flops(graph),
        histogram=histogram,
        source_ops=source_ops,
        transpose_reasons=tuple(str(kept) for kept in laid.kept if kept.name in standing)
        if laid is not None
        else (),
    )


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        count = seen.setdefault(name, 0)
        seen[name] += 1
        result.append(f"{name}_{count}" if count else name)
    return tuple(result)
