"""Post-training quantization to integers on our own graph: measure ranges, give every activation a grid, rewrite operators."""

from collections.abc import Mapping

from converters.graph import Graph, Value
from converters.graph.check import check
from converters.quantize.static.calibrate import Sample, calibrate
from converters.quantize.static.grids import assign, measured
from converters.quantize.static.rewrite import Recipe, rewrite
from converters.quantize.static.statistics import METHODS, Method, Statistics

__all__ = ["METHODS", "Method", "Recipe", "Sample", "Statistics", "calibrate", "measured", "quantize"]

_LEVELS = {"int8": 255, "int16": 65534}


def quantize(
    graph: Graph, statistics: Mapping[Value, Statistics], recipe: Recipe, method: Method = "mse"
) -> Graph:
    """`graph` in integers as `recipe` says, its grids from the `statistics` of a calibration."""
    grids = {}
    for dtype in recipe.types:
        ranges = {v: found.range(method, _LEVELS[dtype.name]) for v, found in statistics.items()}
        grids[dtype] = assign(graph, ranges, dtype)
    return check(rewrite(graph, grids, recipe), "quantization")
