"""What has no name of its own gets one that does not depend on what the process converted before."""

from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as o

from converters.emitters.tflite import write_tflite
from converters.frontends.openvino.lower import lower
from converters.frontends.openvino.names import own_name


def _bytes(path: Path) -> bytes:
    x = o.parameter([2, 3, 4], np.float32, name="x")
    y = o.multiply(o.exp(x), np.arange(4, dtype=np.float32))
    z = o.transpose(o.relu(o.subtract(y, np.ones((3, 1), np.float32))), np.asarray([0, 2, 1]))
    graph, _ = lower(ov.Model([z], [x], "unnamed"), "unnamed")
    write_tflite(graph, path)
    return path.read_bytes()


def test_unnamed_nodes_are_named_alike_every_time(tmp_path: Path) -> None:
    assert _bytes(tmp_path / "first.tflite") == _bytes(tmp_path / "second.tflite")


def test_given_names_stay() -> None:
    x = o.parameter([2], np.float32, name="x")
    node = o.exp(x)
    assert own_name(node) == "Exp"
    node.set_friendly_name("Exp_12")
    assert own_name(node) == "Exp_12"
    folded = o.constant(np.ones(2, np.float32))
    folded.set_friendly_name("Reshape_27")
    assert own_name(folded) == "Reshape"
    folded.set_friendly_name("conv1.weight_2")
    assert own_name(folded) == "conv1.weight_2"
