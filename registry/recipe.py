"""The recipe of a variant of mixed precision, as a manifest holds it."""

import msgspec


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of a recovery: so many layers in float32 (or on 16-bit activations), and what it loses against float32."""

    techniques: tuple[str, ...]
    float32: int
    int16: int
    loss: float
    size: int


class Recovery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The recipe of a variant of mixed precision: what it keeps, what that is worth and what it costs, against the plain variant.

    `loss` is how much worse than float32 the metric is, in `unit`s (0 and below: no worse). Sizes in bytes; latency in milliseconds, all
    three files in turns of one run (LiteRT, XNNPACK, one thread): median, and the ends of its 95 % interval.
    """

    of: str
    """The variant that it recovers: `int8`, `dynamic_range`."""
    tolerance: float
    metric: str
    unit: str
    data: str
    """The hash of the samples that the metric was measured on."""
    samples: int
    float32_layers: tuple[str, ...]
    """Chosen to stay in float32, by the name of their result."""
    techniques: tuple[str, ...]
    """Applied to the whole model before that."""
    float_value: float
    value_before: float
    value_after: float
    loss_before: float
    loss_after: float
    size_float32: int
    size_before: int
    size_after: int
    int16_layers: tuple[str, ...] = ()
    """Chosen to compute on 16-bit activations, weights in 8 bits."""
    latency_ms: dict[str, tuple[float, float, float]] = {}
    """`float32`, `before`, `after`."""
    without_form: tuple[str, ...] = ()
    """Layers that LiteRT has no integer form of; they compute in float32 in any case."""
    tried: tuple[Tried, ...] = ()
    key: str = ""
    """The hash of all that decides the recipe."""
