"""Process trees on Linux: who descends from a process, what memory they hold, and how all of them end.

Children of a conversion start sessions of their own, and foreign code may start what it likes, so neither process groups nor parents
are enough. A worker and this process are made subreapers (prctl(2)): whatever loses its parent becomes a child of the worker, and of
this process once the worker is gone, so that nothing leaves the tree.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
_HELD = ("RssAnon:", "RssShmem:", "VmSwap:")
_PATIENCE = 5.0
"""Seconds that killed processes are given to disappear; one in an uninterruptible sleep may take longer."""


class Process(NamedTuple):
    """One line of the process table."""

    parent: int
    ended: bool
    """Dead, but its parent has not asked for its exit code yet."""


def here() -> bool:
    """Whether this platform tells enough of processes."""
    return sys.platform == "linux" and (_PROC / "self" / "status").is_file()


def adopt(orphans: bool = True) -> None:
    """Makes this process the parent of descendants that lose theirs, or ends that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(orphans), 0, 0, 0)


def prefer_as_victim() -> None:
    """Where the whole machine runs out of memory, the kernel ends this process and its children before others."""
    with contextlib.suppress(OSError):
        (_PROC / "self" / "oom_score_adj").write_text("500")


def table() -> dict[int, Process]:
    """All processes that can be seen, by their id."""
    found = {}
    for entry in os.scandir(_PROC):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (
                    Path(entry.path, "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                )
                found[int(entry.name)] = Process(int(parent), state in "ZX")
    return found


def below(root: int, processes: dict[int, Process]) -> list[int]:
    """The living descendants of `root`, parents first."""
    children: dict[int, list[int]] = {}
    for pid, one in processes.items():
        children.setdefault(one.parent, []).append(pid)
    found = list(children.get(root, ()))
    for pid in found:  # grows on the way
        found += children.get(pid, ())
    return [pid for pid in found if not processes[pid].ended]


def memory(pids: list[int]) -> int:
    """Bytes that these processes hold and that cannot be taken from them: anonymous and shared memory, in RAM or swapped out.

    Pages of files (libraries, mapped weights) do not count: they are shared and can be dropped. Nor does address space, of which
    runtimes reserve many times what they use.
    """
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            lines = (_PROC / str(pid) / "status").read_text(errors="replace").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith(_HELD))
    return total * 1024


def end(root: int) -> None:
    """Kills a tree of this process's, its root last. The root's exit code is left to whoever started it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(root, signal.SIGSTOP)  # a stopped root starts nothing and keeps those below it in its tree
    end_all_below(root)
    with contextlib.suppress(ProcessLookupError):
        os.kill(root, signal.SIGKILL)


def end_all_below(root: int, but: frozenset[int] = frozenset()) -> None:
    """Kills all descendants, except the trees of the children named in `but`; collects those that are children of this process."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        processes = table()
        spared = {pid for one in but for pid in (one, *below(one, processes))}
        living = [pid for pid in below(root, processes) if pid not in spared]
        for pid in living:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if root == os.getpid():
            _collect({pid for pid, one in processes.items() if one.parent == root} - but)
        if not living:
            return
        time.sleep(0.01)


def _collect(children: set[int]) -> None:
    for pid in children:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


@contextlib.contextmanager
def adopting() -> Iterator[None]:
    """While it lasts, this process is the parent of descendants that lose theirs; at the end it has none left."""
    adopt()
    try:
        yield
    finally:
        end_all_below(os.getpid())
        adopt(orphans=False)
