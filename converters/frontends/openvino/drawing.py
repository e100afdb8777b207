"""Random numbers, and boxes that only sizes decide."""

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, known, lowers
from converters.graph import Value


@lowers("RandomUniform")
def random_uniform(
    context: Context,
    shape: Value,
    low: Value,
    high: Value,
    *,
    output_type: str,
    global_seed: int = 0,
    op_seed: int = 0,
    alignment: str = "tensorflow",
) -> Value:
    """low + (high - low) · u. Both runtimes draw u by the same generator, so that the first run gives the same numbers; a later one
    goes on from there in each runtime's own way.
    """
    if alignment.lower() != "tensorflow":
        raise NotExpressibleError(f"it draws as {alignment} does, LiteRT as TensorFlow")
    if not global_seed and not op_seed:
        raise NotExpressibleError(
            "without a seed it draws other numbers in every run; give it one (its attribute seed)"
        )
    kind = context.dtypes[0]
    if kind.kind != "f":
        raise NotExpressibleError(
            f"LiteRT draws floating-point numbers, not {kind}; draw floats and cast them"
        )
    b = context.build
    sizes = known(shape, "shape").astype(np.int32)
    drawn = b("RANDOM_UNIFORM", sizes, seed=_signed(global_seed), seed2=_signed(op_seed))
    first, last = (float(known(v, "bounds").reshape(-1)[0]) for v in (low, high))
    spread = b("MUL", drawn, np.float32(last - first)) if last - first != 1 else drawn
    return b("ADD", spread, np.float32(first)) if first else spread


def _signed(seed: int) -> int:
    """The schema's seeds are signed."""
    return seed - (1 << 64) if seed >= 1 << 63 else seed


@lowers("PriorBox", "PriorBoxClustered")
def prior_box(context: Context, layer: Value, image: Value) -> Value:
    """Constant sizes are folded before a lowering is asked."""
    raise NotExpressibleError(
        "its sizes are computed at run time; give the inputs' shapes with --input-shape"
    )
