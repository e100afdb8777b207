"""What one value of a model may come to on this machine."""

import math
import os
from collections.abc import Sequence

_MOST_WITHOUT_ANSWER = 16 << 30
_TOGETHER = 1_000_000_000
"""Bytes that the tensors of models that run beside each other may take."""


def largest_value() -> int:
    """Bytes of the largest tensor that can be worked with: half of the machine's memory (there is a result beside each operand)."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (ValueError, OSError, AttributeError):  # not a POSIX system
        return _MOST_WITHOUT_ANSWER


def too_large(shape: Sequence[int], itemsize: int) -> str:
    """Why a tensor of this shape is not for this machine, as the end of a sentence; empty where it is."""
    size, most = math.prod(int(n) for n in shape) * itemsize, largest_value()
    if size <= most:
        return ""
    return f"is {size:,} bytes of shape {'x'.join(map(str, shape))}, and this machine can work with {most:,}"


def beside_each_other(needed: int, most: int) -> int:
    """How many copies of a model whose tensors take `needed` bytes run at a time: `most`, or one where these take too much memory."""
    return most if needed * most <= _TOGETHER else 1
