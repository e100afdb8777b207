"""The fewest layers to keep in higher precision so that a loss stays inside a tolerance: a prefix of the most harmful, then pruned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Loss = Callable[[frozenset[str]], float]
"""The layers kept → how much worse than float the model is; smaller is better."""


@dataclass(frozen=True)
class Trial:
    """One set of layers that was measured."""

    kept: tuple[str, ...]
    loss: float


@dataclass(frozen=True)
class Found:
    """`kept` in the order given; `reached` tells whether its loss is inside the tolerance (else it is the best that was seen)."""

    kept: tuple[str, ...]
    loss: float
    reached: bool
    trials: tuple[Trial, ...]


def fewest(layers: Sequence[str], loss: Loss, tolerance: float, budget: int = 64) -> Found:
    """`layers` by harm, the worst first. No layer kept is tried first, then prefixes of 1, 2, 4 … of them until one suffices; then the
    shortest that does by bisection; then each kept layer is let go, the least harmful first, where the loss allows it. At most
    `budget` measurements.
    """
    search = _Search(tuple(layers), loss, tolerance, budget)
    low, high = 0, 0
    while not search.good(search.layers[:high]):
        if high == len(search.layers) or search.spent:
            return search.found()
        low, high = high, min(max(1, 2 * high), len(search.layers))
    while high - low > 1 and not search.spent:
        middle = (low + high) // 2
        low, high = (low, middle) if search.good(search.layers[:middle]) else (middle, high)
    kept = list(search.layers[:high])
    for one in reversed(search.layers[:high]):
        without = tuple(layer for layer in kept if layer != one)
        if not search.spent and search.good(without):
            kept.remove(one)
    return search.found()


class _Search:
    def __init__(self, layers: tuple[str, ...], loss: Loss, tolerance: float, budget: int) -> None:
        self.layers, self.loss, self.tolerance, self.budget = layers, loss, tolerance, budget
        self.trials: dict[frozenset[str], Trial] = {}

    @property
    def spent(self) -> bool:
        return len(self.trials) >= self.budget

    def good(self, kept: tuple[str, ...]) -> bool:
        key = frozenset(kept)
        if key not in self.trials:
            self.trials[key] = Trial(kept, self.loss(key))
        return self.trials[key].loss <= self.tolerance

    def found(self) -> Found:
        """The fewest layers among the sets that suffice, the smaller loss among as many; where none does, the smallest loss."""
        trials = tuple(self.trials.values())
        good = [one for one in trials if one.loss <= self.tolerance]
        best = (
            min(good, key=lambda one: (len(one.kept), one.loss))
            if good
            else min(trials, key=lambda one: one.loss)
        )
        return Found(best.kept, best.loss, bool(good), trials)
