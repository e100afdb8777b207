"""Namespaces (namespaces(7)): a network without devices, and the file system read-only but for the folders named."""

import ctypes
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from converters.sandbox import kernel

SHARED_MEMORY = Path("/dev/shm")

_NEW_MOUNTS, _NEW_IPC, _NEW_USER, _NEW_NETWORK = 0x20000, 0x08000000, 0x10000000, 0x40000000
_NOSUID, _NODEV, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 4096, 16384, 1 << 18
_MOUNT_SETATTR = 442
_CURRENT_FOLDER, _AT_RECURSIVE = -100, 0x8000
_READ_ONLY = 1
_DROP_FROM_BOUNDS = 24
_CAPABILITIES_3 = 0x20080522
_DAC_OVERRIDE = 1 << 1


class _Attributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns"))


def enter(writable: Sequence[Path]) -> bool:
    """Move this process into namespaces of its own; False where the system refuses that. Needs a process of one thread.

    Tried in a fork first: a process that has come half the way cannot go back.
    """
    for flags in (0, _NEW_USER):  # root needs no namespace of users, and keeps its view of other users' files
        child = os.fork()
        if child == 0:
            os._exit(_trial(writable, flags))
        if os.waitpid(child, 0)[1] == 0:
            _move(writable, flags)
            return True
    return False


def _trial(writable: Sequence[Path], flags: int) -> int:
    try:
        _move(writable, flags)
        for folder in writable:
            with tempfile.TemporaryFile(dir=folder):
                pass
    except BaseException:
        return 1
    return 0


def _move(writable: Sequence[Path], flags: int) -> None:
    user, group, here = os.geteuid(), os.getegid(), Path.cwd()
    kernel.call("unshare", _NEW_MOUNTS | _NEW_IPC | _NEW_NETWORK | flags)
    if flags & _NEW_USER:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount(None, Path("/"), None, _RECURSIVE | _PRIVATE)
    for folder in writable:
        _mount(folder, folder, None, _BIND | _RECURSIVE)
    kept = [*writable]
    if SHARED_MEMORY.is_dir():
        _mount(Path("tmpfs"), SHARED_MEMORY, "tmpfs", _NOSUID | _NODEV, "mode=1777")
        kept.append(SHARED_MEMORY)
    _attribute(Path("/"), _Attributes(set=_READ_ONLY), _AT_RECURSIVE)
    for folder in kept:
        _attribute(folder, _Attributes(clear=_READ_ONLY), 0)
    os.chdir(here)  # the folder that was open lies beneath the mounts
    kernel.no_new_privileges()
    _drop_capabilities(keep=_DAC_OVERRIDE if user == 0 else 0)


def _mount(source: Path | None, target: Path, kind: str | None, flags: int, data: str | None = None) -> None:
    def text(value: Path | str | None) -> bytes | None:
        return None if value is None else os.fsencode(value)

    kernel.call("mount", text(source), text(target), text(kind), ctypes.c_ulong(flags), text(data))


def _attribute(path: Path, attributes: _Attributes, flags: int) -> None:
    size = ctypes.sizeof(attributes)
    kernel.syscall(_MOUNT_SETATTR, _CURRENT_FOLDER, os.fsencode(path), flags, ctypes.byref(attributes), size)


def _drop_capabilities(keep: int) -> None:
    """Without them nothing of this can be undone: no mounting, no moving between namespaces."""
    for capability in range(64):
        if not keep >> capability & 1:
            try:
                kernel.prctl(_DROP_FROM_BOUNDS, capability)
            except OSError:  # beyond the last one that the kernel knows
                break
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    sets = (ctypes.c_uint32 * 6)(keep, keep)  # effective, permitted, inheritable; then their upper halves
    kernel.call("capset", ctypes.byref(header), ctypes.byref(sets))
