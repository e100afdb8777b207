"""The program in a process of its own, so that a crash of native code becomes a sentence and an exit code.

OpenVINO, LiteRT and ONNX Runtime run in our process; a fault of theirs (SIGSEGV, SIGABRT, SIGFPE) ends it before anything can be
said. So the first process only waits, and its copy, made before anything heavy is imported, does the work.
"""

import json
import mmap
import os
import signal
import sys
import threading

from registry.errors import ConversionError, ZooError

CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGBUS, signal.SIGILL, signal.SIGTRAP)
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_SI_KERNEL = 0x80
"""siginfo's si_code of a signal by the kernel: a key of the terminal, which reaches the whole process group anyway."""

_page: mmap.mmap | None = None
_told: dict[str, str] = {}


def enter() -> None:
    """Returns in the process that does the work; the one that was started stays inside and ends as the other did.

    Where processes cannot be copied safely (no Linux, threads already), the work is done without a watcher.
    """
    global _page
    if sys.platform != "linux" or threading.active_count() > 1:
        return
    _page = mmap.mmap(-1, mmap.PAGESIZE)
    waited_for = {signal.SIGCHLD, *PASSED_ON}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    watcher, child = os.getpid(), os.fork()
    if child == 0:
        from converters.processes import die_with_parent

        die_with_parent()
        if os.getppid() != watcher:  # it went before it could be asked for
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    status = _wait(child, waited_for)
    if os.WIFEXITED(status):
        os._exit(os.WEXITSTATUS(status))
    ended_by = signal.Signals(os.WTERMSIG(status))
    if ended_by in CRASHES or ended_by == signal.SIGKILL:
        os._exit(_report(ended_by))
    signal.signal(ended_by, signal.SIG_DFL)  # die as the work did
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {ended_by})
    os.kill(os.getpid(), ended_by)
    os._exit(128 + ended_by)


def tell(**facts: str) -> None:
    """Leaves for the watcher what is going on: `work`, the `step` of it, whether it is a `conversion`, the output's `form`."""
    _told.update(facts)
    if _page is None:
        return
    text = json.dumps({name: value[:400] for name, value in _told.items()}).encode()
    _page[: len(text) + 1] = text + b"\0"


def _wait(child: int, signals: set[signal.Signals]) -> int:
    """The child's status, once it has ended; what is sent to this process alone is passed on meanwhile."""
    while True:
        came = signal.sigwaitinfo(signals)
        if came.si_signo != signal.SIGCHLD:
            if came.si_code != _SI_KERNEL:
                os.kill(child, came.si_signo)
            continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status


def _report(ended_by: signal.Signals) -> int:
    """Says what happened; the exit code."""
    from zoo import output

    try:
        told = json.loads((_page or b"")[:].split(b"\0", 1)[0])
    except ValueError:  # nothing was told, or the crash came in the middle of it
        told = {}
    output.select(told.get("form") == "json", told.get("form") == "quiet")
    what, at = told.get("work", "the command"), f" at `{told['step']}`" if "step" in told else ""
    code = ConversionError.exit_code if told.get("conversion") else ZooError.exit_code
    if ended_by == signal.SIGKILL:
        sentence = (
            f"{what} was killed{at}, most likely because memory ran out: close other programs or use a larger machine, "
            "and run the same command again; finished files are kept"
        )
        code = ZooError.exit_code
    else:
        sentence = (
            f"{what} crashed{at} ({ended_by.name}), in a library underneath (OpenVINO, LiteRT or ONNX Runtime) that this model or "
            "file brings down: try another export or opset of it, or cut the model before that part (--outputs); finished files are kept"
        )
    output.current().fail(sentence, code)
    sys.stdout.flush()
    sys.stderr.flush()
    return code
