"""Landlock (landlock(7)): writing only beneath the folders named, no TCP, no signals to processes outside."""

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

from converters.sandbox import kernel

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1

_WRITE_FILE, _MAKE_CHAR, _MAKE_BLOCK = 1 << 1, 1 << 6, 1 << 11
_MAKE_AND_REMOVE = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_SINCE = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEVICE))
"""ABI version → the right that it brought."""
_TCP = 0b11
_SCOPES = 0b11
"""Abstract Unix sockets and signals."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The kernel's ABI version; 0 where there is no Landlock or it is turned off."""
    try:
        return kernel.syscall(_CREATE, None, 0, _VERSION)
    except OSError:
        return 0


def enter(writable: Sequence[Path]) -> bool:
    """Restrict this thread and what it starts; False where the kernel cannot. What is open already stays so."""
    abi = version()
    if abi < 1:
        return False
    handled = _WRITE_FILE | _MAKE_AND_REMOVE | sum(right for since, right in _SINCE if abi >= since)
    attributes = _Ruleset(handled, _TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    try:
        ruleset = kernel.syscall(_CREATE, ctypes.byref(attributes), size, 0)
        try:
            for folder in writable:
                _allow(ruleset, folder, handled & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEVICE))
            for device in map(Path, _DEVICES):
                if device.exists():
                    _allow(ruleset, device, handled & (_WRITE_FILE | _TRUNCATE | _IOCTL_DEVICE))
            kernel.no_new_privileges()
            kernel.syscall(_RESTRICT, ruleset, 0)
        finally:
            os.close(ruleset)
    except OSError:
        return False
    return True


def _allow(ruleset: int, path: Path, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(rights, handle)
        kernel.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(handle)
