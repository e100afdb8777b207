"""Graphs whose numbers lie on grids, computed in integers."""

from converters.passes.integer.arrive import integer

__all__ = ["integer"]
