"""A filter of system calls (seccomp(2)): no socket of any kind, nothing that reaches into other processes.

It closes what the other layers leave open: UDP under Landlock alone, and sockets in the file system (a container engine's, a
desktop's) under both. Pairs of connected sockets, which multiprocessing uses, can still be made.
"""

import ctypes
import errno
import platform

from converters.sandbox import kernel

_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_X32 = 0x40000000
"""The bit of system calls of the x32 ABI."""

_IO_URING_SETUP, _PIDFD_GETFD = 425, 438
_MACHINES = {
    "x86_64": (0xC000003E, (41, 101, 310, 311, _IO_URING_SETUP, _PIDFD_GETFD)),
    "aarch64": (0xC00000B7, (198, 117, 270, 271, _IO_URING_SETUP, _PIDFD_GETFD)),
}
"""Machine → its AUDIT_ARCH, and its numbers of socket, ptrace, process_vm_readv, process_vm_writev, io_uring_setup (which makes
sockets too), pidfd_getfd."""


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def enter() -> bool:
    """Filter this thread's system calls and those of all that it starts; False where that cannot be done."""
    known = _MACHINES.get(platform.machine())
    if known is None:
        return False
    architecture, denied = known
    tests = [(_AT_LEAST, _X32), *((_EQUAL, number) for number in denied)]
    code = [
        (_LOAD, 0, 0, 4),  # the architecture: calls of another one have other numbers
        (_EQUAL, 0, len(tests) + 2, architecture),
        (_LOAD, 0, 0, 0),  # the call's number
        *((test, len(tests) - at, 0, value) for at, (test, value) in enumerate(tests)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
    ]
    instructions = (_Instruction * len(code))(*(_Instruction(*one) for one in code))
    try:
        kernel.no_new_privileges()
        kernel.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(_Program(len(code), instructions)))
    except OSError:
        return False
    return True
