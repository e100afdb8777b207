"""Loops of a given pace, for tests that want one of few steps."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from converters.frontends.openvino import steps
from converters.frontends.openvino.pace import Load


@contextmanager
def paced(*sizes: int) -> Iterator[None]:
    """Inside, `sizes[0]` steps are an iteration, of these `sizes[1]` one of an inner loop, and so on; none: as it is decided."""

    def fixed(count: int, load: Load) -> int:
        return next((size for size in sizes if size < count), count)

    with patch.object(steps, "steps_at_once", fixed) if sizes else nullcontext():
        yield


def whiles(count: int, *sizes: int) -> int:
    """How many WHILEs `count` steps are at that pace."""
    size = next((size for size in sizes if size < count), count)
    if size == count:
        return 0
    return 1 + whiles(size, *sizes) + whiles(count % size, *sizes)
