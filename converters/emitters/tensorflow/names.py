"""Names of inputs, outputs and nodes, changed only as far as a format demands."""

import re
from collections.abc import Iterable

_NOT_IDENTIFIER = re.compile(r"[^A-Za-z0-9_]")
_NOT_NODE = re.compile(r"[^A-Za-z0-9_./-]")
_NOT_LAYER = re.compile(r"[^A-Za-z0-9_.-]")


def identifier(name: str) -> str:
    """A Python identifier: TensorFlow binds a signature's inputs by keyword."""
    result = _NOT_IDENTIFIER.sub("_", name) or "_"
    return f"_{result}" if result[0].isdigit() else result


def node_name(name: str) -> str:
    """A GraphDef node name: `[A-Za-z0-9.][A-Za-z0-9_./-]*` (tensorflow/python/framework/ops.py)."""
    result = _NOT_NODE.sub("_", name).strip("/") or "value"
    return result if result[0].isalnum() or result[0] == "." else f"n{result}"


def layer_name(name: str) -> str:
    """A Keras layer name: no `/`, and a valid TensorFlow scope."""
    result = _NOT_LAYER.sub("_", name) or "layer"
    return result if result[0].isalnum() else f"n{result}"


def unique(names: Iterable[str], taken: Iterable[str] = ()) -> tuple[str, ...]:
    """`names` in order, a number appended where one is already there (TensorFlow compares names without case)."""
    seen = {name.lower() for name in taken}
    result = []
    for name in names:
        candidate, number = name, 1
        while candidate.lower() in seen:
            candidate, number = f"{name}_{number}", number + 1
        seen.add(candidate.lower())
        result.append(candidate)
    return tuple(result)
