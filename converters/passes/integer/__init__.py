"""Graphs whose numbers lie on grids: from float arithmetic that says its grids to integers, and back."""

from converters.passes.integer import lookup  # noqa: F401
from converters.passes.integer.arrive import integer
from converters.passes.integer.leave import is_quantized, simulated

__all__ = ["integer", "is_quantized", "simulated"]
