"""Operators that draw random numbers: two nodes alike are two draws, and none is a constant."""

import numpy as np

from converters.graph import Value
from converters.ops.spec import Inferred, op

DRAWS = frozenset({"RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL", "MULTINOMIAL"})


@op("RANDOM_UNIFORM", options="RandomOptions", parameters=(0,))
def random_uniform(shape: Value, *, seed: int = 0, seed2: int = 0) -> Inferred:
    """float32 from 0 up to 1, by Philox 4×32-10 (Salmon et al., 2011) as TensorFlow draws them."""
    known = (-1,) * shape.shape[0] if shape.data is None else tuple(int(n) for n in shape.data)
    return [(known, np.dtype(np.float32))]
