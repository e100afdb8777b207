"""Discrete Fourier transforms as matrices: a complex number is a pair (real, imaginary), a transform a real product over pairs.

Lengths that differ from the data's cut it or fill it up with zeros: columns of zeros do both.
"""

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

_LARGEST = 2**26
"""Elements of a matrix beyond which a file would be of no use (256 MB)."""


def _waves(rows: int, columns: int, length: int, sign: int) -> npt.NDArray[np.complex128]:
    """exp(sign · 2πi · row · column / length), 0 in columns from `length` on. Raises ValueError where that is too much."""
    if 4 * rows * columns > _LARGEST:
        raise ValueError(f"a transform of {length} points makes a matrix of {4 * rows * columns} numbers")
    turns = np.outer(np.arange(rows), np.arange(columns)) % length
    waves: npt.NDArray[np.complex128] = np.exp(sign * 2j * np.pi * turns / length)
    waves[:, length:] = 0
    return waves


def complex_matrix(n: int, length: int, inverted: bool) -> Matrix:
    """[2·length, 2·n]: pairs to pairs."""
    waves = _waves(length, n, length, 1 if inverted else -1) / (length if inverted else 1)
    blocks = np.stack([np.stack([waves.real, -waves.imag], -1), np.stack([waves.imag, waves.real], -1)], 1)
    return blocks.reshape(2 * length, 2 * n)


def real_matrix(n: int, length: int) -> Matrix:
    """[2·(length // 2 + 1), n]: real numbers to the pairs of the half spectrum."""
    waves = _waves(length // 2 + 1, n, length, -1)
    return np.stack([waves.real, waves.imag], 1).reshape(-1, n)


def back_to_real_matrix(m: int, length: int) -> Matrix:
    """[length, 2·m]: the pairs of a half spectrum to real numbers; what mirrors itself counts once, the rest twice."""
    waves = _waves(length, m, length, 1) / length
    waves[:, length // 2 + 1 :] = 0
    twice = np.where((np.arange(m) == 0) | (2 * np.arange(m) == length), 1, 2)
    return np.stack([waves.real * twice, -waves.imag * twice], -1).reshape(length, 2 * m)
