"""Two integer variants are the same inside exactly where nothing but their border differs."""

from pathlib import Path

import numpy as np
import pytest

from converters.emitters.tflite import write_tflite
from converters.graph import Graph, Value
from converters.ops.builder import Builder
from converters.quantize.borders import same_inside
from converters.quantize.static import Recipe, measure, quantize

pytest.importorskip("ai_edge_litert")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """int16 inside with each border; one with another weight, one with another grid, one with another option."""
    folder = tmp_path_factory.mktemp("borders")

    def graph(weight: float = 0.0, padding: str = "SAME") -> Graph:
        b = Builder()
        x = Value("x", (1, 8, 8, 3), np.dtype(np.float32))
        weights = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
        weights[0, 0, 0, 0] += weight
        y = b(
            "CONV_2D", x, weights, np.ones(4, np.float32), padding=padding, stride_w=1, stride_h=1, name="y"
        )
        return Graph("g", (x,), (y, b("RELU", y, name="z")), b.nodes)

    def write(name: str, one: Graph, border: type, reach: float = 1.0) -> None:
        samples = [{"x": np.full((1, 8, 8, 3), reach, np.float32)}]
        recipe = Recipe(np.dtype(np.int16), np.dtype(border))
        write_tflite(quantize(one, measure(one, ("x",), samples)[0], recipe), folder / f"{name}.tflite")

    write("inside", graph(), np.float32)
    write("whole", graph(), np.int16)
    write("weight", graph(weight=0.2), np.int16)
    write("grid", graph(), np.int16, reach=2.0)
    write("option", graph(padding="VALID"), np.int16)
    return folder


def test_files_that_differ_at_the_border_alone_are_the_same(files: Path):
    assert same_inside(files / "inside.tflite", files / "whole.tflite")
    assert (files / "inside.tflite").read_bytes() != (files / "whole.tflite").read_bytes()


@pytest.mark.parametrize("other", ["weight", "grid", "option"])
def test_a_difference_inside_is_seen(files: Path, other: str):
    assert not same_inside(files / "inside.tflite", files / f"{other}.tflite")
    assert not same_inside(files / "whole.tflite", files / f"{other}.tflite")
