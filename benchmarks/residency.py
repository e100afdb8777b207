"""Which ops of a model run in a delegate, from the interpreter's own plan."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from registry.types import Residency


def residency(ops: Sequence[Mapping[str, Any]], accelerator: str) -> Residency:
    """Reads `Interpreter._get_ops_details()`: the model's ops, then one `DELEGATE` a partition.

    An op belongs to a partition when its outputs lead to the partition's outputs without passing the partition's inputs.
    """
    partitions = [op for op in ops if op["op_name"] == "DELEGATE"]
    own = [op for op in ops if op["op_name"] != "DELEGATE"]
    producer = {int(tensor): index for index, op in enumerate(own) for tensor in op["outputs"]}
    inside: set[int] = set()
    for partition in partitions:
        border = {int(tensor) for tensor in partition["inputs"]}
        waiting = [int(tensor) for tensor in partition["outputs"]]
        while waiting:
            index = producer.get(waiting.pop())
            if index is not None and index not in inside:
                inside.add(index)
                waiting += [int(tensor) for tensor in own[index]["inputs"] if int(tensor) not in border]
    left = Counter(str(op["op_name"]) for index, op in enumerate(own) if index not in inside)
    return Residency(
        ops=len(own),
        accelerated=len(inside),
        partitions=len(partitions),
        left=dict(left),
        accelerator=accelerator,
        proof="DELEGATE nodes of the interpreter's plan",
    )
