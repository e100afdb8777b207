"""LiteRT operators as Keras layers and operations. Imports Keras: loaded in the child process alone."""

from converters.emitters.tensorflow.layers import (  # noqa: F401  (importing a family registers its operators)
    convolution,
    coordinates,
    elementwise,
    extents,
    indexing,
    linear,
    reduction,
    reshaping,
    resizing,
    volumes,
)
from converters.emitters.tensorflow.layers.site import LAYERS

__all__ = ["LAYERS"]
