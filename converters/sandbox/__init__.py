"""What a child that runs foreign code or reads a stranger's file may do: compute, read, and write in its own folders.

Each layer holds on its own, and is left out where the platform lacks it (docs/threats.md says what holds where). Only the standard
library is imported here: a child enters before anything else is loaded, while it has one thread.
"""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

LARGEST_FILE = 64 << 30
"""Most bytes of one file that a child may write."""

LAYERS = {
    "namespaces": "no network, nothing outside of its folders can be written, /dev/shm of its own",
    "landlock": "nothing outside of its folders can be written, no TCP, no signals or ptrace to other processes",
    "seccomp": "no sockets of any kind, no reading or writing of other processes' memory",
    "limits": "no core dumps, no endless file",
}


def enter(writable: Sequence[Path], layers: Sequence[str] = tuple(LAYERS)) -> tuple[str, ...]:
    """Confine this process and all that it starts, for good; the layers (of `layers`) that hold from here on.

    `writable`: existing folders in which files may be made, changed and removed. Reading is not restricted.
    """
    folders = [Path(folder).resolve(strict=True) for folder in writable]
    held = []
    if sys.platform == "linux":
        from converters.sandbox import landlock, namespaces, seccomp

        if "namespaces" in layers and namespaces.enter(folders):
            held.append("namespaces")
            folders += [path for path in (namespaces.SHARED_MEMORY,) if path.is_dir()]
        if "landlock" in layers and landlock.enter(folders):
            held.append("landlock")
        if "seccomp" in layers and seccomp.enter():
            held.append("seccomp")
    if "limits" in layers and _limit():
        held.append("limits")
    return tuple(held)


def _limit() -> bool:
    try:
        import resource
    except ImportError:  # Windows
        return False
    for kind, wanted in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, LARGEST_FILE)):
        hard = resource.getrlimit(kind)[1]
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    return True
