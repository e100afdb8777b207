"""Which numbers flow through a float graph: it is run on samples in LiteRT, every activation of interest being an output."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Value
from converters.quantize.channels import is_scalable, operands
from converters.quantize.static.grids import measured
from converters.quantize.static.statistics import ChannelMean, Statistics
from converters.quiet import hushed

Sample = Mapping[str, npt.NDArray[Any]]
"""Input name → array in the graph's own axes."""


class Collector(Protocol):
    """What remembers something of a stream of arrays."""

    def add(self, array: npt.NDArray[np.float32]) -> None: ...


def calibrate(
    graph: Graph, input_names: tuple[str, ...], samples: Iterable[Sample], threads: int = 2
) -> dict[Value, Statistics]:
    """Statistics of the activations that need a range, over all samples. `input_names` in the graph's order.

    Raises RuntimeError and ValueError as LiteRT does where a sample does not fit.
    """
    return measure(graph, input_names, samples, threads)[0]


def measure(
    graph: Graph, input_names: tuple[str, ...], samples: Iterable[Sample], threads: int = 2
) -> tuple[dict[Value, Statistics], dict[str, npt.NDArray[np.float64]]]:
    """The same, and the mean of each channel (last axis) of what linear layers with constant weights read, by its name."""
    ranges = {value: Statistics() for value in (*graph.inputs, *measured(graph)) if value.dtype == np.float32}
    read = {operands(node)[0] for node in graph.nodes if is_scalable(node)}
    means = {value: ChannelMean() for value in graph.values() if value in read}
    collectors: dict[Value, list[Collector]] = {value: [one] for value, one in ranges.items()}
    for value, mean in means.items():
        collectors.setdefault(value, []).append(mean)
    observe(graph, input_names, samples, collectors, threads)
    return ranges, {value.name: one.mean for value, one in means.items() if one.count}


def observe(
    graph: Graph,
    input_names: tuple[str, ...],
    samples: Iterable[Sample],
    collectors: Mapping[Value, Sequence[Collector]],
    threads: int = 2,
) -> None:
    """Shows activations and inputs of the graph to their `collectors`, over all samples.

    XNNPACK computes: an activation that is an output is what the delegate made of it, in whole operators. Raises RuntimeError and
    ValueError as LiteRT does where a sample does not fit.
    """
    from ai_edge_litert.interpreter import Interpreter

    from converters.emitters.tflite import write_tflite

    wanted = [value for value in collectors if value not in graph.inputs]
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
                for one in collectors.get(value, ()):
                    one.add(array)
            interpreter.invoke()
            for value, index in zip(wanted, outputs, strict=True):
                for one in collectors[value]:
                    one.add(interpreter.tensor(index)())
        del interpreter
