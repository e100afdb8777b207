"""Linux system calls that Python has no function for."""

import ctypes
import os
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_NO_NEW_PRIVS = 38


def call(name: str, *arguments: Any) -> int:
    """A function of the C library that tells failure by -1. Raises OSError."""
    result: int = getattr(_libc, name)(*arguments)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: Any) -> int:
    """A system call by its number. Raises OSError."""
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return call("syscall", ctypes.c_long(number), *wide)


def prctl(option: int, *arguments: Any) -> int:
    """prctl(2) with its four arguments, zeros for those not given. Raises OSError."""
    wide = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in (*arguments, 0, 0, 0, 0)[:4]]
    return call("prctl", ctypes.c_int(option), *wide)


def no_new_privileges() -> None:
    """No program that this process starts gains rights by being started (setuid, file capabilities). Raises OSError."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
