"""Which numbers flow through a float graph: it is run on samples in LiteRT, every activation of interest being an output."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Value
from converters.quantize.static.grids import measured
from converters.quantize.static.statistics import Statistics
from converters.quiet import hushed

Sample = Mapping[str, npt.NDArray[Any]]
"""Input name → array in the graph's own axes."""


def calibrate(
    graph: Graph, input_names: tuple[str, ...], samples: Iterable[Sample], threads: int = 2
) -> dict[Value, Statistics]:
    """Statistics of the activations that need a range, over all samples. `input_names` in the graph's order.

    XNNPACK computes: an activation that is an output is what the delegate made of it, in whole operators. Raises RuntimeError and
    ValueError as LiteRT does where a sample does not fit.
    """
    from ai_edge_litert.interpreter import Interpreter

    from converters.emitters.tflite import write_tflite

    wanted = [value for value in measured(graph) if value not in graph.inputs]
    found = {value: Statistics() for value in (*graph.inputs, *wanted) if value.dtype == np.float32}
    with tempfile.TemporaryDirectory(prefix="zoo-calibrate-") as folder:
        file = Path(folder) / "calibration.tflite"
        names = tuple(f"t{i}" for i in range(len(wanted)))
        write_tflite(
            Graph(graph.name, graph.inputs, tuple(wanted), graph.nodes),
            file,
            input_names=input_names,
            output_names=names,
        )
        with hushed():
            interpreter = Interpreter(model_path=str(file), num_threads=threads)
            interpreter.allocate_tensors()
        inputs = [detail["index"] for detail in interpreter.get_input_details()]
        outputs = [detail["index"] for detail in interpreter.get_output_details()]
        for sample in samples:
            for name, index, value in zip(input_names, inputs, graph.inputs, strict=True):
                array = np.ascontiguousarray(sample[name])
                interpreter.set_tensor(index, array)
                if value in found:
                    found[value].add(array)
            interpreter.invoke()
            for value, index in zip(wanted, outputs, strict=True):
                found[value].add(interpreter.tensor(index)())
        del interpreter
    return found
