"""Arithmetic that OpenVINO's reader does not know."""

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from converters.frontends.onnx.rewriting import Site, UnknownError, rewrites

_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)
_LARGEST_DETERMINANT = 4


@rewrites(
    "Mod",
    why="Python's remainder of floats by C's",
    when=lambda site: not site.attribute("fmod", 0) and site.kind(0) in _FLOATS,
)
def modulus(site: Site) -> Sequence[str]:
    """r = fmod(x, y), and r + y where r is not 0 and has another sign than y (Mod-13 of ONNX follows Python)."""
    x, y, zero = site.input(0), site.input(1), site.like(0, 0)
    rest = site("Mod", x, y, fmod=1)
    differ = site("Less", site("Mul", site("Sign", rest), site("Sign", y)), zero)
    return [site("Where", differ, site("Add", rest, y), rest)]


@rewrites("CumProd", why="a running product by doubling steps")
def cumulative_product(site: Site) -> Sequence[str]:
    """After step k each element holds the product of the 2^k elements up to it (Hillis and Steele, CACM 29(12), 1986)."""
    shape = site.shape(0)
    axis = site.constants.get(site.input(1))
    if axis is not None:
        return [_along(site, int(axis.item()) % len(shape))]
    result = _along(site, 0)
    place = site("Reshape", site.input(1), site.ints())
    for number in range(1, len(shape)):
        here = [site.constant(np.asarray(n), _dtype(site)) for n in (number, number - len(shape))]
        is_here = site("Or", *(site("Equal", place, n) for n in here))
        result = site("Where", is_here, _along(site, number), result)
    return [result]


def _dtype(site: Site) -> type[np.generic]:
    return np.int64 if site.kinds.get(site.input(1)) == TensorProto.INT64 else np.int32


def _along(site: Site, axis: int) -> str:
    size, x = site.shape(0)[axis], site.input(0)
    backwards = bool(site.attribute("reverse", 0))
    reach = 1
    if site.attribute("exclusive", 0):
        x = _shifted(site, x, axis, 1, backwards)
    while reach < size:
        x = site("Mul", x, _shifted(site, x, axis, reach, backwards))
        reach *= 2
    return x


def _shifted(site: Site, x: str, axis: int, by: int, backwards: bool) -> str:
    """`x` moved along `axis`, ones where nothing comes."""
    shape = list(site.shape(0))
    size = shape[axis]
    shape[axis] = min(by, size)
    ones = site("Expand", site.like(1, 0), site.ints(*shape))
    if by >= size:
        return ones
    first, last = (by, size) if backwards else (0, size - by)
    kept = site("Slice", x, site.ints(first), site.ints(last), site.ints(axis))
    return site("Concat", *((kept, ones) if backwards else (ones, kept)), axis=axis)


@rewrites("Det", why="a small determinant by its expansion")
def determinant(site: Site) -> Sequence[str]:
    """Laplace's expansion by the first row."""
    *_, rows, columns = site.shape(0)
    if rows != columns or rows > _LARGEST_DETERMINANT:
        raise UnknownError("the matrices are too large to expand")
    rank = site.rank(0)

    def element(i: int, j: int) -> str:
        row = site("Gather", site.input(0), site.constant(np.int64(i)), axis=rank - 2)
        return site("Gather", row, site.constant(np.int64(j)), axis=rank - 2)

    def expand(row: int, left: tuple[int, ...]) -> str:
        if len(left) == 1:
            return element(row, left[0])
        total = ""
        for number, column in enumerate(left):
            part = site("Mul", element(row, column), expand(row + 1, tuple(c for c in left if c != column)))
            total = part if not total else site("Sub" if number % 2 else "Add", total, part)
        return total

    return [expand(0, tuple(range(rows)))]


_SAME_WIDTH = {
    frozenset({TensorProto.INT8, TensorProto.UINT8}),
    frozenset({TensorProto.BOOL, TensorProto.UINT8}),
    frozenset({TensorProto.INT16, TensorProto.UINT16}),
    frozenset({TensorProto.INT32, TensorProto.UINT32}),
    frozenset({TensorProto.INT64, TensorProto.UINT64}),
}


@rewrites(
    "BitCast",
    why="integers of one width differ in their sign only",
    when=lambda site: frozenset({site.kind(0), site.attribute("to")}) in _SAME_WIDTH,
)
def bit_cast(site: Site) -> Sequence[str]:
    """Two's complement: a Cast between integers of one width wraps around, which keeps the bits."""
    return [site("Cast", site.input(0), to=site.attribute("to"))]
