"""Writing the graph that an assignment describes: every operator by its plan, every remaining Transpose once."""

from dataclasses import dataclass

from converters.graph import Graph, Node, Value, constant
from converters.layout.problem import Key, Problem, Site, key, wanted_by
from converters.ops.builder import Builder
from converters.ops.equation import Permutation, compose, inverse


@dataclass(frozen=True, slots=True)
class Kept:
    """A Transpose that stays, and for whom. `name` is its result's, `value` its operand's."""

    name: str
    value: str
    stored: Permutation
    wanted: Permutation
    nbytes: int
    stored_by: str
    wanted_by: tuple[str, ...]

    def __str__(self) -> str:
        who = ", ".join(self.wanted_by)
        return f"`{self.value}` ({self.nbytes} bytes) is stored {self.stored} by {self.stored_by} and wanted {self.wanted} by {who}"


@dataclass(frozen=True, slots=True)
class Laid:
    """The graph in its layouts; `inputs` and `outputs` lead from the source's axes to the graph's."""

    graph: Graph
    inputs: tuple[Permutation, ...]
    outputs: tuple[Permutation, ...]
    kept: tuple[Kept, ...]
    layouts: dict[str, Permutation]
    """Value's name → the permutation it is stored in."""


class _Rewriter:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.builder = Builder()
        self.stored: dict[Value, Value] = {}
        self.copies: dict[tuple[Value, Permutation], Value] = {}
        self.by_key: dict[tuple[Value, Key], tuple[Value, Permutation]] = {}
        self.kept: list[Kept] = []

    def store(self, root: Value, permutation: Permutation) -> Value:
        """The new value that holds `root` permuted."""
        shape = tuple(root.shape[axis] for axis in permutation)
        value = Value(root.name, shape, root.dtype, None, root.quantization, root.is_variable)
        self.stored[root] = value
        self.copies[root, permutation] = value
        self.by_key[root, key(permutation, root)] = (value, permutation)
        return value

    def fetch(self, root: Value, wanted: Permutation) -> Value:
        """`root` in the permutation wanted: as stored, reshaped where only unit axes move, or transposed once for all."""
        if (root, wanted) in self.copies:
            return self.copies[root, wanted]
        found = self.by_key.get((root, key(wanted, root)))
        name = f"{root.name}/{''.join(map(str, wanted))}"
        if found is not None:
            result = self.builder.reshape(found[0], tuple(root.shape[axis] for axis in wanted), name)
        else:
            now = self.problem.stored(root)
            result = self.builder.transpose(self.stored[root], compose(inverse(now), wanted), name)
            self.by_key[root, key(wanted, root)] = (result, wanted)
            self.kept.append(self.explain(name, root, now, wanted))
        self.copies[root, wanted] = result
        return result

    def explain(self, name: str, root: Value, now: Permutation, wanted: Permutation) -> Kept:
        users = [
            use.site for use in self.problem.uses[root] if key(wanted_by(use), root) == key(wanted, root)
        ]
        return Kept(
            name,
            root.name,
            now,
            wanted,
            root.nbytes,
            _label(self.problem.producer[root][0], root),
            tuple(dict.fromkeys(_label(site, root) for site in users)),
        )

    def rewrite(self, site: Site, node: Node) -> None:
        """`node` by its plan."""
        operands: list[Value | None] = list(node.inputs)
        for use in self.problem.site_uses[site]:
            operands[use.slot] = self.fetch(use.view.root, wanted_by(use))
        for slot, make in site.plan.constants.items():
            old = node.inputs[slot]
            made = constant(make(), "" if old is None else old.name)
            if old is not None and old.quantization is not None:
                made.quantization = old.quantization
            operands[slot] = made
        results = tuple(
            self.store(value, permutation)
            for value, permutation in zip(node.outputs, site.plan.outputs, strict=True)
        )
        attrs = {**node.attrs, **site.plan.attrs}
        self.builder.nodes.append(Node(node.op, tuple(operands), results, attrs, node.source))


def rewrite(problem: Problem) -> Laid:
    """The graph under the problem's present plans."""
    rewriter = _Rewriter(problem)
    graph = problem.graph
    inputs: list[Value] = []
    outputs: list[Value] = []
    output_permutations: list[Permutation] = []
    for site in problem.sites:
        if site.node is not None:
            rewriter.rewrite(site, site.node)
        elif site.plan.outputs:
            root = next(value for value, (producer, _) in problem.producer.items() if producer is site)
            if root.is_constant:
                _keep_constant(rewriter, root)
            else:
                inputs.append(rewriter.store(root, site.plan.outputs[0]))
        else:
            use = problem.site_uses[site][0]
            outputs.append(rewriter.fetch(use.view.root, wanted_by(use)))
            assert site.plan.inputs[0] is not None
            output_permutations.append(site.plan.inputs[0])
    laid = Graph(graph.name, tuple(inputs), tuple(outputs), rewriter.builder.nodes)
    permutations = tuple(problem.stored(value) for value in graph.inputs)
    layouts = {
        value.name: compose(inverse(view.permutation), problem.stored(view.root))
        for value, view in problem.views.items()
    }
    return Laid(laid, permutations, tuple(output_permutations), tuple(rewriter.kept), layouts)


def _keep_constant(rewriter: _Rewriter, root: Value) -> None:
    permutation = tuple(range(root.rank))
    rewriter.stored[root] = root
    rewriter.copies[root, permutation] = root
    rewriter.by_key[root, key(permutation, root)] = (root, permutation)


def _label(site: Site, root: Value) -> str:
    if site.node is None:
        return "the model's output" if not site.plan.outputs else "the model's input"
    return f"{site.node.op} `{site.node.output.name}`"
