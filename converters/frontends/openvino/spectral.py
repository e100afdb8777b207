"""Discrete Fourier transforms as products with constant matrices of cosines and sines.

A complex number is a pair on the last axis, so one complex transform along an axis of n is one real product with a matrix
[2·m, 2·n] over the axis and its pair.
Source: OpenVINO's specifications of DFT-7, IDFT-7, RDFT-9, IRDFT-9.
"""

from collections.abc import Sequence

import numpy as np

from converters.frontends.fourier import Matrix, back_to_real_matrix, complex_matrix, real_matrix
from converters.frontends.openvino.lowering import Context, known, lowers
from converters.graph import Value, constant
from converters.ops.equation import inverse


def product(context: Context, x: Value, matrix: Matrix) -> Value:
    """The last axis multiplied by `matrix` [out, in]."""
    b = context.build
    weights = constant(matrix.astype(np.float32))
    if x.rank == 1:
        return b.reshape(b("FULLY_CONNECTED", b.reshape(x, (1, *x.shape)), weights), (len(matrix),))
    return b("FULLY_CONNECTED", x, weights, keep_num_dims=x.rank > 2)


def _along(context: Context, x: Value, axis: int, matrix: Matrix, pairs_in: bool, pairs_out: bool) -> Value:
    """`matrix` along `axis` (and the pairs behind all axes), of data with and without pairs."""
    b = context.build
    rank = x.rank - pairs_in
    order = (*(i for i in range(rank) if i != axis), axis)
    moved = b.transpose(x, (*order, rank) if pairs_in else order)
    lead = moved.shape[: rank - 1]
    made = product(context, b.reshape(moved, (*lead, matrix.shape[1])), matrix)
    back = inverse(order)
    if not pairs_out:
        return b.transpose(made, back)
    return b.transpose(b.reshape(made, (*lead, matrix.shape[0] // 2, 2)), (*back, rank))


def _plan(axes: Value, sizes: Value | None, rank: int) -> list[tuple[int, int]]:
    """(axis, length or -1) in the order given; `rank` does not count the pairs."""
    where = [int(axis) % rank for axis in known(axes, "axes").reshape(-1)]
    lengths = (
        [-1] * len(where) if sizes is None else [int(n) for n in known(sizes, "signal size").reshape(-1)]
    )
    return list(zip(where, lengths, strict=True))


def _transform(context: Context, x: Value, plan: Sequence[tuple[int, int]], inverted: bool) -> Value:
    for axis, length in plan:
        n = x.shape[axis]
        matrix = complex_matrix(n, n if length < 0 else length, inverted)
        x = _along(context, x, axis, matrix, pairs_in=True, pairs_out=True)
    return x


@lowers("DFT")
def dft(context: Context, x: Value, axes: Value, sizes: Value | None = None) -> Value:
    return _transform(context, x, _plan(axes, sizes, x.rank - 1), inverted=False)


@lowers("IDFT")
def idft(context: Context, x: Value, axes: Value, sizes: Value | None = None) -> Value:
    return _transform(context, x, _plan(axes, sizes, x.rank - 1), inverted=True)


@lowers("RDFT")
def rdft(context: Context, x: Value, axes: Value, sizes: Value | None = None) -> Value:
    """Real along the last of the axes, complex along the others."""
    *others, (axis, length) = _plan(axes, sizes, x.rank)
    n = x.shape[axis]
    half = _along(
        context, x, axis, real_matrix(n, n if length < 0 else length), pairs_in=False, pairs_out=True
    )
    return _transform(context, half, others, inverted=False)


@lowers("IRDFT")
def irdft(context: Context, x: Value, axes: Value, sizes: Value | None = None) -> Value:
    """Complex along all but the last of the axes, which gives the real numbers."""
    *others, (axis, length) = _plan(axes, sizes, x.rank - 1)
    x = _transform(context, x, others, inverted=True)
    m = x.shape[axis]
    matrix = back_to_real_matrix(m, 2 * (m - 1) if length < 0 else length)
    return _along(context, x, axis, matrix, pairs_in=True, pairs_out=False)
