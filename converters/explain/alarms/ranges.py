"""Grids that do not fit the data."""

from collections.abc import Iterator

import numpy as np

from converters.explain.alarms.rule import Alarm, Facts, alarm, at, span
from converters.explain.layers import INPUT

FEW_LEVELS = 16
"""A channel that has fewer steps than this of its tensor's grid is starved: 4 bits."""
OUTLIER = 8.0
"""A channel this many times as wide as the median one takes 3 of 8 bits from the others."""
SATURATED = 0.01
"""Share of values off the grid that is worth a word."""
MUCH_SATURATED = 0.1
WIDE = 4.0
"""A grid this many times as wide as the data wastes 2 bits."""
NARROW = 0.25
"""Data that reach beyond the grid by this share of its width are not what was calibrated on; methods that clip stay below."""
INPUT_NARROW = 0.02
"""The same for the model's inputs, which nobody clips."""
_FIXED = ("SOFTMAX", "LOGISTIC", "TANH", "LOG_SOFTMAX", "L2_NORMALIZATION")
"""Operators whose kernels prescribe the grid of the result."""


@alarm
def outlier_channel(facts: Facts) -> Iterator[Alarm]:
    """One channel of an activation sets the scale of its whole tensor, and the others are left with few steps."""
    for layer in facts.layers:
        spreads = facts.total(layer).spreads
        alive = spreads[spreads > 0]
        if layer.step is None or alive.size < 4 or layer.dtype == "int16":
            continue
        median, widest = float(np.median(alive)), int(spreads.argmax())
        levels = median / layer.step
        if spreads[widest] >= OUTLIER * median and levels < FEW_LEVELS:
            yield at(
                layer,
                "outlier_channel",
                "warning",
                f"{layer.op} `{layer.name}`: channel {widest} reaches {spreads[widest]:.4g}, the median channel {median:.4g}, which "
                f"leaves that {levels:.1f} steps of {layer.step:.3g}: equalise the layers, or give this one 16-bit activations",
            )


@alarm
def saturated_activation(facts: Facts) -> Iterator[Alarm]:
    """Values beyond the grid."""
    for layer in facts.layers:
        if (
            layer.saturated <= SATURATED
            or layer.grid_range is None
            or layer.op in ("SOFTMAX", "LOGISTIC", "TANH")
        ):
            continue
        yield at(
            layer,
            "saturated_activation",
            "error" if layer.saturated > MUCH_SATURATED else "warning",
            f"{layer.op} `{layer.name}`: {layer.saturated:.1%} of its values lie beyond its grid {span(layer.grid_range)} (float: "
            f"{span(layer.float_range)}): calibrate with more samples, or by min-max",
        )


@alarm
def calibration_range(facts: Facts) -> Iterator[Alarm]:
    """Grids far wider or narrower than the data: other samples or another preprocessing than at calibration."""
    for layer in facts.layers:
        if layer.grid_range is None or layer.op in _FIXED or layer.dtype == "int16":
            continue
        (low, high), grid = layer.float_range, layer.grid_range
        reach, width = max(high, 0.0) - min(low, 0.0), grid[1] - grid[0]
        if reach > 0 and width > WIDE * reach:
            yield at(
                layer,
                "range_too_wide",
                "warning",
                f"{layer.op} `{layer.name}`: its grid spans {span(grid)}, the data only {span((low, high))}, so {width / reach:.1f} times "
                f"as many steps would fit: was it calibrated with another preprocessing, or on noise?",
            )
        beyond = max(grid[0] - low, high - grid[1])
        if beyond > (INPUT_NARROW if layer.op == INPUT else NARROW) * width:
            yield at(
                layer,
                "range_too_narrow",
                "warning",
                f"{layer.op} `{layer.name}`: the data span {span((low, high))}, its grid only {span(grid)}: was it calibrated with another "
                f"preprocessing, or on too few samples?",
            )
