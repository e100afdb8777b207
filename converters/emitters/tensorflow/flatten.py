"""Control flow written out, for formats that have none: both branches and a choice between their results; a loop step by step."""

from collections.abc import Sequence

from converters.emitters.tensorflow.names import layer_name
from converters.emitters.tensorflow.prepare import Model, computed
from converters.emitters.tensorflow.table import Table
from converters.graph import Graph, Node, Value
from converters.graph.nested import subgraphs
from converters.ops.drawing import DRAWS
from registry.errors import ConversionError

MOST_NODES = 20_000
"""What a model of layers may grow to; beyond it nothing loads in reasonable time."""


def flattened(model: Model, operators: Table) -> Model:
    """`model` without IF and WHILE; what the steps of a loop make constant is computed by `operators`.

    Raises ConversionError for a loop whose number of steps only the run knows, or whose steps are too many nodes.
    """
    graph = model.graph
    if not any(subgraphs(node) for node in graph.nodes):
        return model
    flat = _Flat(operators)
    outputs = flat.walk(graph, graph.inputs)
    return Model(Graph(graph.name, graph.inputs, tuple(outputs), flat.nodes), model.inputs, model.outputs)


class _Flat:
    def __init__(self, operators: Table) -> None:
        self.operators = operators
        self.nodes: list[Node] = []
        self.names: set[str] = set()

    def walk(self, graph: Graph, given: Sequence[Value]) -> list[Value]:
        """The results of `graph` for the values `given`, its nodes written out."""
        now: dict[Value, Value] = dict(zip(graph.inputs, given, strict=True))
        for node in graph.nodes:
            current = node.reading(now)
            now.update(zip(node.outputs, self.results(current), strict=True))
        return [now.get(value, value) for value in graph.outputs]

    def results(self, node: Node) -> Sequence[Value]:
        if node.op == "WHILE":
            return self.loop(node)
        if node.op == "IF":
            return self.choice(node)
        if node.op not in DRAWS and all(value is None or value.is_constant for value in node.inputs):
            return computed(node, self.operators)
        if len(self.nodes) >= MOST_NODES:
            raise ConversionError(
                f"the loops of the model are more than {MOST_NODES} layers when written out, which Keras has no other form for; "
                f"leave out h5, keras and json"
            )
        outputs = tuple(
            Value(self.unique(v.name), v.shape, v.dtype, None, v.quantization) for v in node.outputs
        )
        self.nodes.append(Node(node.op, node.inputs, outputs, node.attrs, node.source))
        return outputs

    def loop(self, node: Node) -> list[Value]:
        cond: Graph = node.attrs["cond_subgraph_index"]
        body: Graph = node.attrs["body_subgraph_index"]
        state = [node.input(i) for i in range(len(node.inputs))]
        while True:
            before = len(self.nodes)
            (goes_on,) = self.walk(cond, state)
            if goes_on.data is None:
                raise ConversionError(
                    f"how often the loop `{node.output.name}` runs is known at run time alone, and Keras layers have no loops; "
                    f"leave out h5, keras and json"
                )
            del self.nodes[before:]
            if not goes_on.data.all():
                return state
            state = self.walk(body, state)

    def choice(self, node: Node) -> list[Value]:
        then: Graph = node.attrs["then_subgraph_index"]
        otherwise: Graph = node.attrs["else_subgraph_index"]
        condition, *values = (node.input(i) for i in range(len(node.inputs)))
        if condition.data is not None:
            return self.walk(then if condition.data.all() else otherwise, values)
        chosen = []
        for yes, no in zip(self.walk(then, values), self.walk(otherwise, values), strict=True):
            if yes.shape != no.shape:
                raise ConversionError(
                    f"the branches of `{node.output.name}` differ in shape, and Keras layers have no branches; "
                    f"leave out h5, keras and json"
                )
            result = Value(self.unique(f"{node.output.name}/choice"), yes.shape, yes.dtype)
            self.nodes.append(Node("SELECT_V2", (condition, yes, no), (result,), {}, node.source))
            chosen.append(result)
        return chosen

    def unique(self, name: str) -> str:
        """Keras names its layers after the values, and tells them apart by that."""
        candidate, number = name, 0
        while layer_name(candidate).lower() in self.names:
            number += 1
            candidate = f"{name}/{number}"
        self.names.add(layer_name(candidate).lower())
        return candidate
