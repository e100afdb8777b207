"""Cases of the operators whose results' shapes are data: known numbers and numbers computed at run time."""

import numpy as np

from tests.converters.emitters.tensorflow.collecting import Cases, ints


def extents(c: Cases) -> None:
    """Of shapes that are known, which every format holds."""
    c("shape", "SHAPE", c.image)
    c("shape_wide", "SHAPE", c.image, out_type="int64")
    c("fill", "FILL", ints(2, 3), c.b("SUM", c.matrix, ints(0, 1)))
    c("broadcast", "BROADCAST_TO", c.b("SLICE", c.matrix, ints(0, 0), ints(1, 10)), ints(4, 10))


def data_sized() -> Cases:
    """Of shapes that the run computes, which TensorFlow's graphs hold and Keras does not."""
    c = Cases()
    number = c.b("SUM", c.matrix, ints(0, 1))
    lines = c.b("GATHER", c.b("SHAPE", c.matrix), np.asarray(0, np.int32))
    row = c.b("SLICE", c.matrix, ints(0, 0), ints(1, 10))
    c("fill_computed", "FILL", c.b("SHAPE", c.matrix), np.float32(1.5))
    c("broadcast_computed", "BROADCAST_TO", row, c.b("SHAPE", c.matrix))
    c("range", "RANGE", np.asarray(1, np.int32), lines, np.asarray(2, np.int32))
    c("range_of_floats", "RANGE", np.float32(0.5), c.b("ABS", number), np.float32(0.75))
    c("where", "WHERE", c.b("GREATER", c.matrix, np.float32(0.2)))
    c("random", "RANDOM_UNIFORM", ints(2, 5), seed=3, seed2=4)
    rounded = c.b("ROUND", c.b("RESHAPE", c.matrix, ints(60)))
    c("unique", "UNIQUE", rounded)
    c("unique_wide", "UNIQUE", rounded, idx_out_type="int64")
    # Boxes of one size around places that the data give: some overlap.
    places = c.b("SLICE", c.b("RESHAPE", c.image, ints(108, 4)), ints(0, 0), ints(40, 2))
    boxes = c.b("CONCATENATION", places, c.b("ADD", places, np.float32(0.75)), axis=1)
    scores = c.b("RESHAPE", c.b("SLICE", c.image, ints(0, 0, 0, 3), ints(1, 4, 10, 1)), ints(40))
    limits = np.asarray(12, np.int32), np.float32(0.3), np.float32(0.1)
    c("suppression", "NON_MAX_SUPPRESSION_V4", boxes, scores, *limits)
    return c
