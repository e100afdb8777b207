"""Tiny models that the tests convert."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def convolution(path: Path, *, seed: int = 0, op: str = "Relu", domain: str = "") -> Path:
    """An .onnx: image [1, 3, 8, 8] → convolution to 4 channels → `op` → features [1, 4, 8, 8]."""
    random = np.random.default_rng(seed)
    weights = {
        "w": random.standard_normal((4, 3, 3, 3)).astype(np.float32),
        "b": random.standard_normal(4).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["image", "w", "b"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node(op, ["c"], ["features"], domain=domain),
    ]
    graph = helper.make_graph(
        nodes,
        "convolution",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 4, 8, 8])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    opsets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), path)
    return path


def far_from_zero(path: Path) -> Path:
    """An .onnx: image [1, 3, 8, 8] → relu(image + 10000) - 10000, which no grid of 8 bits holds."""
    nodes = [
        helper.make_node("Add", ["image", "far"], ["a"]),
        helper.make_node("Relu", ["a"], ["r"]),
        helper.make_node("Sub", ["r", "far"], ["features"]),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 8, 8]) for name in ("image", "features")
    ]
    far = numpy_helper.from_array(np.array(1e4, np.float32), "far")
    graph = helper.make_graph(nodes, "far", ends[:1], ends[1:], [far])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), path)
    return path
