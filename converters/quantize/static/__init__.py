"""Post-training quantization to integers on our own graph: measure ranges, give every activation a grid, rewrite operators."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from converters.graph import Graph, Value
from converters.graph.check import check
from converters.passes.integer.constants import EMPTY
from converters.quantize.static.calibrate import ChannelSums, Sample, calibrate, observe
from converters.quantize.static.grids import assign, measured
from converters.quantize.static.rewrite import Recipe, rewrite
from converters.quantize.static.statistics import METHODS, Method, Statistics

__all__ = [
    "METHODS",
    "Calibrated",
    "ChannelSums",
    "Method",
    "Recipe",
    "Sample",
    "Statistics",
    "calibrate",
    "measured",
    "needs_ranges",
    "observe",
    "quantize",
]

_LEVELS = {"int8": 255, "int16": 65534}


@dataclass(frozen=True)
class Calibrated:
    """The measured activations and how grids are made of them."""

    statistics: Mapping[Value, Statistics]
    method: str = "mse"
    per_channel: bool = True


def needs_ranges(graph: Graph) -> bool:
    """Whether some float activation has no grid of its own: a QDQ or quantized model may need none."""
    found = assign(graph, {}, np.dtype(np.int8))
    return any(value in found and found[value].scale[0] == EMPTY.scale[0] for value in measured(graph))


def quantize(
    graph: Graph, statistics: Mapping[Value, Statistics], recipe: Recipe, method: str = "mse"
) -> Graph:
    """`graph` in integers as `recipe` says, its grids from the `statistics` of a calibration."""
    grids = {}
    for dtype in recipe.types:
        ranges = {v: found.range(method, _LEVELS[dtype.name]) for v, found in statistics.items()}
        grids[dtype] = assign(graph, ranges, dtype)
    return check(rewrite(graph, grids, recipe), "quantization")
