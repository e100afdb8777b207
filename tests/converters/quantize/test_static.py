"""Integer forms against their float operators, the grids, and the checker."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Value, constant
from converters.ops import Builder
from converters.quantize.check import float_operators, require_integer
from converters.quantize.static import Recipe, calibrate, quantize
from registry.errors import ConversionError

FLOAT, INT8, INT16, UINT8 = map(np.dtype, (np.float32, np.int8, np.int16, np.uint8))
SHAPE = (1, 4, 6, 8)


def _integers(*numbers):
    return constant(np.asarray(numbers, np.int32))


def _weights(*shape, seed=7):
    return constant(np.random.default_rng(seed).normal(0, 0.3, shape).astype(np.float32))


CASES = {
    **{
        op: lambda b, x, op=op: b(op, x)
        for op in ("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "ELU", "EXP", "SIN", "COS", "ABS", "NEG")
    },
    **{
        op: lambda b, x, op=op: b(op, x)
        for op in (
            "SQUARE",
            "FLOOR",
            "CEIL",
            "ROUND",
            "SIGN",
            "HARD_SWISH",
            "GELU",
            "LOGISTIC",
            "TANH",
            "SOFTMAX",
        )
    },
    "LEAKY_RELU": lambda b, x: b("LEAKY_RELU", x, alpha=0.1),
    "PRELU": lambda b, x: b("PRELU", x, constant(np.linspace(-0.5, 0.5, 8, dtype=np.float32))),
    **{
        op: lambda b, x, op=op: b(op, x, constant(np.linspace(-1, 2, 8, dtype=np.float32)))
        for op in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE")
    },
    "ADD of two": lambda b, x: b("ADD", x, b("RELU", x), fused_activation_function="RELU6"),
    "DIV by numbers": lambda b, x: b("DIV", x, constant(np.linspace(1, 2, 8, dtype=np.float32))),
    "DIV of one": lambda b, x: b(
        "DIV", constant(np.float32(1)), b("ADD", b("RELU", x), constant(np.float32(1)))
    ),
    "POW": lambda b, x: b("POW", x, constant(np.float32(2))),
    "SQRT": lambda b, x: b("SQRT", b("RELU", x)),
    **{
        op: lambda b, x, op=op: b(op, x, _integers(1, 2), keep_dims=True)
        for op in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")
    },
    "RESHAPE": lambda b, x: b.reshape(x, (1, 24, 8)),
    "TRANSPOSE": lambda b, x: b.transpose(x, (0, 3, 1, 2)),
    "TILE": lambda b, x: b("TILE", x, _integers(1, 2, 1, 1)),
    "PAD": lambda b, x: b("PAD", x, constant(np.asarray([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32))),
    "GATHER": lambda b, x: b("GATHER", x, _integers(1, 2), axis=3),
    "CONCATENATION": lambda b, x: b("CONCATENATION", x, b("LOGISTIC", x), axis=3),
    "DEPTH_TO_SPACE": lambda b, x: b("DEPTH_TO_SPACE", x, block_size=2),
    "SPACE_TO_DEPTH": lambda b, x: b("SPACE_TO_DEPTH", x, block_size=2),
    "MAX_POOL_2D": lambda b, x: b("MAX_POOL_2D", x, filter_width=2, filter_height=2, stride_w=2, stride_h=2),
    "AVERAGE_POOL_2D": lambda b, x: b(
        "AVERAGE_POOL_2D", x, filter_width=2, filter_height=2, stride_w=2, stride_h=2
    ),
    "RESIZE_BILINEAR": lambda b, x: b("RESIZE_BILINEAR", x, _integers(8, 12), half_pixel_centers=True),
    "CONV_2D": lambda b, x: b("CONV_2D", x, _weights(5, 3, 3, 8), _weights(5), padding="SAME"),
    "DEPTHWISE_CONV_2D": lambda b, x: b(
        "DEPTHWISE_CONV_2D", x, _weights(1, 3, 3, 8), _weights(8), padding="SAME"
    ),
    "FULLY_CONNECTED": lambda b, x: b("FULLY_CONNECTED", b.reshape(x, (24, 8)), _weights(5, 8), _weights(5)),
    "TRANSPOSE_CONV": lambda b, x: b(
        "TRANSPOSE_CONV", _integers(1, 8, 12, 5), _weights(5, 2, 2, 8), x, _weights(5), stride_w=2, stride_h=2
    ),
    "BATCH_MATMUL": lambda b, x: b("BATCH_MATMUL", x, b.transpose(x, (0, 1, 3, 2))),
}


def _graph(case):
    build, x = Builder(), Value("x", SHAPE, FLOAT)
    y = CASES[case](build, x)
    y.name = "y"
    return Graph("g", (x,), (y,), build.nodes)


def _samples(seed, count=4):
    random = np.random.default_rng(seed)
    return [random.uniform(-3, 3, SHAPE).astype(np.float32) for _ in range(count)]


def _run(file: Path, x):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(file))
    interpreter.allocate_tensors()
    entry, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if entry["dtype"] != np.float32:
        scale, zero = entry["quantization"]
        info = np.iinfo(entry["dtype"])
        x = np.clip(np.rint(x / scale) + zero, info.min, info.max).astype(entry["dtype"])
    interpreter.set_tensor(entry["index"], x)
    interpreter.invoke()
    y = interpreter.get_tensor(end["index"])
    if end["dtype"] != np.float32:
        scale, zero = end["quantization"]
        y = (y.astype(np.float64) - zero) * scale
    return y


def _both(case, recipe, folder, method="minmax"):
    """The float answer and the integer one, on a sample of the calibration."""
    graph, samples = _graph(case), _samples(3)
    real, small = folder / "float.tflite", folder / "integer.tflite"
    write_tflite(graph, real)
    found = calibrate(graph, ("x",), ({"x": sample} for sample in samples))
    write_tflite(quantize(graph, found, recipe, method), small)
    require_integer(small, "int8", float_borders=recipe.border == FLOAT)
    return _run(real, samples[0]), _run(small, samples[0])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("recipe", "least"), [(Recipe(), 25), (Recipe(INT16), 38)], ids=["int8", "int16x8"])
def test_an_integer_form_is_its_float_operator_up_to_its_grids(case, recipe, least, tmp_path):
    real, small = _both(case, recipe, tmp_path)
    if case in ("FLOOR", "CEIL", "ROUND", "SIGN"):  # a step of the input may fall over the edge
        assert np.mean(np.abs(real - small) > 0.05) < 0.05
        return
    noise = np.square(real - small).sum()
    assert 10 * np.log10(np.square(real).sum() / max(noise, 1e-12)) > least


@pytest.mark.parametrize("border", [INT8, UINT8])
def test_integer_borders_compute_the_same(border, tmp_path):
    _, float_border = _both("CONV_2D", Recipe(), tmp_path)
    _, integer_border = _both("CONV_2D", Recipe(border=border), tmp_path)
    assert np.allclose(float_border, integer_border, atol=1e-6)
    assert float_operators(tmp_path / "integer.tflite", float_borders=False) == ()


def test_an_operator_kept_float_is_found_and_refused_by_name(tmp_path):
    graph = _graph("CONCATENATION")
    kept = next(node.output for node in graph.nodes if node.op == "LOGISTIC")
    kept.name = "gate"
    found = calibrate(graph, ("x",), ({"x": sample} for sample in _samples(3)))
    file = tmp_path / "mixed.tflite"
    write_tflite(quantize(graph, found, Recipe(floats=frozenset({"gate"}))), file)
    with pytest.raises(ConversionError, match=r"LOGISTIC `gate`"):
        require_integer(file, "int8", float_borders=True)
    assert "LOGISTIC" in {one.op for one in float_operators(file, float_borders=True)}


def test_an_operator_may_compute_on_16_bits_inside_an_8_bit_graph(tmp_path):
    graph = _graph("ADD of two")
    wide = frozenset({"y"})
    found = calibrate(graph, ("x",), ({"x": sample} for sample in _samples(3)))
    mixed = quantize(graph, found, Recipe(wide=wide), "minmax")
    add = next(node for node in mixed.nodes if node.op == "ADD")
    assert {value.dtype for value in (*add.inputs, add.output)} == {INT16}
    file = tmp_path / "mixed.tflite"
    write_tflite(mixed, file)
    require_integer(file, "int8", float_borders=True)


def test_quantized_activations_keep_the_names_of_the_float_ones():
    graph = _graph("CONCATENATION")
    for number, node in enumerate(graph.nodes[:-1]):
        node.output.name = f"inner{number}"
    found = calibrate(graph, ("x",), ({"x": sample} for sample in _samples(3)))
    names = {value.name for node in quantize(graph, found, Recipe()).nodes for value in node.outputs}
    assert {"inner0", "y"} <= names


def test_weights_have_a_scale_for_each_output_channel_or_one(tmp_path):
    graph = _graph("CONV_2D")
    found = calibrate(graph, ("x",), ({"x": sample} for sample in _samples(3)))
    for per_channel, scales in ((True, 5), (False, 1)):
        small = quantize(graph, found, Recipe(per_channel=per_channel))
        conv = next(node for node in small.nodes if node.op == "CONV_2D")
        assert len(conv.input(1).quantization.scale) == scales
