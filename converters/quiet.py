"""Native libraries greet on stderr; users need not read it."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ONE = threading.RLock()
"""There is one stderr: a second thread that put it back would put back the first one's silence."""


@contextmanager
def hushed() -> Iterator[None]:
    """Keeps what native libraries write to stderr from the terminal."""
    with _ONE:
        sys.stderr.flush()
        kept = os.dup(2)
        try:
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
