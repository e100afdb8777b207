"""The LiteRT dialect: every operator's options, shape inference and layout equation."""

from converters.ops import (  # noqa: F401  (importing a family registers its operators)
    control,
    convolution,
    coordinates,
    drawing,
    elementwise,
    extents,
    indexing,
    linear,
    reduction,
    reshaping,
    resizing,
)
from converters.ops.builder import Builder
from converters.ops.spec import OPS, Inferred, OpSpec, spec_of

__all__ = ["OPS", "Builder", "Inferred", "OpSpec", "spec_of"]
