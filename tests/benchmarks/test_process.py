"""Commands run to their end: time, memory, exit code, and an end when there is none."""

import sys

import pytest

from benchmarks.process import run

PYTHON = (sys.executable, "-S", "-c")


def test_what_it_prints_and_its_exit_code() -> None:
    done = run([*PYTHON, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"])
    assert (done.stdout, done.stderr, done.code, done.late) == ("out\n", "err\n", 3, False)


def test_memory_is_the_commands_own() -> None:
    held = bytearray(200 << 20)
    small = run([*PYTHON, "pass"]).peak_memory
    large = run([*PYTHON, "held = bytearray(100 << 20)"]).peak_memory
    assert small < len(held) / 2
    assert large - small >= 90 << 20


def test_processor_time_counts_children() -> None:
    child = "import time\nwhile time.process_time() < 0.3: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {child!r}])"
    assert run([*PYTHON, parent]).cpu_seconds >= 0.3


def test_a_command_without_end_is_ended() -> None:
    done = run([*PYTHON, "import time; time.sleep(60)"], patience=0.2)
    assert done.late
    assert done.code == -9


def test_a_command_that_does_not_exist() -> None:
    done = run(["/nowhere/command"])
    assert done.code != 0
    assert "/nowhere/command" in done.stderr


def test_python_programs_may_keep_their_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    said = run([sys.executable, "-c", "import sys; print(sys.dont_write_bytecode)"])
    assert said.stdout.strip() == "False"
