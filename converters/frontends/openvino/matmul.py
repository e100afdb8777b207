"""Matrix products: FULLY_CONNECTED where one operand is a constant matrix, BATCH_MATMUL otherwise."""

import numpy as np

from converters.frontends.openvino.lowering import Context, lowers
from converters.graph import Value, constant


@lowers("MatMul")
def matmul(
    context: Context, x: Value, y: Value, *, transpose_a: bool = False, transpose_b: bool = False
) -> Value:
    b = context.build
    weights = y.data
    if (
        weights is not None
        and x.data is None
        and weights.ndim >= 2
        and all(n == 1 for n in weights.shape[:-2])
    ):
        if transpose_a and x.rank >= 2:
            order = (*range(x.rank - 2), x.rank - 1, x.rank - 2)
            x = b.transpose(x, order)
        if x.rank >= 2:
            matrix = weights.reshape(weights.shape[-2:])
            kernel = constant(np.ascontiguousarray(matrix if transpose_b else matrix.T), y.name)
            return b.reshape(b("FULLY_CONNECTED", x, kernel, keep_num_dims=x.rank > 2), context.shape)
    left, flip_left = (b.reshape(x, (1, x.shape[0])), False) if x.rank == 1 else (x, transpose_a)
    right, flip_right = (b.reshape(y, (y.shape[0], 1)), False) if y.rank == 1 else (y, transpose_b)
    rank = max(left.rank, right.rank)
    lifted = [b.reshape(v, (1,) * (rank - v.rank) + v.shape) for v in (left, right)]
    return b.reshape(b("BATCH_MATMUL", *lifted, adj_x=flip_left, adj_y=flip_right), context.shape)
