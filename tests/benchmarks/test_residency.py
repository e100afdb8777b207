from typing import Any

from benchmarks.residency import residency


def op(name: str, inputs: list[int], outputs: list[int]) -> dict[str, Any]:
    return {"op_name": name, "inputs": inputs, "outputs": outputs}


CHAIN = [op("CONV_2D", [0, 10], [1]), op("TOPK", [1], [2]), op("ADD", [2, 2], [3]), op("MUL", [3, 11], [4])]


def test_no_delegate() -> None:
    found = residency(CHAIN, "XNNPACK")
    assert (found.ops, found.accelerated, found.partitions, found.kind) == (4, 0, 0, "none")
    assert str(found) == "none of 4 ops delegated"


def test_everything_in_one_partition() -> None:
    found = residency([*CHAIN, op("DELEGATE", [0, 10, 11], [4])], "XNNPACK")
    assert str(found) == "all 4 ops in 1 XNNPACK partition"
    assert found.kind == "full"


def test_an_op_between_two_partitions_is_named() -> None:
    found = residency([*CHAIN, op("DELEGATE", [0, 10], [1]), op("DELEGATE", [2, 11], [4])], "XNNPACK")
    assert (found.accelerated, found.left, found.kind) == (3, {"TOPK": 1}, "partial")
    assert str(found) == "3 of 4 ops in 2 XNNPACK partitions; outside: 1 TOPK"


def test_a_partition_with_an_inner_value_that_others_read() -> None:
    ops = [op("CONV_2D", [0], [1]), op("RELU", [1], [2]), op("CUSTOM", [1], [3])]
    found = residency([*ops, op("DELEGATE", [0], [1, 2])], "XNNPACK")
    assert (found.accelerated, found.left) == (2, {"CUSTOM": 1})
