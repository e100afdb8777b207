"""What a recovery found, as a table and sentences."""

from registry.recipe import Recovery
from zoo.report import Table, number, size


def table(recipe: Recovery) -> Table:
    """One row a candidate, in the order they were tried."""
    rows = tuple(
        (
            str(count),
            " and ".join(one.techniques) or "-",
            str(one.float32 + one.int16),
            f"{one.loss:.4f}",
            size(one.size),
            "yes" if one.loss <= recipe.tolerance else "no",
        )
        for count, one in enumerate(recipe.tried, 1)
    )
    unit = f" ({recipe.unit})" if recipe.unit else ""
    columns = ("try", "techniques", "finer layers", f"loss of {recipe.metric}{unit}", "size", "inside")
    return Table(columns, rows, f"{recipe.of}: mixes tried for a loss of {recipe.tolerance:g} at most")


def sentences(recipe: Recovery) -> list[str]:
    """The recipe, what it is worth and what it costs."""
    how = list(recipe.techniques)
    for kept, where in (
        (recipe.float32_layers, "in float32"),
        (recipe.int16_layers, "on 16-bit activations"),
    ):
        if kept:
            how.append(f"{len(kept)} layer{'s' * (len(kept) != 1)} {where} ({', '.join(kept)})")
    if len(recipe.tried) == 1:
        how = [f"{recipe.of} is inside the tolerance as it is"]
    mixed = f"{recipe.of}_mixed"
    found = [
        f"{mixed}: {' and '.join(how) or 'the model as it is'}; {len(recipe.tried)} tried",
        f"{recipe.metric} on {recipe.samples} samples: float32 {number4(recipe.float_value)}, {recipe.of} "
        f"{number4(recipe.value_before)}, {mixed} {number4(recipe.value_after)} (tolerance {recipe.tolerance:g} {recipe.unit}".rstrip()
        + ")",
        f"size: float32 {size(recipe.size_float32)}, {recipe.of} {size(recipe.size_before)}, {mixed} {size(recipe.size_after)} "
        f"({percent(recipe.size_after / recipe.size_before)})",
    ]
    times = recipe.latency_ms
    if {"float32", "before", "after"} <= set(times):
        told = {
            name: f"{number(one[0])} ms ({number(one[1])} to {number(one[2])})" for name, one in times.items()
        }
        found.append(
            f"latency side by side, one thread: float32 {told['float32']}, {recipe.of} {told['before']}, {mixed} {told['after']} "
            f"({percent(times['after'][0] / times['before'][0])})"
        )
    if recipe.without_form:
        found.append(f"without an integer form, so in float32 in any case: {', '.join(recipe.without_form)}")
    return found


def number4(value: float) -> str:
    return f"{value:.4f}"


def percent(ratio: float) -> str:
    """`+4.2 %`."""
    return f"{(ratio - 1) * 100:+.1f} %"
