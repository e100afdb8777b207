"""What the file makes the runtime do."""

from collections.abc import Iterator

from converters.explain.alarms.rule import Alarm, Facts, alarm
from converters.explain.tables import OperatorRow, Tables

SLOWER = 1.05
"""A quantized file that takes this many times as long as its float one is slower; less is noise."""


@alarm
def float_islands(facts: Facts) -> Iterator[Alarm]:
    """Operators in float between integer ones."""
    for run in _islands(facts.ours):
        ops = ", ".join(dict.fromkeys(one.op for one in run))
        first = facts.ours.tensors[run[0].outputs[0]].name
        yield Alarm(
            kind="float_island",
            severity="warning",
            layer=first,
            op=run[0].op,
            sentence=f"{len(run)} operator{'s' * (len(run) > 1)} ({ops}) from `{first}` on "
            f"compute{'s' * (len(run) == 1)} in float between integer "
            f"ones: each way in and out costs a QUANTIZE or DEQUANTIZE, and integer-only hardware stops here",
        )


def _islands(tables: Tables) -> list[list[OperatorRow]]:
    """Connected float operators that read what was dequantized and whose results are quantized again."""
    producers, consumers = tables.producers(), tables.consumers()
    floats = {
        one.index: one
        for one in tables.operators
        if one.op not in ("QUANTIZE", "DEQUANTIZE")
        and one.outputs
        and tables.tensors[one.outputs[0]].dtype == "float32"
    }
    group = {index: index for index in floats}

    def root(index: int) -> int:
        while group[index] != index:
            index = group[index]
        return index

    entered, left = set(), set()
    for index, one in floats.items():
        for operand in one.inputs:
            before = producers.get(operand)
            if before is not None and before.index in floats:
                group[root(index)] = root(before.index)
            elif (
                before is not None
                and before.op == "DEQUANTIZE"
                and tables.tensors[before.inputs[0]].data is None
            ):
                entered.add(index)
        if any(reader.op == "QUANTIZE" for result in one.outputs for reader in consumers.get(result, [])):
            left.add(index)
    islands: dict[int, list[OperatorRow]] = {}
    for index, one in floats.items():
        islands.setdefault(root(index), []).append(one)
    inside, outside = {root(index) for index in entered}, {root(index) for index in left}
    return [sorted(run, key=lambda one: one.index) for key, run in islands.items() if key in inside & outside]


def slower_than_float(ours_ms: float, float_ms: float, residency: str = "") -> tuple[Alarm, ...]:
    """The alarm where a quantized file takes longer than its float one (median latencies of one run side by side)."""
    if ours_ms <= SLOWER * float_ms:
        return ()
    where = f" ({residency})" if residency else ""
    sentence = (
        f"it takes {ours_ms:.3g} ms, the float model {float_ms:.3g} ms: {ours_ms / float_ms:.1f} times as long{where}; "
        f"operators outside of "
        f"the delegate are the usual cause"
    )
    return (Alarm(kind="slower_than_float", severity="warning", layer="", op="", sentence=sentence),)
