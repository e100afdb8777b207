"""Fourier transforms, of which OpenVINO overlooks the operand `axis` and gives half spectra an axis too many."""

from collections.abc import Sequence

import numpy as np
from onnx import helper

from converters.frontends.fourier import Matrix, back_to_real_matrix, complex_matrix, real_matrix
from converters.frontends.onnx.rewriting import Site, UnknownError, rewrites

_AXIS_AS_OPERAND = 20
"""DFT-20 takes `axis` as an operand, -2 by default; DFT-17 as an attribute, 1 by default."""


@rewrites("DFT", why="OpenVINO overlooks its axis and gives half spectra another shape")
def transform(site: Site) -> Sequence[str]:
    """One product with a matrix of cosines and sines over the axis and the pairs behind it (DFT-17, DFT-20)."""
    shape = site.shape(0)
    rank, pair = len(shape), shape[-1]
    axis = _axis(site) % rank
    n = shape[axis]
    try:
        matrix, made = _matrix(site, n, pair)
    except ValueError as error:
        raise UnknownError(str(error)) from error
    weights = site.constant(matrix.T, helper.tensor_dtype_to_np_dtype(site.kind(0)))
    order = [*(i for i in range(rank) if i not in (axis, rank - 1)), axis, rank - 1]
    lead = [shape[i] for i in order[:-2]]
    rows = site("Reshape", site("Transpose", site.input(0), perm=order), site.ints(*lead, n * pair))
    pairs = site("Reshape", site("MatMul", rows, weights), site.ints(*lead, len(matrix) // made, made))
    return [site("Transpose", pairs, perm=[int(i) for i in np.argsort(order)])]


def _axis(site: Site) -> int:
    if site.opset < _AXIS_AS_OPERAND:
        return int(site.attribute("axis", 1))
    return int(_scalar(site, 2)) if site.has(2) else -2


def _scalar(site: Site, index: int) -> int:
    if site.input(index) not in site.constants:
        raise UnknownError(f"its input {index} is not a constant")
    return int(site.constants[site.input(index)].reshape(-1)[0])


def _matrix(site: Site, n: int, pair: int) -> tuple[Matrix, int]:
    """([out, n · pair], how many numbers stand for one of the result). Raises ValueError for a transform that is too long."""
    inverse, half = bool(site.attribute("inverse", 0)), bool(site.attribute("onesided", 0))
    back = inverse and half and pair == 2
    length = _scalar(site, 1) if site.has(1) else 2 * (n - 1) if back else n
    if back:
        return back_to_real_matrix(n, length), 1
    if half and not inverse and pair == 1:
        return real_matrix(n, length), 2
    matrix = complex_matrix(n, length, inverse)
    rows = 2 * (length // 2 + 1) if half else len(matrix)
    return matrix[:rows, :: 2 // pair], 2
