"""Results that say nothing any more, or little."""

from collections.abc import Iterator

from converters.explain.alarms.rule import Alarm, Facts, alarm, at, channels, grid_words
from converters.explain.layers import INPUT

LOST_DB = 10.0
"""Below this a layer alone is off by a third of its size (RMS)."""
DEAD = 0.1
"""Share of a layer's channels that lost their values."""


@alarm
def constant_output(facts: Facts) -> Iterator[Alarm]:
    """A result that is one value wherever the float model's varies; of a chain of them the first, and every output of the model."""
    said = False
    for layer in facts.layers:
        total = facts.total(layer)
        low, high = total.range
        flat = total.low_found is not None and total.high_found is not None
        if not flat or float(total.low_found.min()) != float(total.high_found.max()):  # type: ignore[union-attr]
            continue
        if high - low <= 1e-6 * max(abs(low), abs(high)) or total.error.count < 2:
            continue
        is_end = any(facts.ours.tensors[i].name == layer.name for i in facts.ours.outputs)
        if said and not is_end:
            continue
        said = True
        value = float(total.low_found.min())  # type: ignore[union-attr]
        yield at(
            layer,
            "constant_output",
            "error",
            f"{layer.op} `{layer.name}` is {value:.4g} everywhere, on all samples; the float model gives {low:.4g} to {high:.4g}"
            f"{grid_words(layer)}: keep this layer in higher precision, or calibrate again",
        )


@alarm
def zero_softmax(facts: Facts) -> Iterator[Alarm]:
    """Softmax rows whose classes cannot be told apart any more."""
    for layer in facts.layers:
        total = facts.total(layer)
        if layer.op != "SOFTMAX" or not total.flat_rows:
            continue
        classes = layer.shape[-1] if layer.shape else 0
        yield at(
            layer,
            "zero_softmax",
            "error",
            f"SOFTMAX `{layer.name}`: {total.flat_rows} of {total.rows} rows have the same value for all {classes} classes (float: "
            f"up to {total.range[1]:.3g}){grid_words(layer)}: leave the softmax out of the model, or keep it in float",
        )


@alarm
def lossy_layer(facts: Facts) -> Iterator[Alarm]:
    """A layer that loses much by itself; where its weights and its grid are fine, large terms cancel in its sums."""
    for layer in facts.layers:
        own, weights = layer.own_sqnr_db, layer.weights
        if own is None or own >= LOST_DB or facts.total(layer).error.signal == 0 or layer.op == INPUT:
            continue
        grid = f", its grid alone {layer.grid_sqnr_db:.1f} dB" if layer.grid_sqnr_db is not None else ""
        parts = [
            own,
            *([weights.sqnr_db] if weights is not None else []),
            *([layer.grid_sqnr_db] if grid else []),
        ]
        cancels = weights is not None and min(p for p in parts[1:] if p is not None) > own + LOST_DB
        why = (
            ": large terms cancel in its sums, so that small errors of the weights or operands remain"
            if cancels
            else ""
        )
        yield at(
            layer,
            "lossy_layer",
            "error",
            f"{layer.op} `{layer.name}` keeps {own:.1f} dB by itself"
            f"{f' (its weights {weights.sqnr_db:.1f} dB{grid})' if weights is not None else grid}{why}; keep this "
            f"layer in higher precision",
        )


@alarm
def dead_channels(facts: Facts) -> Iterator[Alarm]:
    """Channels that carry something in the float model and one value here."""
    for layer in facts.layers:
        dead = layer.dead_channels
        if len(dead) <= DEAD * layer.channels or len(dead) == layer.channels:
            continue
        yield at(
            layer,
            "dead_channels",
            "warning",
            f"{layer.op} `{layer.name}`: {len(dead)} of {layer.channels} channels ({channels(dead)}) never change, "
            f"though they do in the float "
            f"model{grid_words(layer)}: equalise the layers, or give this one 16-bit activations",
        )


@alarm
def not_finite(facts: Facts) -> Iterator[Alarm]:
    """The float model itself gives NaN or infinities."""
    for layer in facts.layers:
        count = facts.total(layer).nonfinite
        if count:
            yield at(
                layer,
                "float_not_finite",
                "error",
                f"{layer.op} `{layer.name}`: {count} values of the float model are NaN or infinite on these samples: its "
                f"range says nothing; "
                f"check the samples' preprocessing",
            )
