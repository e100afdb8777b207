"""Every operator type that OpenVINO's opsets define, and what becomes of it here: the table of `zoo ops`."""

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from converters.frontends.openvino.inexpressible import INEXPRESSIBLE, LIMITS

OPSETS = range(1, 17)
STRUCTURE = frozenset({"Parameter", "Constant", "Result"})
"""What a graph is made of rather than computes with."""


@dataclass(frozen=True)
class Operator:
    """One operator type: its opsets, `supported`, `limited` or `inexpressible`, and which limits or why not."""

    name: str
    opsets: str
    status: str
    note: str = ""


def defined() -> dict[str, str]:
    """Operator type → the opsets whose Python API defines it, read from OpenVINO. Raises ImportError without one."""
    found: dict[str, list[int]] = {}
    for number in OPSETS:
        module = import_module(f"openvino.opset{number}")
        source = Path(str(module.__file__)).with_name("ops.py")
        text = source.read_text() if source.exists() else ""
        for name in re.findall(r'\.create\(\s*"(\w+)"', text):
            found.setdefault(name, []).append(number)
        for name, (function, first) in _CLASSES.items():
            if number == first and hasattr(module, function):
                found.setdefault(name, []).append(number)
    return {name: ", ".join(map(str, sorted(set(numbers)))) for name, numbers in sorted(found.items())}


_CLASSES = {
    "If": ("if_op", 8),
    "Loop": ("loop", 5),
    "TensorIterator": ("tensor_iterator", 1),
    "Assign": ("assign", 3),
    "ReadValue": ("read_value", 3),
}
"""Operators that the API makes by classes of their own, and the opset that brought them."""


def operators() -> tuple[Operator, ...]:
    """The table, by name. Raises KeyError for an operator that is neither lowered nor explained."""
    from converters.frontends.openvino import lower  # noqa: F401  (registers the lowerings)
    from converters.frontends.openvino.lowering import DYNAMIC, LOWERINGS

    rows = []
    for name, opsets in defined().items():
        if name in STRUCTURE:
            continue
        if name in LOWERINGS or name in DYNAMIC:
            note = LIMITS.get(name, "")
            rows.append(Operator(name, opsets, "limited" if note else "supported", note))
        else:
            rows.append(Operator(name, opsets, "inexpressible", INEXPRESSIBLE[name]))
    return tuple(rows)


def markdown() -> str:
    """The table as a page."""
    rows = operators()
    count = {status: sum(row.status == status for row in rows) for status in ("supported", "limited")}
    words = {"supported": "yes", "limited": "with limits", "inexpressible": "no"}
    lines = [
        "# OpenVINO operators",
        "",
        f"Made by `zoo ops --markdown`. Of the {len(rows)} operator types of OpenVINO's opsets 1 to {OPSETS[-1]}, "
        f"{count['supported']} are lowered without limits, {count['limited']} with the limits named. "
        "What stands under a limit is refused with the operator, the node and the reason, never approximated.",
        "",
        "| operator | opsets | lowered | limits, or why not |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {row.name} | {row.opsets} | {words[row.status]} | {row.note} |" for row in rows]
    return "\n".join(lines) + "\n"
