"""The order in which a child lets foreign code in: our imports first, then the network closed, then the checkout in front."""

import contextlib
import importlib
import io
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from converters.frontends.pytorch.spec import Exporter

_OURS = ("zoo", "registry", "converters", "benchmarks")


def warm_up(exporter: Exporter) -> None:
    """Exports a one-layer model, so that all the exporter imports late is loaded before a checkout can shadow it.

    A real case: 3DDFA_V2 has a file FaceBoxes/onnx.py, which would stand in for the onnx package.
    """
    for name in ("numpy", "onnx", "onnxruntime"):
        importlib.import_module(name)
    layer, sample = torch.nn.Conv2d(1, 1, 1).eval(), (torch.zeros(1, 1, 2, 2),)
    if exporter == "openvino":
        from converters.frontends.pytorch.child import straight

        straight.warm_up()
    elif exporter == "torchscript":
        torch.onnx.export(layer, sample, io.BytesIO(), dynamo=False)
    else:
        with tempfile.TemporaryDirectory() as folder:
            torch.onnx.export(layer, sample, str(Path(folder) / "w.onnx"), dynamo=True, verbose=False)


def admit(checkout: Path | None, paths: tuple[str, ...]) -> None:
    """Puts the checkout (its `paths` before it) at the front of the module search path, and ends the network.

    Where the checkout has a top-level module of the same name as a package of ours, ours is forgotten: what this process needs of it
    is loaded already.
    """
    sys.addaudithook(_refuse_network)
    if checkout is None:
        return
    folders = [*(checkout / path for path in paths), checkout]
    sys.path[:0] = [str(folder) for folder in folders]
    for name in _OURS:
        if any((folder / name).is_dir() or (folder / f"{name}.py").is_file() for folder in folders):
            for module in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
                del sys.modules[module]
    importlib.invalidate_caches()


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: a model that fetches something by itself is neither reproducible nor pinned, so it may not.

    It gives the sentence, and is all that holds where `converters.sandbox` has no layer against the network.
    """
    if event not in ("socket.__new__", "socket.connect", "socket.getaddrinfo"):
        return
    with contextlib.suppress(AttributeError, IndexError):
        family = arguments[1] if event == "socket.__new__" else arguments[0].family
        if family == socket.AF_UNIX:
            return
    raise OSError("the model's code tried to use the network, which a conversion does not allow")
