"""What OpenVINO tells of a result: its shape, as far as it is known, and the data of a constant."""

from typing import Any

import numpy as np


def data_of(node: Any) -> Any:
    data = node.data
    return data.astype(np.float32) if data.dtype.name == "bfloat16" else np.array(data)


def room(output: Any) -> tuple[int, ...]:
    """The shape of a result where it is known whole."""
    shape = extent(output)
    return shape if shape is not None and -1 not in shape else ()


def extent(output: Any) -> tuple[int, ...] | None:
    """The shape that OpenVINO inferred, -1 for a dimension that only the run knows; None where the rank is not known either."""
    shape = output.get_partial_shape()
    if shape.rank.is_dynamic:
        return None
    return tuple(-1 if n.is_dynamic else int(n.get_length()) for n in shape)


def agree(found: tuple[int, ...], inferred: tuple[int, ...] | None) -> bool:
    if inferred is None:
        return True
    return len(found) == len(inferred) and all(
        a == b or -1 in (a, b) for a, b in zip(found, inferred, strict=True)
    )
