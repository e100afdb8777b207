"""Assigning layouts: fusion moves over a minimum cut, from "as it came" to the fewest transposed bytes.

A move grows a region from one value and one permutation through the operators' equations: every site of the region gets the plan that
follows. Which sites switch to it is then decided at once, optimally, by a minimum cut (source side: keep the present plan, sink side:
switch). The gadget prices a value once however many uses want the other layout: producer p, helpers a and b, uses c, cost w:
p→a (w), a→c (∞), c→b (∞), b→p (w). With two labels in all, one move is the optimum; with more, moves are repeated until none gains
(V. Lempitsky et al., "Fusion Moves for Markov Random Field Optimization", IEEE TPAMI 32(8), 2010).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from converters.graph import Value
from converters.layout.cut import INFINITE, CutNetwork
from converters.layout.problem import RESHAPES_PER_BYTE, Problem, Site, key, through, wanted_by
from converters.ops.equation import Permutation, Plan, Side, compose, inverse
from converters.ops.spec import spec_of

MAX_ROUNDS = 8


@dataclass(eq=False, slots=True)
class Region:
    """What one move proposes: a plan for each of its sites, and the permutation that it stores each of its values in."""

    plans: dict[Site, Plan] = field(default_factory=dict)
    stored: dict[Value, Permutation] = field(default_factory=dict)


def assign(problem: Problem) -> int:
    """Give every site of `problem` its plan; returns the bytes that the remaining Transposes move."""
    for _ in range(MAX_ROUNDS):
        gained = False
        covered: set[tuple[Value, Permutation]] = set()
        for root, permutation in list(_seeds(problem)):
            if (root, permutation) in covered:
                continue
            region = grow(problem, root, permutation)
            covered.update(region.stored.items())
            if region.plans and move(problem, region):
                gained = True
        if not gained:
            break
    return problem.transposed_bytes()


def _seeds(problem: Problem) -> Iterator[tuple[Value, Permutation]]:
    """Values at which layouts clash, with each permutation that somebody there has or wants."""
    for root, uses in problem.uses.items():
        stored = problem.stored(root)
        wanted = {wanted_by(use): None for use in uses}
        if any(permutation != stored for permutation in wanted):
            for permutation in (*wanted, stored):
                yield root, permutation


def grow(problem: Problem, root: Value, permutation: Permutation) -> Region:
    """The region in which everything agrees with `root` being stored in `permutation`.

    A site joins when its equation carries the permutation through and no value gets two of them; otherwise it stays as it is.
    """
    region = Region({}, {root: permutation})
    queue = deque([root])
    while queue:
        value = queue.popleft()
        target = region.stored[value]
        site, index = problem.producer[value]
        _join(problem, region, queue, site, "out", index, target)
        for use in problem.uses[value]:
            inner = compose(inverse(use.view.permutation), target)
            _join(problem, region, queue, use.site, "in", use.slot, inner)
    return region


def _join(
    problem: Problem,
    region: Region,
    queue: deque[Value],
    site: Site,
    side: Side,
    slot: int,
    wanted: Permutation,
) -> None:
    if not site.free or site in region.plans:
        return
    plan = _plan(site, side, slot, wanted)
    if plan is None:
        return
    stored = _implied(problem, site, plan)
    if stored is None or any(
        key(region.stored[value], value) != key(permutation, value)
        for value, permutation in stored.items()
        if value in region.stored
    ):
        return
    region.plans[site] = plan
    for value, permutation in stored.items():
        if value not in region.stored:
            region.stored[value] = permutation
            queue.append(value)


def _plan(site: Site, side: Side, slot: int, wanted: Permutation) -> Plan | None:
    if site.node is None:
        if site.labels is None or wanted not in site.labels:
            return None
        return Plan((), (wanted,)) if side == "out" else Plan((wanted,), ())
    spec = spec_of(site.node)
    if spec is None or spec.equation is None:
        return None
    return spec.equation(site.node, side, slot, wanted)


def _implied(problem: Problem, site: Site, plan: Plan) -> dict[Value, Permutation] | None:
    """The permutation that the plan gives each root value around the site; None where it gives one value two."""
    implied: dict[Value, Permutation] = {}
    for use in problem.site_uses[site]:
        permutation = through(use.view, plan.inputs[use.slot])
        if key(implied.setdefault(use.view.root, permutation), use.view.root) != key(
            permutation, use.view.root
        ):
            return None
    if site.node is not None:
        implied.update(zip(site.node.outputs, plan.outputs, strict=True))
    return implied


def move(problem: Problem, region: Region) -> bool:
    """Switch the subset of the region's sites that is cheapest; whether that gained anything."""
    network = CutNetwork()
    number = {site: network.node() for site in region.plans}
    for root, target in region.stored.items():
        _price(problem, region, network, number, root, key(target, root), root.nbytes * RESHAPES_PER_BYTE)
        _price(problem, region, network, number, root, target, 1)
    _, keeps = network.solve()
    cost = problem.cost(region.stored)
    before = {site: site.plan for site in region.plans}
    for site, plan in region.plans.items():
        if not keeps[number[site]]:
            site.plan = plan
    if problem.cost(region.stored) < cost:
        return True
    for site, plan in before.items():
        site.plan = plan
    return False


def _price(
    problem: Problem,
    region: Region,
    network: CutNetwork,
    number: dict[Site, int],
    root: Value,
    target: tuple[int, ...],
    weight: int,
) -> None:
    """The edges that price one value: for each layout that a use may want, once, unless the producer stores it.

    Layouts are compared as `target` is given: by key (what a Transpose costs) or whole (what a Reshape costs).
    """
    exact = len(target) == root.rank

    def layout_of(permutation: Permutation) -> tuple[int, ...]:
        return permutation if exact else key(permutation, root)

    producer, _ = problem.producer[root]
    p = number.get(producer)
    now = layout_of(problem.stored(root))
    movers: set[int] = set()
    keepers: dict[tuple[int, ...], list[int]] = {target: []}
    held: set[tuple[int, ...]] = set()
    for use in problem.uses[root]:
        present = layout_of(wanted_by(use))
        keepers.setdefault(present, [])
        if use.site not in number:
            held.add(present)
            continue
        keepers[present].append(number[use.site])
        if layout_of(through(use.view, region.plans[use.site].inputs[use.slot])) == target:
            movers.add(number[use.site])
    for layout, those in keepers.items():
        if layout == target:
            always = layout in held or bool(movers & set(those))
            if now != target:
                _when_wanted(network, network.SOURCE if p is None else p, movers, always, weight)
        elif now == layout:
            if p is not None:
                _unless_kept(network, p, those, layout in held, weight)
        elif layout not in held:
            _unless_kept(network, network.SINK, those, False, weight)


def _when_wanted(network: CutNetwork, p: int, movers: Iterable[int], always: bool, weight: int) -> None:
    """Pay once if the producer keeps (source side) while anybody switches."""
    if always:
        network.edge(p, network.SINK, weight)
        return
    a = network.node()
    network.edge(p, a, weight)
    for c in movers:
        network.edge(a, c, INFINITE)


def _unless_kept(network: CutNetwork, p: int, keepers: Iterable[int], always: bool, weight: int) -> None:
    """Pay once if anybody keeps while the producer switches (sink side)."""
    if always:
        network.edge(network.SOURCE, p, weight)
        return
    b = network.node()
    network.edge(b, p, weight)
    for c in keepers:
        network.edge(c, b, INFINITE)
