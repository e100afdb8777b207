"""Lowerings for shapes that only the run knows: what decides them stays a tensor, and the kernels size their results by it."""

from converters.frontends.openvino.dynamic import (  # noqa: F401  (importing a family registers its lowerings)
    anyshape,
    distinct,
    finding,
    padding,
    reduction,
    resampling,
    shapes,
    slicing,
    suppression,
)
