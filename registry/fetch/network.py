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
    head_timeout: float = 120.0
    """Longest time for an answer's status and headers as a whole."""
    slowest: float = 512.0
    """Bytes per second over `patience` seconds below which a server is given up."""
    patience: float = 120.0
    largest: int = 64 << 30
    """Bytes after which a file of undeclared size is cut off."""
    private_hosts: bool = False
    """Whether this machine and private networks may be reached, and git repositories by path, ssh and the like: yes for a card of the
    user's own, no for a stranger's. A public host that redirects to a private one, and the addresses of cloud metadata, are
    refused either way."""
    max_redirects: int = 10
    git_timeout: float = 1800.0
    gdrive: str = "https://drive.google.com"
    huggingface: str | None = None
    """Endpoint of the Hugging Face Hub; None: the one huggingface_hub uses."""
    sleep: Callable[[float], None] = time.sleep
