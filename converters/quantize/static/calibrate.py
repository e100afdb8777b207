"""Which numbers flow through a float graph: it is run on samples in LiteRT, every activation of interest being an output."""

import tempfile
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from converters.graph import Graph, Value
from converters.limits import beside_each_other
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
    graph: Graph,
    input_names: tuple[str, ...],
    samples: Iterable[Sample],
    threads: int = 2,
    others: Mapping[Value, Collector] | None = None,
) -> tuple[dict[Value, Statistics], dict[str, npt.NDArray[np.float64]]]:
    """The same, and the mean of each channel (last axis) of what linear layers with constant weights read, by its name.

    `others` see what they are named for on the way: the model runs once for everything that is to be known.
    """
    ranges = {value: Statistics() for value in (*graph.inputs, *measured(graph)) if value.dtype == np.float32}
    read = {operands(node)[0] for node in graph.nodes if is_scalable(node)}
    means = {value: ChannelMean() for value in graph.values() if value in read}
    collectors: dict[Value, list[Collector]] = {}
    for group in (ranges, means, others or {}):
        for value, one in group.items():
            collectors.setdefault(value, []).append(one)
    observe(graph, input_names, samples, collectors, threads)
    return ranges, {value.name: one.mean for value, one in means.items() if one.count}


def observe(
    graph: Graph,
    input_names: tuple[str, ...],
    samples: Iterable[Sample],
    collectors: Mapping[Value, Sequence[Collector]],
    threads: int = 2,
) -> None:
    """Shows activations and inputs of the graph to their `collectors`, over all samples and in their order.

    XNNPACK computes: an activation that is an output is what the delegate made of it, in whole operators. Where memory permits, each
    thread runs the model on a sample of its own, and the collectors look at one sample while the next is being computed. Raises
    RuntimeError and ValueError as LiteRT does where a sample does not fit.
    """
    from converters.emitters.tflite import write_tflite

    wanted = tuple(value for value in collectors if value not in graph.inputs)
    count = beside_each_other(graph.nbytes, threads)
    with tempfile.TemporaryDirectory(prefix="zoo-calibrate-") as folder, ThreadPoolExecutor(count) as pool:
        file = Path(folder) / "calibration.tflite"
        names = tuple(f"t{i}" for i in range(len(wanted)))
        shown = Graph(graph.name, graph.inputs, wanted, graph.nodes)
        write_tflite(shown, file, input_names=input_names, output_names=names)
        idle = [_Observed(file, shown, input_names, threads // count) for _ in range(count)]
        running: deque[tuple[_Observed, Future[None]]] = deque()
        for sample in samples:
            if not idle:
                idle.append(_finished(running, collectors))
            one = idle.pop()
            running.append((one, pool.submit(one.run, sample)))
        while running:
            idle.append(_finished(running, collectors))


class _Observed:
    """An interpreter of the file whose outputs are the activations to be seen."""

    def __init__(self, file: Path, graph: Graph, input_names: tuple[str, ...], threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.graph, self.input_names = graph, input_names
        self.given: list[npt.NDArray[Any]] = []
        with hushed():
            self.interpreter = Interpreter(model_path=str(file), num_threads=threads)
            self.interpreter.allocate_tensors()
        self.inputs = [detail["index"] for detail in self.interpreter.get_input_details()]
        self.outputs = [detail["index"] for detail in self.interpreter.get_output_details()]

    def run(self, sample: Sample) -> None:
        self.given = [np.ascontiguousarray(sample[name]) for name in self.input_names]
        for index, array in zip(self.inputs, self.given, strict=True):
            self.interpreter.set_tensor(index, array)
        self.interpreter.invoke()

    def show(self, collectors: Mapping[Value, Sequence[Collector]]) -> None:
        for value, array in zip(self.graph.inputs, self.given, strict=True):
            for one in collectors.get(value, ()):
                one.add(array)
        for value, index in zip(self.graph.outputs, self.outputs, strict=True):
            for one in collectors[value]:
                one.add(self.interpreter.tensor(index)())


def _finished(
    running: "deque[tuple[_Observed, Future[None]]]", collectors: Mapping[Value, Sequence[Collector]]
) -> _Observed:
    """The longest running one, once the collectors have seen its sample."""
    one, run = running.popleft()
    run.result()
    one.show(collectors)
    return one
