"""LiteRT operators as TensorFlow graph operations. Imports TensorFlow: loaded in the child process alone."""

from converters.emitters.tensorflow.operators import (  # noqa: F401  (importing a family registers its operators)
    control,
    convolution,
    coordinates,
    elementwise,
    extents,
    indexing,
    linear,
    reduction,
    reshaping,
    volumes,
)
from converters.emitters.tensorflow.operators.common import OPERATORS

__all__ = ["OPERATORS"]
