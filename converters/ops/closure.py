"""Building control flow from functions: what a body reads from outside becomes an operand of its own (closure conversion)."""

from collections.abc import Callable, Sequence

from converters.graph import Graph, Node, Value
from converters.ops.builder import Builder
from converters.ops.control import join

Body = Callable[[Builder, tuple[Value, ...]], Sequence[Value]]
"""Writes a body into the builder, for the values of the state it is given; its results."""

Branch = Callable[[Builder], Sequence[Value]]


def while_loop(
    build: Builder,
    state: Sequence[Value],
    condition: Callable[[Builder, tuple[Value, ...]], Value],
    body: Body,
) -> tuple[Value, ...]:
    """state = body(state) while condition(state) (bool of one element); the state at the end.

    Both may read any value of `build`; that is handed through the loop unchanged. A dimension that the body changes is open in
    it: the body is written again for the wider shape. Raises ValueError where the body gives other types or ranks than it takes.
    """
    shapes = [value.shape for value in state]
    while True:
        inside = build.inner()
        entered = tuple(Value("", shape, value.dtype) for shape, value in zip(shapes, state, strict=True))
        results = tuple(body(inside, entered))
        wider = [join(shape, result.shape) for shape, result in zip(shapes, results, strict=True)]
        if wider == shapes:
            break
        shapes = wider
    deciding = build.inner()
    asked = tuple(Value("", value.shape, value.dtype) for value in entered)
    decision = condition(deciding, asked)
    outside = _free([(inside.nodes, results, entered), (deciding.nodes, (decision,), asked)])
    body_graph = _closed("body", inside.nodes, entered, results, outside, hands_on=True)
    cond_graph = _closed("cond", deciding.nodes, asked, (decision,), outside)
    operands = (*state, *outside)
    ends = build.many("WHILE", *operands, cond_subgraph_index=cond_graph, body_subgraph_index=body_graph)
    return ends[: len(state)]


def if_else(build: Builder, condition: Value, then: Branch, otherwise: Branch) -> tuple[Value, ...]:
    """The results of one of two branches, which may read any value of `build`. Raises ValueError where their results' types differ."""
    written = []
    for branch in (then, otherwise):
        inside = build.inner()
        written.append((inside.nodes, tuple(branch(inside)), ()))
    outside = _free(written)
    graphs = [
        _closed(name, nodes, (), results, outside)
        for name, (nodes, results, _) in zip(("then", "else"), written, strict=True)
    ]
    return build.many("IF", condition, *outside, then_subgraph_index=graphs[0], else_subgraph_index=graphs[1])


def _free(
    bodies: Sequence[tuple[list[Node], tuple[Value, ...], tuple[Value, ...]]],
) -> tuple[Value, ...]:
    """What the bodies (nodes, results, inputs) read and nobody inside writes, constants apart."""
    free: dict[Value, None] = {}
    for nodes, results, inputs in bodies:
        known = {*inputs, *(value for node in nodes for value in node.outputs)}
        read = (*(value for node in nodes for value in node.inputs if value is not None), *results)
        free.update({v: None for v in read if not v.is_constant and v not in known})
    return tuple(free)


def _closed(
    name: str,
    nodes: list[Node],
    inputs: tuple[Value, ...],
    results: tuple[Value, ...],
    outside: tuple[Value, ...],
    *,
    hands_on: bool = False,
) -> Graph:
    """The graph of `inputs` and stand-ins for the values `outside`, which a loop's body hands on."""
    inner = {value: Value(value.name, value.shape, value.dtype) for value in outside}
    rebound = [
        Node(n.op, tuple(v and inner.get(v, v) for v in n.inputs), n.outputs, n.attrs, n.source)
        if any(v in inner for v in n.inputs)
        else n
        for n in nodes
    ]
    given = tuple(inner.get(value, value) for value in results)
    stand_ins = tuple(inner.values())
    return Graph(name, (*inputs, *stand_ins), (*given, *stand_ins) if hands_on else given, rebound)
