"""Which operators a delegate gets in one piece: TensorFlow Lite's own partitioning, which the compiler uses.

Source: tensorflow/lite/graph_info.cc, PartitionGraphIntoIndependentNodeSubsets. The list is walked in rounds; in each, the first operator
whose operands are all there says whether it is the delegate's or the CPU's turn, and every ready operator of that kind joins, wherever
in the list it stands. So an operator behind one that the CPU keeps is still mapped where it does not depend on it.
"""

from collections.abc import Sequence

from converters.edgetpu.model import Operator


def partitions(operators: Sequence[Operator], delegated: Sequence[bool]) -> list[tuple[int, ...]]:
    """The delegate's pieces in order, each the indices of its operators; `delegated` says for each whether it could take it."""
    pending = {tensor for one in operators for tensor in one.outputs}
    left = list(range(len(operators)))
    pieces = []
    while left:
        taken, turn = _round(operators, delegated, left, pending)
        if not taken:  # operators that wait for each other: no graph that runs
            break
        if turn:
            pieces.append(tuple(sorted(taken)))
    return pieces


def _round(
    operators: Sequence[Operator], delegated: Sequence[bool], left: list[int], pending: set[int]
) -> tuple[list[int], bool]:
    taken: list[int] = []
    turn: bool | None = None
    while True:
        waiting = []
        for index in left:
            ready = not pending.intersection(operators[index].inputs)
            if ready and turn is None:
                turn = delegated[index]
            if ready and delegated[index] == turn:
                taken.append(index)
                pending.difference_update(operators[index].outputs)
            else:
                waiting.append(index)
        done = len(waiting) == len(left)
        left[:] = waiting
        if done:
            return taken, bool(turn)
