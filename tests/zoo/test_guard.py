"""A crash of native code, at any point of a command: one sentence, the right exit code, nothing else."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.zoo.cli.run import Ended, zoo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the watcher is there on Linux alone")

CRASHING = """
import os, signal, sys
from converters import engine
def build(model, options, progress):
    progress("reading the model")
    os.kill(os.getpid(), signal.{name})
engine.build = build
from zoo.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    onnx = pytest.importorskip("onnx")
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "relu", [value("x", 1, [1, 3])], [value("y", 1, [1, 3])])
    path = tmp_path_factory.mktemp("guard") / "relu.onnx"
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]), path)
    return path


def crashed(name: str, *arguments: str | Path) -> Ended:
    program = CRASHING.format(name=name)
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGFPE"])
def test_a_crash_is_a_sentence_and_exit_code_5(model: Path, tmp_path: Path, name: str) -> None:
    ended = crashed(name, "convert", model, "--to", "float32", "--out", tmp_path / "out")
    sentence = ended.failed(5)
    assert str(model) in sentence
    assert name in sentence
    assert "reading the model" in sentence


def test_a_crash_is_json_where_that_was_asked_for(model: Path, tmp_path: Path) -> None:
    ended = crashed("SIGSEGV", "convert", model, "--to", "float32", "--out", tmp_path / "out", "--json")
    document = json.loads(ended.out)
    assert document["exit_code"] == ended.code == 5
    assert "SIGSEGV" in document["error"]


def test_a_crashed_conversion_can_be_repeated(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    crashed("SIGSEGV", "convert", model, "--to", "float32", "--out", out)
    assert zoo("convert", model, "--to", "float32", "--out", out, "--quiet").code == 0
    assert sorted(one.name for one in out.iterdir() if not one.name.startswith(".")) == [
        "manifest.json",
        "relu_float32.tflite",
    ]


def test_memory_that_ran_out_is_told_as_such(model: Path, tmp_path: Path) -> None:
    ended = crashed("SIGKILL", "convert", model, "--to", "float32", "--out", tmp_path / "out")
    assert "memory" in ended.failed(1)


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130), (signal.SIGKILL, -9)]
)
def test_signals_reach_the_work_and_nothing_stays_behind(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    """The work says its own process id and sleeps; the signal goes to the process that was started."""
    told = tmp_path / "pid"
    program = (
        "import os, pathlib, time\nfrom zoo import guard, failures\nguard.enter()\n"
        f"try: pathlib.Path({str(told)!r}).write_text(str(os.getpid())); time.sleep(60)\n"
        "except KeyboardInterrupt: raise SystemExit(failures.INTERRUPTED)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    deadline = time.monotonic() + 60
    while not (told.exists() and told.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    work = int(told.read_text())
    assert work != process.pid
    process.send_signal(sent)
    assert process.wait(timeout=30) == code
    while _running(work) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _running(work)


def test_exit_codes_and_output_come_through() -> None:
    assert zoo("convert", "/no/such.onnx").failed(2)
    listed = zoo("list", "--json")
    assert listed.code == 0
    assert listed.document


def _running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_ctrl_c_while_modules_load_is_a_sentence() -> None:
    """As it comes at any import: no traceback, and the exit code of an interrupt."""
    program = """
import sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "zoo.cli.app":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupts())
from zoo.__main__ import main
main()
"""
    command = [sys.executable, "-c", program, "list"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "zoo: interrupted before anything was begun\n"
