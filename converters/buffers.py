"""The bytes of a .tflite file's buffers, wherever they lie."""

from typing import Any

import numpy as np
import numpy.typing as npt


def bytes_of(buffer: Any, data: Any) -> npt.NDArray[np.uint8] | None:
    """A schema buffer's bytes: its own, or those behind the flatbuffer in the file's `data` (an offset above 1); None of an empty one."""
    if buffer.data is not None and len(buffer.data):
        return np.asarray(buffer.data, np.uint8)
    if buffer.offset > 1:
        return np.frombuffer(data, np.uint8, buffer.size, buffer.offset)
    return None
