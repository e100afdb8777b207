"""Interpolation: decided by its table of sources and weights, never by the name of its mode.

The matrix [output, input] of an axis, as OpenVINO's specification of Interpolate-4/11 defines it, is compared with the matrices of
LiteRT's resize operators; the first that is equal is used. What none of them equals is written as gathers or a matrix product.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.frontends.openvino.lowering import (
    Context,
    NotExpressibleError,
    axis_last,
    int32,
    known,
    lowers,
)
from converters.graph import Value, constant
from converters.ops.equation import inverse

Matrix = npt.NDArray[np.float64]

_COORDINATES: dict[str, Callable[[Matrix, float, int, int], Matrix]] = {
    "half_pixel": lambda i, scale, n, out: (i + 0.5) / scale - 0.5,
    "pytorch_half_pixel": lambda i, scale, n, out: (i + 0.5) / scale - 0.5 if out > 1 else np.zeros_like(i),
    "asymmetric": lambda i, scale, n, out: i / scale,
    "tf_half_pixel_for_nn": lambda i, scale, n, out: (i + 0.5) / scale,
    "align_corners": lambda i, scale, n, out: i * (n - 1) / (out - 1) if out > 1 else np.zeros_like(i),
}
_NUMBERS: dict[str, Any] = {"nearest": np.float32}
"""Sources compute positions in float32; only rounding can tell, and there the result must be theirs to the last bit."""

_ROUNDINGS: dict[str, Callable[[Matrix], Matrix]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def _scatter(n: int, sources: Sequence[Matrix], weights: Sequence[Matrix]) -> Matrix:
    """The matrix of an axis of size n from clamped source positions and their weights."""
    out = len(sources[0])
    matrix = np.zeros((out, n))
    for source, weight in zip(sources, weights, strict=True):
        np.add.at(matrix, (np.arange(out), np.clip(source, 0, n - 1).astype(int)), weight)
    return matrix


def _nearest(n: int, x: Matrix, rounding: str) -> Matrix:
    return _scatter(n, [_ROUNDINGS[rounding](x)], [np.ones_like(x)])


def _linear(n: int, x: Matrix) -> Matrix:
    x = np.clip(x, 0, n - 1)
    low = np.floor(x)
    return _scatter(n, [low, low + 1], [1 - (x - low), x - low])


def _cubic(n: int, x: Matrix, a: float) -> Matrix:
    """Keys' kernel with coefficient a (R. Keys, IEEE TASSP 29(6), 1981)."""
    low = np.floor(x)
    t = x - low
    near = [((a + 2) * d - (a + 3)) * d * d + 1 for d in (t, 1 - t)]
    far = [((a * d - 5 * a) * d + 8 * a) * d - 4 * a for d in (1 + t, 2 - t)]
    return _scatter(n, [low - 1, low, low + 1, low + 2], [far[0], near[0], near[1], far[1]])


def source_matrix(
    n: int, out: int, scale: float, mode: str, coordinates: str, rounding: str, cube: float
) -> Matrix:
    """What OpenVINO's Interpolate does along one axis."""
    kind = _NUMBERS.get(mode, np.float64)
    x = _COORDINATES[coordinates](np.arange(out, dtype=kind), kind(scale), n, out)
    if mode == "nearest":
        return _nearest(n, x, ("floor" if scale >= 1 else "ceil") if rounding == "simple" else rounding)
    return _linear(n, x) if mode.startswith("linear") else _cubic(n, x, cube)


def litert_matrix(n: int, out: int, bilinear: bool, align_corners: bool, half_pixel: bool) -> Matrix:
    """What LiteRT's RESIZE_* do along one axis (tensorflow/lite/kernels/internal/reference/resize_*.h)."""
    kind: Any = np.float64 if bilinear else np.float32
    step = kind((n - 1) / (out - 1) if align_corners and out > 1 else n / out)
    i = np.arange(out, dtype=kind)
    if bilinear:
        return _linear(n, (i + 0.5) * step - 0.5 if half_pixel else i * step)
    x = (i + kind(0.5)) * step if half_pixel else i * step
    return _scatter(n, [np.floor(x + 0.5) if align_corners else np.floor(x)], [np.ones(out)])


def _scales(x: Value, out: Sequence[int], axes: Sequence[int], given: Value, mode: str) -> list[float]:
    """Output over input along each axis, as the model states it."""
    if mode.lower() == "scales" and np.issubdtype(given.dtype, np.floating):
        return [float(s) for s in known(given, "scales").reshape(-1)]
    return [out[axis] / x.shape[axis] for axis in axes]


def resample(context: Context, x: Value, matrices: dict[int, Matrix]) -> Value:
    """`x` with each axis mapped by its matrix [output, input]."""
    b = context.build
    axes = [axis for axis, matrix in matrices.items() if not np.array_equal(matrix, np.eye(x.shape[axis]))]
    if not axes:
        return x
    if x.rank == 4 and set(axes) <= {2, 3}:
        found = _resize_operator(x, {axis: matrices.get(axis, np.eye(x.shape[axis])) for axis in (2, 3)})
        if found is not None:
            op, options, size = found
            return context.first(b(op, context.last(x), int32(size), **options))
    picked = {axis: matrices[axis].argmax(axis=1) for axis in axes if _picks(matrices[axis])}
    for axis, sources in picked.items():
        x = b("GATHER", x, int32(sources), axis=axis)
    mixed = {axis: matrices[axis] for axis in axes if axis not in picked}
    if min(mixed, default=0) < 2:
        for axis, matrix in mixed.items():
            x = _along(context, x, axis, matrix)
        return x
    return context.first(multiplied(context, context.last(x), {axis - 1: m for axis, m in mixed.items()}))


def multiplied(context: Context, x: Value, matrices: Mapping[int, Matrix]) -> Value:
    """`x` (channels last) with each of these axes multiplied from the left by its matrix [output, input]."""
    b = context.build
    for axis, matrix in matrices.items():
        before, after = x.shape[:axis], x.shape[axis + 1 :]
        rows = b.reshape(x, (math.prod(before), x.shape[axis], math.prod(after)))
        product = b("BATCH_MATMUL", matrix[None].astype(np.float32), rows)
        x = b.reshape(product, (*before, len(matrix), *after))
    return x


def _picks(matrix: Matrix) -> bool:
    """Whether every row is a single source as it is."""
    ones = np.array_equal(matrix.max(axis=1), np.ones(len(matrix)))
    return ones and np.count_nonzero(matrix) == len(matrix)


def _resize_operator(
    x: Value, matrices: dict[int, Matrix]
) -> tuple[str, dict[str, Any], tuple[int, int]] | None:
    size = (matrices[2].shape[0], matrices[3].shape[0])
    for bilinear in (True, False):
        for align, half in ((False, True), (True, False), (False, False)):
            candidates = (
                litert_matrix(x.shape[axis], size[axis - 2], bilinear, align, half) for axis in (2, 3)
            )
            if all(
                np.allclose(made, matrices[axis], rtol=0, atol=1e-6)
                for axis, made in zip((2, 3), candidates, strict=True)
            ):
                op = "RESIZE_BILINEAR" if bilinear else "RESIZE_NEAREST_NEIGHBOR"
                return op, {"align_corners": align, "half_pixel_centers": half}, size
    return None


def _along(context: Context, x: Value, axis: int, matrix: Matrix) -> Value:
    """A matrix product with that axis last."""
    b = context.build
    order = axis_last(x.rank, axis)
    moved = b.transpose(x, order)
    product = b("FULLY_CONNECTED", moved, constant(matrix.astype(np.float32)), keep_num_dims=x.rank > 2)
    return b.transpose(product, inverse(order))


@lowers("Interpolate")
def interpolate(
    context: Context,
    x: Value,
    sizes: Value,
    scales_or_axes: Value | None = None,
    axes: Value | None = None,
    *,
    mode: str,
    shape_calculation_mode: str = "sizes",
    coordinate_transformation_mode: str = "half_pixel",
    nearest_mode: str = "round_prefer_floor",
    antialias: bool = False,
    pads_begin: Sequence[int] = (),
    pads_end: Sequence[int] = (),
    cube_coeff: float = -0.75,
) -> Value:
    """Interpolate-4 (sizes, scales, axes) and Interpolate-11 (sizes or scales, axes)."""
    version_4 = scales_or_axes is not None and np.issubdtype(scales_or_axes.dtype, np.floating)
    scales, where = (scales_or_axes, axes) if version_4 else (sizes, scales_or_axes)
    over = (
        list(range(x.rank)) if where is None else [int(a) % x.rank for a in known(where, "axes").reshape(-1)]
    )
    if any((*pads_begin, *pads_end)):
        raise NotExpressibleError("it pads while it interpolates")
    shrinks = any(context.shape[axis] < x.shape[axis] for axis in over)
    if antialias and shrinks:
        raise NotExpressibleError("it is antialiased; only enlarging is the same without")
    if mode not in ("nearest", "linear", "linear_onnx", "cubic"):
        raise NotExpressibleError(f"its mode `{mode}` is not built yet")
    assert scales is not None
    factors = _scales(x, context.shape, over, scales, shape_calculation_mode)
    if all(factor == 1 for factor in factors):
        return x
    matrices = {
        axis: source_matrix(
            x.shape[axis],
            context.shape[axis],
            factor,
            mode,
            coordinate_transformation_mode,
            nearest_mode,
            cube_coeff,
        )
        for axis, factor in zip(over, factors, strict=True)
    }
    return resample(context, x, matrices)
