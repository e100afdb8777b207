"""How much memory this process holds and has held, in bytes; 0 where the system does not say."""

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def resident() -> int:
    """Resident set size now."""
    return _status("VmRSS")


def peak() -> int:
    """Largest resident set size since the start, or since `reset_peak` where that works (Linux)."""
    return _status("VmHWM") or _maximum()


def reset_peak() -> None:
    """Forgets the peak so far, so that the next one is the model's and not the imports' (proc(5), clear_refs 5)."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return


def _status(key: str) -> int:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:")), 0)


def _maximum() -> int:
    """The same from getrusage, which counts kilobytes, but bytes on macOS."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
