"""What native code prints on standard error while something is done: the only place where some runtimes say what they did."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


class Said:
    """Filled when the block ends."""

    text = ""


@contextmanager
def standard_error() -> Iterator[Said]:
    """Collects file descriptor 2 during the block; afterwards it is printed all the same, for whoever looks for the reason of a crash."""
    said = Said()
    before = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(before, 2)
            os.close(before)
            file.seek(0)
            written = file.read()
            os.write(2, written)
            said.text = written.decode(errors="replace")
