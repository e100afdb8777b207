"""Which numbers flow through a float graph: it is run on samples in LiteRT, every activation of interest being an output."""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Value
from converters.quantize.static.grids import measured
from converters.quantize.static.statistics import Statistics

Sample = Mapping[str, npt.NDArray[Any]]
"""Input name → array in the graph's own axes."""


class Collector(Protocol):
    """What remembers something of a stream of arrays."""

    def add(self, array: npt.NDArray[np.float32]) -> None: ...


C = TypeVar("C", bound=Collector)


class ChannelSums:
    """Of one tensor, by index of its last axis: largest magnitude and mean. NaN and infinity count as 0."""

    def __init__(self) -> None:
        self.peak: npt.NDArray[np.float64] = np.zeros(0)
        self.total: npt.NDArray[np.float64] = np.zeros(0)
        self.count = 0

    def add(self, array: npt.NDArray[np.float32]) -> None:
        width = array.shape[-1] if array.ndim else 1
        rows = np.nan_to_num(array.reshape(-1, width), posinf=0.0, neginf=0.0)
        if self.peak.size != width:
            self.peak, self.total, self.count = np.zeros(width), np.zeros(width), 0
        self.peak = np.maximum(self.peak, np.abs(rows).max(0, initial=0.0))
        self.total += rows.sum(0, dtype=np.float64)
        self.count += len(rows)

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        return np.asarray(self.total / max(self.count, 1))


def calibrate(
    graph: Graph, input_names: tuple[str, ...], samples: Iterable[Sample], threads: int = 2
) -> dict[Value, Statistics]:
    """Statistics of the activations that need a range, over all samples. `input_names` in the graph's order.

    Raises RuntimeError and ValueError as LiteRT does where a sample does not fit.
    """
    return observe(graph, input_names, samples, measured(graph), Statistics, threads)


def observe(
    graph: Graph,
    input_names: tuple[str, ...],
    samples: Iterable[Sample],
    chosen: Sequence[Value],
    collector: Callable[[], C],
    threads: int = 2,
) -> dict[Value, C]:
    """What a `collector` remembers of each of the `chosen` activations and of the graph's inputs (float32 ones), over all samples.

    XNNPACK computes: an activation that is an output is what the delegate made of it, in whole operators. Raises RuntimeError and
    ValueError as LiteRT does where a sample does not fit.
    """
    from ai_edge_litert.interpreter import Interpreter

    from converters.emitters.tflite import write_tflite

    wanted = [value for value in chosen if value not in graph.inputs]
    found = {value: collector() for value in (*graph.inputs, *wanted) if value.dtype == np.float32}
    with tempfile.TemporaryDirectory(prefix="zoo-calibrate-") as folder:
        file = Path(folder) / "calibration.tflite"
        names = tuple(f"t{i}" for i in range(len(wanted)))
        write_tflite(
            Graph(graph.name, graph.inputs, tuple(wanted), graph.nodes),
            file,
            input_names=input_names,
            output_names=names,
        )
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
