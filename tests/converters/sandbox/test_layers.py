"""What each layer of the sandbox keeps a process from, tried in children."""

import subprocess
import sys
from pathlib import Path

import pytest

from converters.processes import run_child
from converters.sandbox import LAYERS, trial

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")

CHILD = """
import os, signal, socket, subprocess, sys
from pathlib import Path

def tried(what):
    try:
        what()
    except (OSError, ValueError) as error:
        return f"refused {error.errno}"
    return "done"

def started(command):
    if subprocess.run(command, capture_output=True).returncode:
        raise OSError(1, "refused")

def main(arguments):
    outside, home, read = arguments
    tries = {
        "own": lambda: Path("own").write_text("x"),
        "shm": lambda: __import__("multiprocessing").Lock(),
        "pair": socket.socketpair,
        "temporary": lambda: __import__("tempfile").TemporaryFile(),
        "null": lambda: Path("/dev/null").write_text("x"),
        "read": lambda: Path(read).read_text(),
        "program": lambda: subprocess.run(["ls", "/"], check=True, capture_output=True),
        "outside": lambda: Path(outside, "new").write_text("x"),
        "changed": lambda: Path(read).write_text("y"),
        "removed": lambda: Path(read).unlink(),
        "linked": lambda: os.link(read, Path(outside, "link")),
        "moved": lambda: Path(read).rename(Path(outside, "moved")),
        "home": lambda: Path(home, ".profile").write_text("x"),
        "by program": lambda: started(["touch", str(Path(outside, "touched"))]),
        "through a link": lambda: (os.symlink(outside, "away"), Path("away", "new").write_text("x")),
        "device": lambda: os.mknod("device", 0o600 | 0o060000, 0),
        "tcp": lambda: socket.create_connection(("127.0.0.1", 9), 1),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
        "ipv6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("::1", 9)),
        "signal": lambda: os.kill(os.getppid(), 0),
    }
    Path("../told").write_text("\\n".join(f"{name}: {tried(what)}" for name, what in tries.items()))
"""
ALLOWED = {"own", "shm", "pair", "temporary", "null", "read", "program"}


@pytest.fixture(scope="module")
def works() -> dict[str, bool]:
    return trial.held(tuple(LAYERS))


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What came of each try, from a child that was started as every child is."""
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "a_confined_child.py").write_text(CHILD)
    monkeypatch.syspath_prepend(str(tmp_path / "path"))
    for name in ("work", "outside", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "readable").write_text("x")
    words = [str(tmp_path / "outside"), str(tmp_path / "home"), str(tmp_path / "readable")]
    done = run_child("a_confined_child", words, tmp_path / "work", timeout_s=120)
    lines = (tmp_path / "work" / "told").read_text().splitlines() if done.returncode == 0 else [done.log]
    assert done.returncode == 0, done.log
    assert (tmp_path / "readable").read_text() == "x"
    assert not list((tmp_path / "outside").iterdir())
    return dict(line.split(": ", 1) for line in lines)


def test_a_child_computes_reads_and_writes_in_its_own_folder(
    told: dict[str, str], works: dict[str, bool]
) -> None:
    needed = ALLOWED if works["namespaces"] else ALLOWED - {"shm"}
    assert {name: told[name] for name in needed} == dict.fromkeys(needed, "done")


def test_a_child_writes_nowhere_else(told: dict[str, str], works: dict[str, bool]) -> None:
    if not works["writing"]:
        pytest.skip("neither namespaces nor Landlock work here")
    for name in (
        "outside", "changed", "removed", "linked", "moved", "home", "by program", "through a link", "device",
    ):  # fmt: skip
        assert told[name].startswith("refused"), (name, told[name])


def test_a_child_reaches_nobody(told: dict[str, str], works: dict[str, bool]) -> None:
    if not works["network"]:
        pytest.skip("neither namespaces nor the system call filter work here")
    for name in ("tcp", "udp", "ipv6"):
        assert told[name].startswith("refused"), (name, told[name])
        assert told[name] != "refused 111", name  # nobody listening is no refusal


def test_a_child_signals_nobody_else(told: dict[str, str], works: dict[str, bool]) -> None:
    from converters.sandbox import landlock

    if not works["landlock"] or landlock.version() < 6:
        pytest.skip("this kernel's Landlock has no scopes")
    assert told["signal"].startswith("refused")


@pytest.mark.parametrize(
    ("layer", "network", "writing"),
    [
        ("namespaces", True, True),
        ("landlock", False, True),
        ("seccomp", True, False),
        ("limits", False, False),
    ],
)
def test_each_layer_holds_alone_what_it_says(
    layer: str, network: bool, writing: bool, works: dict[str, bool]
) -> None:
    if not works[layer]:
        pytest.skip(f"{layer} does not work here")
    alone = trial.held((layer,))
    assert (alone["network"], alone["writing"]) == (network, writing)


def test_without_any_layer_the_trial_says_so() -> None:
    assert trial.held(()) == {"network": False, "writing": False}


BLOCKED = """
import sys
sys.path.append(sys.argv[1])
from converters.sandbox import kernel
def refuse(name, *arguments):
    raise OSError(1, f"{name}: not here")
kernel.call = refuse
from converters import sandbox
print(sandbox.enter([sys.argv[2]]))
open(sys.argv[2] + "/file", "w").write("x")
"""


def test_where_the_kernel_refuses_everything_a_child_still_works(tmp_path: Path) -> None:
    """As in a container that allows neither namespaces nor Landlock nor a filter."""
    root = str(Path(__file__).resolve().parents[3])
    done = subprocess.run(
        [sys.executable, "-I", "-c", BLOCKED, root, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "('limits',)\n", done.stderr
    assert (tmp_path / "file").read_text() == "x"


def test_limits_hold(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.append({str(Path(__file__).resolve().parents[3])!r})\n"
        "from converters import sandbox; import resource\n"
        f"sandbox.enter([{str(tmp_path)!r}], ['limits'])\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_FSIZE)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    from converters.sandbox import LARGEST_FILE

    core, size = done.stdout.rsplit(" ", 1)
    assert core == "(0, 0)"
    assert 0 < int(size) <= LARGEST_FILE
