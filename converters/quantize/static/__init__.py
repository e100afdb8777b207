"""Post-training quantization to integers on our own graph: measure ranges, give every activation a grid, rewrite operators."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Value
from converters.graph.check import check
from converters.passes.integer.constants import EMPTY
from converters.quantize.affine import affine_layers
from converters.quantize.correct import correct_biases
from converters.quantize.static.calibrate import Sample, calibrate, measure, observe
from converters.quantize.static.grids import assign, measured
from converters.quantize.static.rewrite import Recipe, rewrite
from converters.quantize.static.statistics import METHODS, ChannelPeak, Method, Statistics

__all__ = [
    "METHODS",
    "Calibrated",
    "ChannelPeak",
    "Method",
    "Recipe",
    "Sample",
    "Statistics",
    "calibrate",
    "measure",
    "measured",
    "needs_ranges",
    "observe",
    "quantize",
    "quantize_calibrated",
]

_LEVELS = {"int8": 255, "int16": 65534}


@dataclass(frozen=True)
class Calibrated:
    """The measured activations and how grids are made of them."""

    statistics: Mapping[Value, Statistics]
    method: str = "mse"
    per_channel: bool = True
    means: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    """Value's name → mean of each channel, where biases are to be corrected by it."""
    quality: tuple[float, ...] = ()
    """SQNR in dB of each output of the int8 file on some of the samples, where that was tried."""


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


def quantize_calibrated(graph: Graph, calibrated: Calibrated, recipe: Recipe) -> Graph:
    """The same with all that a calibration brings: biases take back the mean error of rounded weights. Factors and offsets of channels
    are layers, except in a graph that says its grids."""
    if not any(node.op in ("QUANTIZE", "DEQUANTIZE") for node in graph.nodes):
        graph = affine_layers(graph)
    corrected = correct_biases(graph, calibrated.means, per_channel=recipe.per_channel, spared=recipe.floats)
    return quantize(corrected, calibrated.statistics, recipe, calibrated.method)
