"""Nothing touches the network unasked."""

import subprocess
import sys
from pathlib import Path

from tests.zoo.models import convolution

WATCH = """
import multiprocessing.process, socket, sys

def refuse(*_, **__):
    print("the network is touched, or a process that could do it is started", file=sys.stderr, flush=True)
    raise OSError("no network in this test")

multiprocessing.process.BaseProcess.start = refuse
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from zoo.__main__ import main
main(sys.argv[1:])
"""


def test_a_conversion_reports_to_nobody(tmp_path: Path) -> None:
    model = convolution(tmp_path / "tiny.onnx")
    command = [
        sys.executable,
        "-c",
        WATCH,
        "convert",
        str(model),
        "--to",
        "float32",
        "--out",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "touched" not in done.stderr
    assert (tmp_path / "out" / "tiny_float32.tflite").is_file()
