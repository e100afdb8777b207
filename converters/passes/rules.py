"""Rewriting by rules: a pattern, a check, a rewrite, and a reason where a rule does not fire.

A rule is tried at an *anchor*, the last node of its pattern. It answers with a node that writes the anchor's results (what it absorbed
dies by itself), with an alias (the anchor's result is another value), or with the reason why it does not apply.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from converters.graph import Graph, Node, Value


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a rule does not fire. `near` means that the pattern was there and the check refused it."""

    reason: str
    near: bool = True


@dataclass(frozen=True, slots=True)
class Alias:
    """The anchor's only result is this value."""

    value: Value


NO_PATTERN = Miss("the pattern is not here", near=False)
Answer = Node | Alias | Miss


class View:
    """Who writes and who reads each value, kept current while rules fire."""

    def __init__(self, graph: Graph) -> None:
        self.outputs = frozenset(graph.outputs)
        self.producer = graph.producers()
        self.readers: dict[Value, set[str]] = {}
        """The operators that read a value when the sweep began."""
        for node in graph.nodes:
            for value in node.inputs:
                if value is not None:
                    self.readers.setdefault(value, set()).add(node.op)
        self.uses: Counter[Value] = Counter(
            value for node in graph.nodes for value in node.inputs if value is not None
        )

    def source(self, value: Value | None, *ops: str) -> Node | None:
        """The node that writes `value`, if it is one of `ops`."""
        node = self.producer.get(value) if value is not None else None
        return node if node is not None and node.op in ops else None

    def only_use(self, value: Value) -> bool:
        """Whether one operand and no graph output reads `value`."""
        return self.uses[value] == 1 and value not in self.outputs

    def replace(self, old: Node, new: Node) -> None:
        for value in new.inputs:
            if value is not None:
                self.uses[value] += 1
        for value in new.outputs:
            self.producer[value] = new
        self.release(old)

    def release(self, node: Node) -> None:
        """`node` is gone; what only it read is gone too."""
        for value in node.inputs:
            if value is None:
                continue
            self.uses[value] -= 1
            if not self.uses[value] and value not in self.outputs and value in self.producer:
                producer = self.producer[value]
                if not any(self.uses[v] or v in self.outputs for v in producer.outputs):
                    self.release(producer)


@dataclass(frozen=True)
class Rule:
    """`apply` is tried at every node whose operator is among `anchors`."""

    name: str
    anchors: frozenset[str]
    apply: Callable[[Node, View], Answer]


RULES: dict[str, Rule] = {}


def rule(name: str, *anchors: str) -> Callable[[Callable[[Node, View], Answer]], Rule]:
    """Make a rule of the decorated function."""

    def register(apply: Callable[[Node, View], Answer]) -> Rule:
        RULES[name] = Rule(name, frozenset(anchors), apply)
        return RULES[name]

    return register


@dataclass(frozen=True, slots=True)
class Note:
    """What a rule did or refused at a node."""

    rule: str
    node: str
    reason: str


def rewrite(graph: Graph, rules: tuple[Rule, ...], notes: list[Note] | None = None) -> Graph:
    """`graph` after every rule has fired wherever it can, so that a second time none does; refused near misses go to `notes`.

    What fires behind a node may open the way for a rule before it, hence sweeps until one finds nothing to do.
    """
    while True:
        told: list[Note] = []
        swept, fired = _sweep(graph, rules, told)
        if not fired:
            break
        graph = swept
    if notes is not None:
        notes.extend(told)
    return swept


def _sweep(graph: Graph, rules: tuple[Rule, ...], notes: list[Note]) -> tuple[Graph, bool]:
    """(`graph` after every rule was tried at every node, as often as one fired there; whether any did)."""
    view = View(graph)
    alias: dict[Value, Value] = {}
    nodes: list[Node] = []
    fired = False
    for original in graph.nodes:
        node = _renamed(original, alias, view)
        answer: Answer = node
        while isinstance(answer, Node):
            node, answer = answer, _first(answer, rules, view, notes)
            fired = fired or not isinstance(answer, Miss)
            if isinstance(answer, Node):
                view.replace(node, answer)
        if isinstance(answer, Alias):
            alias[node.output] = answer.value
            _take_over(view, node, answer.value)
        else:
            nodes.append(node)
    outputs = tuple(alias.get(value, value) for value in graph.outputs)
    return prune(Graph(graph.name, graph.inputs, outputs, nodes)), fired


def _renamed(node: Node, alias: dict[Value, Value], view: View) -> Node:
    if not any(value in alias for value in node.inputs):
        return node
    renamed = node.reading(alias)
    for value in node.outputs:
        view.producer[value] = renamed
    return renamed


def _first(node: Node, rules: tuple[Rule, ...], view: View, notes: list[Note]) -> Answer:
    for candidate in rules:
        if node.op not in candidate.anchors:
            continue
        answer = candidate.apply(node, view)
        if not isinstance(answer, Miss):
            return answer
        if answer.near:
            notes.append(Note(candidate.name, node.output.name, answer.reason))
    return NO_PATTERN


def _take_over(view: View, node: Node, value: Value) -> None:
    """Readers of the anchor's result read `value` from now on."""
    view.uses[value] += view.uses[node.output]
    if node.output in view.outputs:
        view.outputs |= {value}
    view.release(node)


def prune(graph: Graph) -> Graph:
    """`graph` without the nodes that no output depends on."""
    needed = set(graph.outputs)
    nodes: list[Node] = []
    for node in reversed(graph.nodes):
        if any(value in needed for value in node.outputs):
            nodes.append(node)
            needed.update(value for value in node.inputs if value is not None)
    nodes.reverse()
    return Graph(graph.name, graph.inputs, graph.outputs, nodes)
