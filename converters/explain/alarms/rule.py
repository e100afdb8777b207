"""An alarm, the facts that its rules look at, and the list of rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from converters.explain.alignment import Alignment
from converters.explain.layers import Layer
from converters.explain.sums import TensorSum
from converters.explain.tables import Tables

Severity = Literal["error", "warning"]


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """`sentence` says what, where, the numbers, and what to do."""

    kind: str
    severity: Severity
    layer: str
    op: str
    sentence: str


@dataclass(frozen=True, eq=False)
class Facts:
    """A comparison's two files, which tensors belong together, the sums over the samples, and the layers' records."""

    ours: Tables
    theirs: Tables
    alignment: Alignment
    totals: dict[int, TensorSum]
    layers: tuple[Layer, ...]

    def total(self, layer: Layer) -> TensorSum:
        return self.totals[layer.tensor]


Rule = Callable[[Facts], Iterator[Alarm]]
RULES: list[Rule] = []


def alarm(rule: Rule) -> Rule:
    """Register a rule."""
    RULES.append(rule)
    return rule


def alarms(facts: Facts) -> tuple[Alarm, ...]:
    """What every rule finds, errors first, each severity in the order of the rules."""
    found = [one for rule in RULES for one in rule(facts)]
    return tuple(sorted(found, key=lambda one: one.severity != "error"))


def at(layer: Layer, kind: str, severity: Severity, sentence: str) -> Alarm:
    return Alarm(kind=kind, severity=severity, layer=layer.name, op=layer.op, sentence=sentence)


def span(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.4g} … {pair[1]:.4g}"


def grid_words(layer: Layer) -> str:
    return f", its grid has steps of {layer.step:.3g}" if layer.step is not None else ""


def channels(found: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, found[:6]))
    return f"channel{'s' * (len(found) > 1)} {shown}{' …' * (len(found) > 6)}"
