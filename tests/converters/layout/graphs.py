"""Random small graphs that look like lowered models, and the best layout found by trying every plan."""

import itertools
from dataclasses import dataclass

import numpy as np

from converters.graph import Graph, Value
from converters.layout.assign import grow
from converters.layout.problem import Problem, Site, pose
from converters.ops.builder import Builder
from converters.ops.equation import Permutation, Plan, channels_last, identity

NCHW_TO_NHWC, NHWC_TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)
SHAPE = (1, 3, 2, 4)
"""N C H W; one unit axis, so that some Transposes are Reshapes."""


@dataclass(frozen=True)
class Drawn:
    graph: Graph
    boundary: dict[Value, tuple[Permutation, ...]]


def draw(
    rng: np.random.Generator, *, sites: int = 7, labels: int = 2, shape: tuple[int, ...] = SHAPE
) -> Drawn:
    """A graph of elementwise, broadcasting, concatenating and channels-last-only operators with shared values and several outputs.

    All values are N C H W; a pinned operator reads through a Transpose and its result comes back through one, as lowerings write it.
    With more labels than two some operators read through other permutations too.
    """
    b = Builder()
    inputs = tuple(Value(f"in{i}", shape, np.dtype(np.float32)) for i in range(int(rng.integers(1, 3))))
    pool: list[Value] = list(inputs)
    fixed: set[Value] = set()

    def pick() -> Value:
        return pool[int(rng.integers(max(0, len(pool) - 4), len(pool)))]

    for _ in range(int(rng.integers(2, sites + 1))):
        kind = rng.choice(["unary", "add", "concat", "pinned", "free pinned", "constant"])
        x = pick()
        if kind == "unary":
            pool.append(b(str(rng.choice(["RELU", "NEG", "ABS"])), x))
        elif kind == "add":
            same = [v for v in pool if v.shape == x.shape]
            pool.append(b("ADD", x, same[int(rng.integers(len(same)))]))
        elif kind == "constant":
            pool.append(b("MUL", x, rng.normal(size=(1, x.shape[1], 1, 1)).astype(np.float32)))
        elif kind == "concat":
            same = [v for v in pool if v.shape == x.shape]
            pool.append(
                b("CONCATENATION", x, same[int(rng.integers(len(same)))], axis=int(rng.integers(0, 4)))
            )
        else:
            pool.append(_pinned(b, x, rng, labels))
    made = [node.output for node in b.nodes if node.output in pool]
    unread = [v for v in made if not any(v in node.inputs for node in b.nodes)]
    outputs = tuple(
        dict.fromkeys([*unread[:3], *([made[int(rng.integers(len(made)))]] if rng.random() < 0.3 else [])])
    )
    boundary = {
        value: (identity(4), channels_last(4))
        for value in (*inputs, *outputs)
        if rng.random() < 0.5 and value not in fixed
    }
    return Drawn(Graph("drawn", inputs, outputs, b.nodes), boundary)


def _pinned(b: Builder, x: Value, rng: np.random.Generator, labels: int) -> Value:
    """An operator no permutation passes through, behind and before a Transpose."""
    forth, back = NCHW_TO_NHWC, NHWC_TO_NCHW
    if labels > 2 and rng.random() < 0.5:
        forth = tuple(int(i) for i in rng.permutation(4))
        back = tuple(int(i) for i in np.argsort(forth))
    y = b("MAX_POOL_2D", b.transpose(x, forth))
    return b.transpose(y, back) if back != identity(4) else b("RELU", y)


def free_plans(problem: Problem, labels: tuple[Permutation, ...]) -> dict[Site, list[Plan]]:
    """For every free site each plan that gives its first operand or result one of `labels` as the equation answers."""
    from converters.ops.spec import spec_of

    plans: dict[Site, list[Plan]] = {}
    for site in problem.sites:
        if not site.free:
            continue
        found = [site.plan]
        if site.node is None:
            assert site.labels is not None
            found += [Plan((), (p,)) if site.plan.outputs else Plan((p,), ()) for p in site.labels]
        else:
            spec = spec_of(site.node)
            assert spec is not None
            assert spec.equation is not None
            answers = (spec.equation(site.node, "out", 0, label) for label in labels)
            found += [plan for plan in answers if plan is not None]
        unique = {(plan.inputs, plan.outputs): plan for plan in found}
        plans[site] = list(unique.values())
    return plans


def brute_force(problem: Problem, labels: tuple[Permutation, ...], limit: int = 1 << 14) -> int | None:
    """The least cost over every combination of plans; None where there are more than `limit`."""
    plans = free_plans(problem, labels)
    count = 1
    for options in plans.values():
        count *= len(options)
    if count > limit:
        return None
    before = {site: site.plan for site in plans}
    roots = list(problem.uses)
    best = problem.cost(roots)
    sites = list(plans)
    for choice in itertools.product(*plans.values()):
        for site, plan in zip(sites, choice, strict=True):
            site.plan = plan
        best = min(best, problem.cost(roots))
    for site, plan in before.items():
        site.plan = plan
    return best


def posed(drawn: Drawn) -> Problem:
    return pose(drawn.graph, drawn.boundary)


__all__ = ["Drawn", "brute_force", "draw", "free_plans", "grow", "posed"]
