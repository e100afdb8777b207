"""What is tried with an ONNX model before it is given up: named rewrites, function bodies, another opset."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from converters.frontends.onnx import (  # noqa: F401  (importing a family registers its rewrites)
    arithmetic,
    optional,
    recurrent,
    scans,
    scatters,
    spectral,
    text,
    windows,
)
from converters.frontends.onnx.inlining import inline
from converters.frontends.onnx.marks import ATTENTION_WINDOWS
from converters.frontends.onnx.rewriting import REWRITES, rewrite

_LEAST_OPSET, _OLDER_OPSET = 18, 21
_FUNCTIONS = {"Attention": ATTENTION_WINDOWS}
"""Operators whose function bodies OpenVINO reads right, and the attributes that it passes over in silence in themselves."""

Read = Callable[[bytes], Any]


def second_chance(path: Path, read: Read, reason: str = "") -> tuple[Any, tuple[str, ...]] | None:
    """(what `read` makes of the rewritten model, what was done to it); None where nothing helps.

    `read` takes a serialised model and raises where it cannot be read; `reason` is why it could not read the original.
    """
    import onnx

    try:
        model = onnx.load(str(path))
    except Exception:  # damaged: the reader says so itself
        return None
    model = _modern(model)
    notes = rewrite(model)
    functions = frozenset(node.op_type for node in model.graph.node if _has_mark(node))
    model, more = inline(model, functions) if functions else (model, [])
    notes += more
    found, reason = _tried(model, read, reason) if notes else (None, reason)
    for step in (_inlined, _inlined, _converted):
        if found is not None:
            break
        model, more = step(model, reason)
        if more:
            notes += more + rewrite(model)
            found, reason = _tried(model, read, reason)
    return None if found is None else (found, tuple(dict.fromkeys(notes)))


def _has_mark(node: Any) -> bool:
    marks = _FUNCTIONS.get(node.op_type, ())
    return any(one.name.encode() in marks for one in node.attribute)


def _tried(model: Any, read: Read, reason: str) -> tuple[Any, str]:
    try:
        return read(model.SerializeToString()), ""
    except Exception as error:
        return None, " ".join(str(error).split()) or reason


def _inlined(model: Any, reason: str) -> tuple[Any, list[str]]:
    """The bodies of the operators that the reason names."""
    named = set(re.findall(r"([A-Z]\w*)-\d+", reason)) | set(re.findall(r"<Node\((\w+)\)", reason))
    named |= {node.op_type for node in model.graph.node if node.op_type in reason}
    return inline(model, frozenset(named))


def _modern(model: Any) -> Any:
    """Rewrites speak opset 18 (axes as operands); an older model is brought there where it has something to rewrite."""
    from onnx import version_converter

    old = any(entry.domain == "" and entry.version < _LEAST_OPSET for entry in model.opset_import)
    if not old or not any(node.op_type in REWRITES for node in model.graph.node):
        return model
    try:
        return version_converter.convert_version(model, _LEAST_OPSET)
    except Exception:  # no adapter: the rewrites are tried as it is
        return model


def _converted(model: Any, reason: str) -> tuple[Any, list[str]]:
    from onnx import version_converter

    version = max((entry.version for entry in model.opset_import if entry.domain == ""), default=0)
    if version <= _OLDER_OPSET:
        return model, []
    try:
        older = version_converter.convert_version(model, _OLDER_OPSET)
    except Exception:  # no adapter between these opsets
        return model, []
    return older, [f"opset {version} was converted to {_OLDER_OPSET}"]
