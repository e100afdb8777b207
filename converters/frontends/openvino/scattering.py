"""Updates put into a tensor, or joined with what is there: by coordinates, by elements, by slices."""

import numpy as np

from converters.frontends.openvino.coordinates import coordinates, grid
from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers
from converters.graph import Value, constant
from converters.ops.equation import inverse

_MOST = 1 << 24
"""Elements that a comparison of every update with every place may have."""

_JOINED = {"max": ("REDUCE_MAX", "MAXIMUM"), "min": ("REDUCE_MIN", "MINIMUM"), "prod": ("REDUCE_PROD", "MUL")}


def _marked(context: Context, x: Value, places: Value, updates: Value) -> Value:
    """Which elements of `x` have an update."""
    b = context.build
    if places.data is not None:
        mark = np.zeros(x.shape, bool)
        mark[tuple(np.moveaxis(places.data, -1, 0))] = True
        return constant(mark)
    ones = np.ones(updates.shape, np.float32)
    return b("GREATER", b("SCATTER_ND", places, ones, int32(x.shape)), np.float32(0))


def _scattered(context: Context, x: Value, places: Value, updates: Value) -> Value:
    """`x` with `updates` in their places: scatter both the updates and a mark, choose by the mark. Booleans go as int32."""
    b = context.build
    if updates.dtype == np.bool_:
        placed = b("SCATTER_ND", places, b.cast(updates, np.int32), int32(x.shape))
        placed = b("NOT_EQUAL", placed, np.int32(0))
    else:
        placed = b("SCATTER_ND", places, updates, int32(x.shape))
    return b("SELECT_V2", _marked(context, x, places, updates), placed, x)


def _updated(
    context: Context, x: Value, places: Value, updates: Value, reduction: str, initial: bool = True
) -> Value:
    """`updates` put in, or joined by the reduction with what is in their places (`initial`) or only with one another.

    Raises NotExpressibleError.
    """
    b = context.build
    kind = reduction.lower()
    if kind == "none":
        return _scattered(context, x, places, updates)
    if updates.dtype == np.bool_:
        raise NotExpressibleError("LiteRT does not scatter booleans")
    if kind in _JOINED:
        return _joined(context, x, places, updates, kind, initial)
    total = b("SCATTER_ND", places, updates, int32(x.shape))
    if kind == "sum":
        if initial:
            return b("ADD", x, total)
        return b("SELECT_V2", _marked(context, x, places, updates), total, x)
    if kind != "mean" or x.dtype.kind != "f":
        raise NotExpressibleError(f"its reduction `{reduction}` of {x.dtype} has no LiteRT operator")
    count = b("SCATTER_ND", places, np.ones(updates.shape, x.dtype), int32(x.shape))
    if initial:
        return b("DIV", b("ADD", x, total), b("ADD", count, np.asarray(1, x.dtype)))
    some = b("MAXIMUM", count, np.asarray(1, x.dtype))
    return b("SELECT_V2", b("GREATER", count, np.asarray(0, x.dtype)), b("DIV", total, some), x)


def _joined(context: Context, x: Value, places: Value, updates: Value, kind: str, initial: bool) -> Value:
    """Every update beside every place, [updates, places, rest]; where they do not meet stands what changes nothing."""
    b = context.build
    depth = places.shape[-1]
    lead, rest = x.shape[:depth], int(np.prod(x.shape[depth:], dtype=int))
    number = int(np.prod(lead, dtype=int))
    count = updates.elements // rest
    if count * number * rest > _MOST:
        raise NotExpressibleError(
            f"its reduction `{kind}` would compare {count} updates with {number} places; LiteRT scatters sums only"
        )
    strides = int32([int(np.prod(lead[i + 1 :], dtype=int)) for i in range(depth)])
    rows = b("SUM", b("MUL", b.reshape(places, (count, depth)), strides), int32([1]))
    meets = b(
        "EQUAL", b.reshape(rows, (count, 1, 1)), constant(np.arange(number, dtype=np.int32).reshape(1, -1, 1))
    )
    whole, pair = _JOINED[kind]
    beside = b.reshape(updates, (count, 1, rest))
    spread = b("SELECT_V2", meets, beside, np.asarray(_neutral(kind, x), x.dtype))
    found = b.reshape(b(whole, spread, int32([0])), x.shape)
    if initial:
        return b(pair, x, found)
    some = b.reshape(b("REDUCE_ANY", meets, int32([0])), (*lead, *(1,) * (x.rank - depth)))
    return b("SELECT_V2", some, found, x)


def _neutral(kind: str, x: Value) -> float:
    if kind == "prod":
        return 1
    if x.dtype.kind == "f":
        return -np.inf if kind == "max" else np.inf
    limits = np.iinfo(x.dtype)
    return limits.min if kind == "max" else limits.max


@lowers("ScatterNDUpdate")
def scatter_nd_update(
    context: Context, x: Value, indices: Value, updates: Value, *, reduction: str = "none"
) -> Value:
    return _updated(context, x, coordinates(context, x, indices, 0), updates, reduction)


@lowers("ScatterElementsUpdate")
def scatter_elements_update(
    context: Context,
    x: Value,
    indices: Value,
    updates: Value,
    axis: Value,
    *,
    reduction: str = "none",
    use_init_val: bool = True,
) -> Value:
    where = int(known(axis, "axis").reshape(-1)[0]) % x.rank
    places = grid(context, indices, where, x.shape[where])
    return _updated(context, x, places, updates, reduction, use_init_val)


@lowers("ScatterUpdate")
def scatter_update(context: Context, x: Value, indices: Value, updates: Value, axis: Value) -> Value:
    """Whole slices along `axis` at constant indices."""
    where = int(known(axis, "axis").reshape(-1)[0]) % x.rank
    flat = known(indices, "indices").reshape(-1).astype(np.int64) % x.shape[where]
    order = (where, *(i for i in range(x.rank) if i != where))
    back = inverse(order)
    b = context.build
    shape = (*x.shape[:where], len(flat), *x.shape[where + 1 :])
    moved = b.transpose(b.reshape(updates, shape), order)
    result = _scattered(context, b.transpose(x, order), constant(flat[:, None].astype(np.int32)), moved)
    return b.transpose(result, back)


@lowers("SliceScatter")
def slice_scatter(
    context: Context,
    x: Value,
    updates: Value,
    start: Value,
    stop: Value,
    step: Value,
    axes: Value | None = None,
) -> Value:
    """Updates in the place of x[start:stop:step]; in steps of one they go in as a whole, else element by element."""
    b = context.build
    given = [known(v, what).reshape(-1) for v, what in ((start, "start"), (stop, "stop"), (step, "step"))]
    where = (
        range(len(given[0])) if axes is None else [int(a) % x.rank for a in known(axes, "axes").reshape(-1)]
    )
    taken = [range(n) for n in x.shape]
    for axis, first, last, pace in zip(where, *given, strict=True):
        taken[axis] = taken[axis][int(first) : int(last) : int(pace)]
    if all(len(r) == n for r, n in zip(taken, x.shape, strict=True)) and all(r.step == 1 for r in taken):
        return updates
    if all(r.step == 1 for r in taken) and x.dtype != np.bool_:
        return b("DYNAMIC_UPDATE_SLICE", x, updates, int32([r.start for r in taken]))
    mark = np.zeros(x.shape, bool)
    mark[np.ix_(*taken)] = True
    for axis, (places, n) in enumerate(zip(taken, x.shape, strict=True)):
        if list(places) != list(range(n)):
            source = np.zeros(n, np.int32)
            source[list(places)] = np.arange(len(places))
            updates = b("GATHER", updates, source, axis=axis)
    return b("SELECT_V2", mark, updates, x)
