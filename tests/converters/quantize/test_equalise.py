"""Equalisation leaves the function as it is, bit by bit, and makes channels even."""

from pathlib import Path

import numpy as np
import pytest

from converters.graph import Graph, Value
from converters.ops.builder import Builder
from converters.quantize.equalise import equalise
from tests.converters.harness import run_graph

RNG = np.random.default_rng(0)


def _wild(*shape: int) -> np.ndarray:
    """Weights whose output channels differ by up to 2^10."""
    axis = 0 if shape[0] > 1 else -1
    scale = 2.0 ** RNG.uniform(-5, 5, shape[axis])
    spread = scale.reshape([-1 if i == axis % len(shape) else 1 for i in range(len(shape))])
    return (RNG.normal(size=shape) * spread).astype(np.float32)


def _bias(count: int) -> np.ndarray:
    return RNG.normal(size=count).astype(np.float32)


def _graph(body: str) -> Graph:
    b, x = Builder(), Value("x", (1, 8, 8, 3), np.dtype(np.float32))
    relu = {"fused_activation_function": "RELU"}
    y = b("CONV_2D", x, _wild(8, 3, 3, 3), _bias(8), padding="SAME", name="first", **relu)
    if body == "depthwise":
        y = b("DEPTHWISE_CONV_2D", y, _wild(1, 3, 3, 8), _bias(8), padding="SAME", name="middle")
        y = b("LEAKY_RELU", y, alpha=0.1, name="leaky")
    elif body == "residual":
        z = b("CONV_2D", y, _wild(8, 3, 3, 8), _bias(8), padding="SAME", name="side")
        y = b("ADD", y, z, name="sum", **relu)
    elif body == "concatenation":
        z = b("MAX_POOL_2D", y, padding="SAME", filter_width=3, filter_height=3, name="pool")
        y = b("CONCATENATION", y, z, axis=-1, name="both")
    elif body == "gate":
        g = b("LOGISTIC", b("CONV_2D", y, _wild(8, 1, 1, 8), _bias(8), name="g"), name="gate")
        y = b("MUL", y, g, name="gated")
    elif body == "relu6":
        y = b("RELU6", y, name="clamped")
    y = b("CONV_2D", y, _wild(6, 1, 1, y.shape[-1]), _bias(6), name="second", **relu)
    y = b("RESHAPE", y, np.array([1, 384], np.int32), name="flat")
    y = b("FULLY_CONNECTED", y, _wild(5, 384), _bias(5), name="y")
    return Graph("g", (x,), (y,), b.nodes)


BODIES = ("plain", "depthwise", "residual", "concatenation", "gate", "relu6")


@pytest.mark.parametrize("body", BODIES)
def test_the_function_stays(body: str, tmp_path: Path) -> None:
    graph = _graph(body)
    done = equalise(graph)
    assert done.scales, "nothing was scaled"
    x = RNG.normal(size=(1, 8, 8, 3)).astype(np.float32)
    (wanted,), (found,) = (run_graph(g, [x], tmp_path) for g in (graph, done.graph))
    assert np.array_equal(wanted, found)


def test_ends_and_clamped_values_keep_their_scale() -> None:
    scales = equalise(_graph("relu6")).scales
    assert not {"x", "y", "first", "clamped"} & set(scales)
    assert "second" in scales


def test_precisions_before_and_behind_become_equal() -> None:
    """s = sqrt(r1 / r2), up to the power of two."""
    b, x = Builder(), Value("x", (1, 4), np.dtype(np.float32))
    first = np.diag([1.0, 16.0, 1.0, 64.0]).astype(np.float32)
    y = b("FULLY_CONNECTED", x, first, _bias(4), name="h", fused_activation_function="RELU")
    y = b("FULLY_CONNECTED", y, np.ones((2, 4), np.float32), _bias(2), name="y")
    scale = equalise(Graph("g", (x,), (y,), b.nodes)).scales["h"]
    assert np.allclose(scale / scale[0], [1, 4, 1, 8])


def test_measured_activations_are_made_even() -> None:
    b, x = Builder(), Value("x", (1, 4), np.dtype(np.float32))
    y = b("FULLY_CONNECTED", x, np.eye(4, dtype=np.float32), _bias(4), name="h")
    y = b("FULLY_CONNECTED", y, np.ones((2, 4), np.float32), _bias(2), name="y")
    found = equalise(Graph("g", (x,), (y,), b.nodes), {"h": np.array([1.0, 1.0, 256.0, 1.0])})
    assert found.scales["h"][2] / found.scales["h"][0] == 16


def test_a_tensor_that_shares_channels_with_others_is_made_even_without_moving_what_is_pinned() -> None:
    """A concatenation of the model's own input with larger channels: those come down towards it, the input's stay."""
    b, x = Builder(), Value("x", (1, 8, 8, 3), np.dtype(np.float32))
    first = b("CONV_2D", x, _wild(4, 3, 3, 3), _bias(4), padding="SAME", name="first")
    both = b("CONCATENATION", b("LEAKY_RELU", first, alpha=0.1, name="leaky"), x, axis=-1, name="both")
    y = b("CONV_2D", both, _wild(2, 1, 1, 7), _bias(2), name="y")
    peaks = {name: np.full(4, 64.0) for name in ("first", "leaky")}
    peaks["both"] = np.array([64, 64, 64, 64, 1, 1, 1.0])
    found = equalise(Graph("g", (x,), (y,), b.nodes), peaks)
    assert (found.scales["both"][:4] > 1).all()
    assert (found.scales["both"][4:] == 1).all()
    assert np.array_equal(found.scales["leaky"], found.scales["both"][:4])
    assert not {"x", "y"} & set(found.scales)
