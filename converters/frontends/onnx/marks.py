"""What tells, without parsing, that OpenVINO may read an ONNX file without complaint and not right: names of attributes and operators."""

import mmap
from pathlib import Path

RECURRENT_LAYOUT = b"layout"
ATTENTION_WINDOWS = (b"left_window_size", b"right_window_size")
KEPT_RATIO = b"keep_aspect_ratio_policy"
FOURIER = b"\x22\x03DFT"
"""NodeProto's field 4, op_type, of three letters."""
MARKS = (RECURRENT_LAYOUT, *ATTENTION_WINDOWS, KEPT_RATIO, FOURIER)


def holds_marks(path: Path) -> bool:
    """Whether any of them stands anywhere in the file."""
    with path.open("rb") as file:
        try:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file
            return False
        with content:
            return any(content.find(mark) >= 0 for mark in MARKS)
