"""Pooling to a constant size: windows that differ by at most one element, from floor(i·n/o) to ceil((i+1)·n/o) along each axis.

The windows are those of OpenVINO's AdaptiveAvgPool-8 and AdaptiveMaxPool-8, which are PyTorch's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, known, lowers
from converters.frontends.openvino.pooling import is_read, pool
from converters.frontends.openvino.resampling import multiplied
from converters.frontends.openvino.windows import folded
from converters.graph import Value, constant


@dataclass(frozen=True)
class Axis:
    """The windows of one axis of `size` elements: window i covers first[i] to last[i], both included."""

    size: int
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]

    @property
    def stride(self) -> int:
        """Elements from one window to the next; 0 where windows are not all of one size and pace."""
        paces = set(np.diff(self.first)) or {1}
        return int(paces.pop()) if len(set(self.last - self.first)) == len(paces) == 1 else 0

    @property
    def kernel(self) -> int:
        """Elements of the largest window."""
        return int((self.last - self.first).max()) + 1

    def elements(self) -> npt.NDArray[np.int32]:
        """[windows, kernel]: the elements of each window, the last one repeated where it has fewer."""
        each = self.first[:, None] + np.arange(self.kernel)
        return np.asarray(np.minimum(each, self.last[:, None]), np.int32)

    def means(self) -> npt.NDArray[np.float64]:
        """[windows, size]: the matrix that averages each window."""
        i = np.arange(self.size)
        inside = (i >= self.first[:, None]) & (i <= self.last[:, None])
        return np.asarray(inside / inside.sum(axis=1, keepdims=True))


def _axes(context: Context, x: Value, size: Value) -> list[Axis]:
    if x.rank not in (3, 4, 5):
        raise NotExpressibleError(f"LiteRT does not pool over {x.rank - 2} axes")
    found = []
    for n, o in zip(x.shape[2:], known(size, "output size").reshape(-1).tolist(), strict=True):
        i = np.arange(o)
        found.append(Axis(n, i * n // o, -(-(i + 1) * n // o) - 1))
    return found


@lowers("AdaptiveAvgPool")
def adaptive_avg_pool(context: Context, x: Value, size: Value) -> Value:
    """MEAN of everything, AVERAGE_POOL_2D along the axes of even windows, a matrix of means along the others."""
    axes = _axes(context, x, size)
    if x.dtype != np.float32:
        raise NotExpressibleError(f"LiteRT averages float32 and quantized numbers, not plain {x.dtype}")
    if all(len(axis.first) == 1 for axis in axes):
        return context.build("MEAN", x, int32(range(2, x.rank)), keep_dims=True)
    kernel = [axis.kernel if axis.stride else 1 for axis in axes]
    if any(k > 1 for k in kernel):
        x = pool(context, "AVERAGE_POOL_2D", x, kernel, [axis.stride or 1 for axis in axes])
    uneven = {i: axis.means() for i, axis in enumerate(axes, 1) if not axis.stride}
    return context.first(multiplied(context, context.last(x), uneven)) if uneven else x


@lowers("AdaptiveMaxPool")
def adaptive_max_pool(
    context: Context, x: Value, size: Value, *, index_element_type: str = "i64"
) -> tuple[Value | None, Value | None]:
    """MAX_POOL_2D, after a GATHER that repeats elements along the axes of uneven windows."""
    axes = _axes(context, x, size)
    if is_read(context, 1):
        return _with_indices(context, x, axes)
    kernel = [axis.kernel for axis in axes]
    strides = [axis.stride or axis.kernel for axis in axes]
    for number, axis in enumerate(axes, 2):
        if not axis.stride:
            x = context.build("GATHER", x, axis.elements().reshape(-1), axis=number)
    if x.dtype == np.float32:
        return pool(context, "MAX_POOL_2D", x, kernel, strides), None
    return folded(context, "MAXIMUM", x, kernel, strides, [1] * len(axes), context.shape[2:]), None


def _with_indices(context: Context, x: Value, axes: list[Axis]) -> tuple[Value, Value]:
    """The largest of each window and its index among the spatial elements, the first where several are: every window as a row."""
    b = context.build
    table = np.zeros((1, 1), np.int32)
    for axis in axes:  # [windows so far, elements] × [windows, kernel], row-major in both
        own = axis.elements()
        joined = table[:, None, :, None] * axis.size + own[None, :, None, :]
        table = joined.reshape(len(table) * len(own), -1).astype(np.int32)
    windows, elements = table.shape
    flat = b.reshape(x, (*x.shape[:2], -1))
    rows = b.reshape(b("GATHER", flat, table.reshape(-1), axis=2), (*x.shape[:2], windows, elements))
    largest = b("REDUCE_MAX", rows, int32([3]), keep_dims=False)
    place = b("ARG_MAX", rows, constant(int32(3)), output_type="int32")
    index = b("GATHER", table.reshape(-1), b("ADD", place, np.arange(windows, dtype=np.int32) * elements))
    return (
        b.reshape(largest, context.shapes[0]),
        b.cast(b.reshape(index, context.shapes[1]), context.dtypes[1]),
    )
