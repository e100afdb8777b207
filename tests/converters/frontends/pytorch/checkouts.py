"""A small foreign repository for tests, written into a folder."""

from pathlib import Path

TINY = '''
import torch
from torch import nn

class Tiny(nn.Module):
    """Two outputs in a dict; a convolution with BatchNorm."""

    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x):
        y = torch.relu(self.norm(self.conv(x)))
        return {"map": y, "aside": y * 2, "mean": y.mean((2, 3))}


def make_tiny(width):
    return Tiny(width)


class Raises(nn.Module):
    def __init__(self):
        super().__init__()
        raise ValueError("no such width")


class NotAModel:
    pass
'''

GUARDED = '''
"""Checks from within how it is run."""
import os, sys
from pathlib import Path

import torch
import registry
import utils

CALLS = []

def setup(size, *, name):
    CALLS.append((size, name))

class Guarded(torch.nn.Linear):
    def __init__(self):
        assert CALLS == [(3, "x")], CALLS
        assert registry.FOREIGN and utils.FOREIGN
        assert "SECRET_TOKEN" not in os.environ
        assert Path(os.environ["HOME"]).name == "home" and Path.home() == Path.cwd(), os.environ["HOME"]
        assert not sys.path[0] == ""
        import onnx
        assert hasattr(onnx, "ModelProto"), onnx
        try:
            import socket
            socket.create_connection(("127.0.0.1", 9))
        except OSError as error:
            assert "does not allow" in str(error), error
        print("printed by foreign code")
        super().__init__(4, 2)
'''

UNTRACEABLE = '''
import torch

class Untraceable(torch.nn.Module):
    """torch.export takes these shapes from the sample; the trace refuses to fix them."""

    def forward(self, x):
        if torch.jit.is_tracing():
            raise RuntimeError("not under a trace")
        return x * 2 + 1


class Different(torch.nn.Module):
    """Another result under an exporter than in eager mode: only the comparison can tell."""

    def forward(self, x):
        return x * 3 if torch.onnx.is_in_onnx_export() or torch.compiler.is_exporting() else x * 2


class Ranked(torch.nn.Module):
    """No exporter of torch.onnx knows kthvalue; OpenVINO does."""

    def forward(self, x):
        return {"kth": torch.kthvalue(x, 2, -1).values, "whole": x, "double": 2 * x}


class Sleeps(torch.nn.Module):
    def __init__(self):
        import time
        time.sleep(60)


class Dies(torch.nn.Module):
    def __init__(self):
        import os
        os.kill(os.getpid(), 9)
'''


def write_checkout(root: Path) -> Path:
    """The repository: `tiny`, `guarded` with modules that shadow others' names, `hard` with what fails."""
    checkout = root / "checkout"
    (checkout / "registry").mkdir(parents=True)
    (checkout / "lib").mkdir()
    (checkout / "registry" / "__init__.py").write_text("FOREIGN = True\n")
    (checkout / "lib" / "utils.py").write_text("FOREIGN = True\n")
    (checkout / "onnx.py").write_text("raise ImportError('the file onnx.py of the checkout was imported')\n")
    (checkout / "tiny.py").write_text(TINY)
    (checkout / "guarded.py").write_text(GUARDED)
    (checkout / "hard.py").write_text(UNTRACEABLE)
    (checkout / "broken.py").write_text("import torch\n\nclass Broken(:\n")
    (checkout / "needs.py").write_text("import no_such_package_anywhere\n")
    (checkout / "built.py").write_text("import lib.extension\n")
    return checkout
