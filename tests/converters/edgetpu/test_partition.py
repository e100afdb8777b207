"""Pieces for the delegate, as TensorFlow Lite cuts them."""

from hypothesis import given
from hypothesis import strategies as st

from converters.edgetpu.model import Operator
from converters.edgetpu.partition import partitions


def operators(*links: tuple[tuple[int, ...], int]) -> list[Operator]:
    """Operators from (operand tensors, result tensor)."""
    return [Operator(i, "ADD", 0, 1, inputs, (output,)) for i, (inputs, output) in enumerate(links)]


def test_a_chain_breaks_at_the_cpu():
    chain = operators(((0,), 1), ((1,), 2), ((2,), 3), ((3,), 4))
    assert partitions(chain, [True, True, False, True]) == [(0, 1), (3,)]


def test_a_branch_behind_the_break_in_the_list_still_joins():
    """DeepLab: the pyramid's resize stays on the CPU; the convolution beside it, listed later, is mapped."""
    branches = operators(((0,), 1), ((1,), 2), ((1,), 3), ((2, 3), 4))
    assert partitions(branches, [True, False, True, True]) == [(0, 2), (3,)]


def test_the_cpu_may_come_first():
    """MoveNet: CAST and QUANTIZE come before all."""
    chain = operators(((0,), 1), ((1,), 2), ((2,), 3))
    assert partitions(chain, [False, True, True]) == [(1, 2)]


def test_operators_that_wait_for_each_other_end_it():
    assert partitions(operators(((2,), 1), ((1,), 2)), [True, True]) == []


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Operator], list[bool]]:
    count = draw(st.integers(1, 12))
    links = [(tuple(draw(st.sets(st.integers(0, i), min_size=1, max_size=3))), i + 1) for i in range(count)]
    return operators(*links), draw(st.lists(st.booleans(), min_size=count, max_size=count))


@given(graphs())
def test_pieces_are_whole_and_run_in_order(drawn: tuple[list[Operator], list[bool]]):
    """Every delegated operator is in one piece; no piece needs what comes out of itself by way of the CPU or of a later piece."""
    found, delegated = drawn
    pieces = partitions(found, delegated)
    assert sorted(i for piece in pieces for i in piece) == [i for i, yes in enumerate(delegated) if yes]
    number = {i: n for n, piece in enumerate(pieces) for i in piece}
    maker = {one.outputs[0]: one.index for one in found}
    latest: dict[int, int] = {}
    for one in found:
        before = max((latest[maker[t]] for t in one.inputs if t in maker), default=-1)
        latest[one.index] = max(before, number.get(one.index, -1))
        if delegated[one.index]:
            through_cpu = [maker[t] for t in one.inputs if t in maker and not delegated[maker[t]]]
            assert all(latest[i] < number[one.index] for i in through_cpu)
            assert before <= number[one.index]
