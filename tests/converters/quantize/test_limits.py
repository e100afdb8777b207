"""Files whose grids differ so much that LiteRT or XNNPACK would refuse them, or end the process."""

import subprocess
import sys

import numpy as np
import pytest

from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Value
from converters.ops import Builder
from converters.quantize.static import Recipe, Statistics, quantize

FLOAT = np.dtype(np.float32)

_LOADS = """
import sys, numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType
kind = OpResolverType.AUTO if sys.argv[2] == "xnnpack" else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
one = Interpreter(model_path=sys.argv[1], experimental_op_resolver_type=kind)
one.allocate_tensors()
for detail in one.get_input_details():
    one.set_tensor(detail["index"], numpy.full(detail["shape"], 900, numpy.float32))
one.invoke()
print(one.get_tensor(one.get_output_details()[0]["index"]).max())
"""


def _built(op):
    """(graph, the values that are not tiny): inputs of ±1000, a result of ±1e-3."""
    b, x, z = Builder(), Value("x", (1, 4, 4, 3), FLOAT), Value("z", (1, 4, 4, 3), FLOAT)
    ones = np.ones
    if op in ("ADD", "SUB", "SQUARED_DIFFERENCE"):
        return Graph("g", (x, z), (b(op, x, z, name="y"),), b.nodes)
    if op == "PRELU":
        y = b(op, x, np.full((1, 1, 3), 0.25, np.float32), name="y")
    elif op == "FULLY_CONNECTED":
        y = b(
            op, b("RESHAPE", x, np.array([16, 3], np.int32), name="rows"), ones((2, 3), np.float32), name="y"
        )
    elif op == "TRANSPOSE_CONV":
        size = np.array([1, 4, 4, 2], np.int32)
        y = b(op, size, ones((2, 1, 1, 3), np.float32), x, None, padding="SAME", name="y")
    else:
        shape = (1, 1, 1, 3) if op == "DEPTHWISE_CONV_2D" else (2, 1, 1, 3)
        y = b(op, x, ones(shape, np.float32), None, padding="SAME", name="y")
    return Graph("g", (x,), (y,), b.nodes)


def _statistics(reach):
    found = Statistics()
    found.add(np.array([-reach, reach], np.float32))
    return found


@pytest.mark.parametrize("delegate", ["xnnpack", "plain"])
@pytest.mark.parametrize("activations", ["int8", "int16"])
@pytest.mark.parametrize(
    "op",
    [
        *("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"),
        *("ADD", "SUB", "SQUARED_DIFFERENCE", "PRELU"),
    ],
)
def test_a_tiny_result_of_large_operands_is_written_so_that_it_loads(op, activations, delegate, tmp_path):
    graph = _built(op)
    reach = {"y": 1e-3}
    statistics = {v: _statistics(reach.get(v.name, 1e3)) for v in graph.values() if v.data is None}
    integer = quantize(graph, statistics, Recipe(np.dtype(activations)), "minmax")
    file = tmp_path / "one.tflite"
    write_tflite(integer, file)
    command = [sys.executable, "-c", _LOADS, str(file), delegate]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-500:]
    if op not in ("SUB", "SQUARED_DIFFERENCE"):
        assert 0 < float(done.stdout) <= 1.1e-3, "the result saturates at its grid's end"
