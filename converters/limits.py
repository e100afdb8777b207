"""What one value of a model may come to on this machine."""

import math
import os
from collections.abc import Sequence

_MOST_WITHOUT_ANSWER = 16 << 30


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
