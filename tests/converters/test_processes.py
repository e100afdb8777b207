"""Children: result, log, environment, time limit, crash, and no survivors."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from converters.processes import answer, disk_is_full, run_child

CHILD = """
import os, signal, subprocess, sys, time
from pathlib import Path

def main(arguments):
    what, file = arguments
    if what == "write":
        Path(file).write_text("|".join([os.getcwd(), os.environ.get("SECRET", "none"), os.environ["MORE"], str(sys.flags.isolated)]))
        print("said on stdout"); print("said on stderr", file=sys.stderr)
    elif what == "fail":
        raise SystemExit("the last word")
    elif what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif what == "family":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        Path(file).write_text(str(child.pid))
        time.sleep(60)
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "a_test_child.py").write_text(CHILD)
    monkeypatch.syspath_prepend(str(tmp_path / "path"))
    return "a_test_child"


def test_result_log_and_environment(tmp_path: Path, child: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    file, ticks = tmp_path / "result", []
    done = run_child(
        child,
        ["write", str(file)],
        tmp_path,
        timeout_s=60,
        extra_environment={"MORE": "y"},
        watch=lambda: ticks.append(1),
    )
    assert (done.returncode, done.timed_out) == (0, False)
    assert file.read_text() == f"{tmp_path / 'home'}|none|y|1"
    assert "said on stdout" in done.log
    assert "said on stderr" in done.log
    assert ticks


def test_failure_and_crash_are_told_apart(tmp_path: Path, child: str) -> None:
    failed = run_child(child, ["fail", ""], tmp_path, timeout_s=60)
    assert failed.reason() == "ended with exit code 1 and no result: the last word"
    crashed = run_child(child, ["crash", ""], tmp_path, timeout_s=60)
    assert crashed.returncode == -signal.SIGSEGV
    assert crashed.reason() == "crashed (SIGSEGV)"


def test_an_answer_is_whole_and_a_full_disk_is_seen(tmp_path: Path) -> None:
    answer(tmp_path / "said", b"all of it")
    assert [p.name for p in tmp_path.iterdir()] == ["said"]
    assert (tmp_path / "said").read_bytes() == b"all of it"
    assert disk_is_full(tmp_path, "OSError: [Errno 28] No space left on device")
    assert not disk_is_full(tmp_path, "ValueError: something else")


@pytest.mark.skipif(sys.platform == "win32", reason="process groups of POSIX")
def test_time_limit_ends_grandchildren_too(tmp_path: Path, child: str) -> None:
    file = tmp_path / "pid"
    done = run_child(child, ["family", str(file)], tmp_path, timeout_s=3)
    assert done.timed_out
    assert "time limit" in done.reason()
    grandchild = int(file.read_text())
    for _ in range(100):
        if not _alive(grandchild):
            break
        time.sleep(0.05)
    assert not _alive(grandchild)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
