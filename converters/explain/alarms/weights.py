"""Weights and biases that their integers cannot hold."""

from collections.abc import Iterator

from converters.explain.alarms.rule import Alarm, Facts, alarm, at, channels

OUTLIER = 8.0
"""A channel this many times as wide as the median one takes 3 of 8 bits from the others."""
WEIGHT_PEAK = 16.0
"""A weight this many times its channel's RMS leaves the RMS 8 of 127 levels."""
POOR_DB = 20.0
"""Below this a layer's weights are off by more than a tenth of their size (RMS)."""
SATURATED = 0.01
"""Share of values off the grid that is worth a word."""
MISMATCH = 0.01
"""Relative difference of a bias's scale from data scale * weights scale."""


@alarm
def outlier_weights(facts: Facts) -> Iterator[Alarm]:
    """A channel (scale per tensor) or a single weight (scale per channel) that eats the range of the others."""
    for layer in facts.layers:
        weights = layer.weights
        if weights is None:
            continue
        if (
            not weights.per_channel
            and weights.outlier_ratio >= OUTLIER
            and weights.worst_channel_db < POOR_DB
        ):
            yield at(
                layer,
                "outlier_weights",
                "warning",
                f"{layer.op} `{layer.name}`: its weights have one scale, and channel {weights.outlier_channel} is "
                f"{weights.outlier_ratio:.1f} times as wide as the median one; channel {weights.worst_channel} is left with "
                f"{weights.worst_channel_db:.1f} dB: quantize the weights per channel, or equalise the layers",
            )
        if (
            weights.per_channel
            and weights.outlier_ratio >= WEIGHT_PEAK
            and weights.worst_channel_db < POOR_DB
        ):
            yield at(
                layer,
                "outlier_weights",
                "warning",
                f"{layer.op} `{layer.name}`: one weight of channel {weights.outlier_channel} is {weights.outlier_ratio:.1f} times the "
                f"channel's RMS; channel {weights.worst_channel} is left with {weights.worst_channel_db:.1f} dB: keep this layer in "
                f"higher precision",
            )


@alarm
def saturated_weights(facts: Facts) -> Iterator[Alarm]:
    """Weights beyond their grid, or channels that became nothing."""
    for layer in facts.layers:
        weights = layer.weights
        if weights is None:
            continue
        if weights.saturated > 0.001:
            yield at(
                layer,
                "saturated_weights",
                "error" if weights.saturated > SATURATED else "warning",
                f"{layer.op} `{layer.name}`: {weights.saturated:.2%} of its weights `{weights.name}` lie beyond their grid "
                f"({weights.sqnr_db:.1f} dB): their scale is too small; quantize from the float weights again",
            )
        if weights.zeroed_channels:
            yield at(
                layer,
                "zeroed_weights",
                "error",
                f"{layer.op} `{layer.name}`: all weights of {channels(weights.zeroed_channels)} became zero: "
                f"quantize the weights per channel",
            )


@alarm
def saturated_bias(facts: Facts) -> Iterator[Alarm]:
    """A bias that its integers cannot hold on the grid that the kernel prescribes."""
    for layer in facts.layers:
        bias = layer.bias
        if bias is None or not (bias.saturated or bias.headroom > 1):
            continue
        yield at(
            layer,
            "bias_overflow",
            "error",
            f"{layer.op} `{layer.name}`: its bias `{bias.name}` needs {bias.headroom:.3g} times the range of {bias.dtype} on the grid "
            f"data scale * weights scale, and {bias.saturated} of its elements are at the limit: keep this layer in higher precision, "
            f"or widen the weights' scale",
        )


@alarm
def scale_mismatch(facts: Facts) -> Iterator[Alarm]:
    """A bias whose scale is another than data scale * weights scale: the kernel adds it as if it were that."""
    for layer in facts.layers:
        bias = layer.bias
        if bias is not None and abs(bias.mismatch - 1) > MISMATCH:
            yield at(
                layer,
                "scale_mismatch",
                "error",
                f"{layer.op} `{layer.name}`: its bias `{bias.name}` is stored at {bias.mismatch:.4g} times data scale * weights scale, at "
                f"which the kernel reads it: the file's quantization is wrong; quantize again",
            )
