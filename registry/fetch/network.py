"""How the network is used: one frozen options object, so that tests have no real waits and no real hosts."""

import time
from collections.abc import Callable

import msgspec


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """Timeouts, retries and base addresses. Times in seconds."""

    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    """Longest silence of a server between two pieces of a file."""
    attempts: int = 5
    """Tries without any progress before a source is given up."""
    backoff: float = 1.0
    """First wait; it doubles with every try without progress, up to `longest_wait`."""
    longest_wait: float = 120.0
    """A server that asks for a longer wait (Retry-After) is given up."""
    max_redirects: int = 10
    git_timeout: float = 1800.0
    gdrive: str = "https://drive.google.com"
    huggingface: str | None = None
    """Endpoint of the Hugging Face Hub; None: the one huggingface_hub uses."""
    sleep: Callable[[float], None] = time.sleep
