"""The search for the fewest layers to keep, against losses whose answer is known."""

from collections.abc import Callable

import pytest

from converters.quantize.search import fewest

LAYERS = [f"layer{i}" for i in range(40)]


def of(poison: dict[str, float]) -> Callable[[frozenset[str]], float]:
    """A loss that is the sum of what the layers that are not kept do."""
    return lambda kept: sum(harm for layer, harm in poison.items() if layer not in kept)


@pytest.mark.parametrize("place", [0, 1, 17, 39])
def test_one_poisoned_layer_is_found_wherever_it_stands(place: int) -> None:
    found = fewest(LAYERS, of({LAYERS[place]: 1.0}), 0.1)
    assert found.kept == (LAYERS[place],)
    assert found.reached


def test_harmless_ones_before_the_guilty_are_let_go() -> None:
    found = fewest(LAYERS, of({LAYERS[2]: 1.0, LAYERS[9]: 0.5, LAYERS[3]: 0.05}), 0.1)
    assert found.kept == (LAYERS[2], LAYERS[9])
    assert found.loss == pytest.approx(0.05)


def test_nothing_is_kept_where_nothing_is_lost() -> None:
    found = fewest(LAYERS, of({}), 0.0)
    assert found.kept == ()
    assert len(found.trials) == 1


def test_what_cannot_be_reached_is_said() -> None:
    found = fewest(LAYERS, lambda kept: 5.0 - 0.01 * len(kept), 0.1)
    assert not found.reached
    assert found.kept == tuple(LAYERS)


def test_the_budget_holds() -> None:
    found = fewest(LAYERS, of(dict.fromkeys(LAYERS, 0.1)), 0.15, budget=12)
    assert len(found.trials) <= 12
    assert found.reached
