"""The layout problem of a graph: its Transposes taken out, every other operator free to run permuted.

Each Transpose vanishes into a *view*: the value it read, seen through a permutation. What remains are values, each stored once by its
producer in some permutation, and uses, each wanting the value stored in some permutation. A permutation that is wanted and not stored
costs one Transpose of the value's bytes, however many uses want it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from converters.graph import Graph, Node, Value
from converters.ops.equation import Permutation, Plan, compose, identity, stays

Key = tuple[int, ...]
"""A permutation with the unit axes left out: those that share it hold the same bytes in the same order."""


@dataclass(frozen=True, slots=True)
class View:
    """`value` as transpose(root, permutation)."""

    root: Value
    permutation: Permutation


@dataclass(eq=False, slots=True)
class Site:
    """One operator (or graph input or output) that takes part, with the plan it has now."""

    node: Node | None
    plan: Plan
    free: bool
    """Whether other plans may be tried."""
    labels: tuple[Permutation, ...] | None = None
    """For graph inputs and outputs: the permutations that may be chosen; None for operators (their equation decides)."""


@dataclass(eq=False, slots=True)
class Use:
    """Operand `slot` of `site` reads `view`."""

    site: Site
    slot: int
    view: View


@dataclass(eq=False, slots=True)
class Problem:
    graph: Graph
    views: dict[Value, View]
    producer: dict[Value, tuple[Site, int]]
    """Root value → the site and result number that store it."""
    uses: dict[Value, list[Use]] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    site_uses: dict[Site, list[Use]] = field(default_factory=dict)

    def stored(self, root: Value) -> Permutation:
        """The permutation in which `root` is stored now."""
        site, index = self.producer[root]
        return site.plan.outputs[index]

    def cost(self, roots: Iterable[Value]) -> int:
        """The price of the present plans at `roots`: bytes that Transposes move, then the Reshapes that move unit axes."""
        return sum(self._cost(root) for root in roots)

    def transposed_bytes(self) -> int:
        """Bytes that all Transposes move under the present plans."""
        return sum(root.nbytes * len(self.transposed(root)) for root in self.uses)

    def transposed(self, root: Value) -> set[Key]:
        """The keys in which uses want `root` and its producer does not store it."""
        wanted = {key(wanted_by(use), root) for use in self.uses[root]}
        return wanted - {key(self.stored(root), root)}

    def _cost(self, root: Value) -> int:
        wanted = {wanted_by(use) for use in self.uses[root]}
        wanted.discard(self.stored(root))
        if not wanted:
            return 0
        keys = {key(permutation, root) for permutation in wanted} - {key(self.stored(root), root)}
        return len(keys) * root.nbytes * RESHAPES_PER_BYTE + len(wanted)


RESHAPES_PER_BYTE = 1 << 20
"""A Reshape moves nothing and costs something: as many of them weigh as much as one transposed byte."""


def key(permutation: Permutation, value: Value) -> Key:
    """The permutation's non-unit axes in order."""
    return tuple(axis for axis in permutation if value.shape[axis] != 1)


def wanted_by(use: Use) -> Permutation:
    """The permutation of the root that `use`'s present plan wants."""
    return through(use.view, use.site.plan.inputs[use.slot])


def through(view: View, permutation: Permutation | None) -> Permutation:
    """A permutation of what the view shows, as a permutation of its root."""
    return compose(view.permutation, permutation or identity(len(view.permutation)))


def constant_permutation(node: Node) -> Permutation:
    """The permutation of a TRANSPOSE. Raises ValueError where it is not constant."""
    rank = node.input(0).rank
    return tuple(int(axis) % rank for axis in node.input(1).array)


def is_transpose(node: Node) -> bool:
    return node.op == "TRANSPOSE" and node.input(1).is_constant


def pose(graph: Graph, boundary: Mapping[Value, tuple[Permutation, ...]]) -> Problem:
    """The layout problem of `graph`. `boundary` says which permutations a graph input or output may take (default: as it came)."""
    from converters.ops.spec import spec_of

    problem = Problem(graph, {}, {})
    for value in graph.inputs:
        site = Site(None, Plan((), (identity(value.rank),)), value in boundary, boundary.get(value))
        _add(problem, site)
        _store(problem, site, value, 0)
    for node in graph.nodes:
        if is_transpose(node):
            source = problem.views.get(node.input(0))
            if source is None:
                source = _constant_view(problem, node.input(0))
            permutation = compose(source.permutation, constant_permutation(node))
            problem.views[node.output] = View(source.root, permutation)
            continue
        spec = spec_of(node)
        site = Site(node, stays(node), spec is not None and spec.equation is not None)
        _add(problem, site)
        for slot, operand in enumerate(node.inputs):
            if operand is not None and not operand.is_constant:
                _use(problem, site, slot, problem.views[operand])
        for index, result in enumerate(node.outputs):
            _store(problem, site, result, index)
    for value in graph.outputs:
        view = problem.views.get(value) or _constant_view(
            problem, value
        )  # its site must come before the output's
        site = Site(None, Plan((identity(value.rank),), ()), value in boundary, boundary.get(value))
        _add(problem, site)
        _use(problem, site, 0, view)
    return problem


def _add(problem: Problem, site: Site) -> None:
    problem.sites.append(site)
    problem.site_uses[site] = []


def _store(problem: Problem, site: Site, value: Value, index: int) -> None:
    problem.views[value] = View(value, identity(value.rank))
    problem.producer[value] = (site, index)
    problem.uses.setdefault(value, [])


def _use(problem: Problem, site: Site, slot: int, view: View) -> None:
    use = Use(site, slot, view)
    problem.uses[view.root].append(use)
    problem.site_uses[site].append(use)


def _constant_view(problem: Problem, value: Value) -> View:
    """A constant that is read like a result (a graph output, or a Transpose nobody folded): stored as it came."""
    site = Site(None, Plan((), (identity(value.rank),)), False)
    _add(problem, site)
    _store(problem, site, value, 0)
    return problem.views[value]
