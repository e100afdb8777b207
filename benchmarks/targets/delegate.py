"""A model with an external delegate library: what `gpu:delegate=PATH` and `edgetpu` share."""

import ctypes
import ctypes.util
from pathlib import Path
from typing import Any

from benchmarks.environment import package_version
from benchmarks.targets import cpu
from benchmarks.targets.base import Job, RefusedError
from registry.types import Residency

_SYMBOLS = ("tflite_plugin_create_delegate", "tflite_plugin_destroy_delegate")


def check(library: str) -> str:
    """Why this library cannot be used as a delegate; empty where it looks as if it could. A name without a folder is searched for."""
    if not package_version("ai-edge-litert"):
        return "ai-edge-litert is not installed: pip install ai-edge-litert"
    if not library:
        return "no delegate library is named"
    if "/" in library and not Path(library).is_file():
        return f"there is no delegate library {library}"
    try:
        loaded = ctypes.CDLL(library)
    except OSError as error:
        return f"the delegate library {library} cannot be loaded: {error}"
    absent = [name for name in _SYMBOLS if not hasattr(loaded, name)]
    return f"{library} is no TFLite delegate: it has no {absent[0]}" if absent else ""


def load(job: Job, library: str, options: dict[str, str] | None = None, name: str = "") -> "Delegated":
    """The model with the delegate applied. Raises RefusedError where the library does not work or takes no op."""
    from ai_edge_litert.interpreter import load_delegate

    broken = check(library)
    if broken:
        raise RefusedError(broken)
    try:
        loaded = load_delegate(library, options or {})
    except (ValueError, OSError) as error:
        raise RefusedError(f"the delegate {library} gives no delegate: {_said(error)}") from error
    return Delegated(job, loaded, name or Path(library).name)


class Delegated(cpu.Interpreted):
    """A model that keeps to its delegate: the rest runs in LiteRT's own kernels, without XNNPACK, so that the plan is the proof."""

    def __init__(self, job: Job, loaded: Any, name: str) -> None:
        try:
            super().__init__(job, xnnpack=False, delegate=name, delegates=(loaded,))
        except (RuntimeError, ValueError) as error:
            raise RefusedError(f"the delegate {name} fails on this model: {_said(error)}") from error

    def residency(self) -> Residency:
        found = super().residency()
        if not found.accelerated:
            raise RefusedError(
                f"the delegate {self.delegate} took none of the {found.ops} ops, so all would run on the CPU"
            )
        return found


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
