"""What a converted file answers, held against ONNX Runtime running the source."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.residency import residency
from registry.errors import MissingDependencyError
from registry.types import Residency

Array = npt.NDArray[Any]

RUNS = 2
"""A file must answer alike run after run; one that keeps a state from run to run does not."""


class Source:
    """An ONNX file with inputs (seeded: floats uniform in 0…1, integers below `classes`) and what ONNX Runtime answers to them."""

    def __init__(self, model: Path, classes: int) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingDependencyError("Comparing needs ONNX Runtime: pip install zoo[tflite].") from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        random = np.random.default_rng(0)
        self.feed: dict[str, Array] = {}
        for port in session.get_inputs():
            if port.type == "tensor(int64)":
                self.feed[port.name] = random.integers(0, max(classes, 2), port.shape)
            else:
                self.feed[port.name] = random.uniform(0, 1, port.shape).astype(np.float32)
        names = [port.name for port in session.get_outputs()]
        self.expected: dict[str, Array] = dict(zip(names, session.run(None, self.feed), strict=True))


def stated_error(source: Source, file: Path, artifact: dict[str, Any]) -> tuple[float, Residency]:
    """The largest relative error over all outputs of a file whose manifest entry states names and permutations."""
    interpreter = _interpreter(file)
    given = {
        tensor["name"]: np.ascontiguousarray(
            source.feed[_source_name(tensor)].transpose(tensor["permutation"])
        ).astype(tensor["dtype"])
        for tensor in artifact["inputs"]
    }
    runner, worst = interpreter.get_signature_runner(), 0.0
    for _ in range(RUNS):
        answers = runner(**given)
        for tensor in artifact["outputs"]:
            back = np.argsort(tensor["permutation"])
            answer = answers[tensor["name"]].transpose(back)
            worst = max(worst, relative(answer, source.expected[_source_name(tensor)]))
    return worst, residency(interpreter._get_ops_details(), "XNNPACK")


def guessed_error(source: Source, file: Path) -> float:
    """The same of a file that states nothing: inputs are channels last where their shape differs, outputs in the order that fits best.

    The benefit of the doubt throughout: for each expected output the closest answer, over every permutation of that shape.
    """
    interpreter = _interpreter(file)
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    for detail, value in zip(details, _matched(details, source.feed), strict=True):
        interpreter.set_tensor(detail["index"], value)
    worst = 0.0
    for _ in range(RUNS):
        interpreter.invoke()
        answers = [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]
        closest = (
            min((_closest(answer, expected) for answer in answers), default=float("inf"))
            for expected in source.expected.values()
        )
        worst = max(worst, *closest)
    return worst


def relative(actual: Array, expected: Array) -> float:
    """Largest difference over largest expected magnitude; infinite for another shape or numbers that are none."""
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return float("inf")
    scale = max(float(np.abs(expected).max(initial=0)), float(np.finfo(np.float32).tiny))
    return float(np.abs(actual.astype(np.float64) - expected.astype(np.float64)).max(initial=0)) / scale


def _interpreter(file: Path) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise MissingDependencyError("Comparing needs LiteRT: pip install zoo[tflite].") from error
    return Interpreter(model_path=str(file), num_threads=1)


def _matched(details: Sequence[dict[str, Any]], feed: dict[str, Array]) -> list[Array]:
    values = []
    for detail, value in zip(details, feed.values(), strict=True):
        shape = tuple(detail["shape"])
        given = value if value.shape == shape else np.moveaxis(value, 1, -1)
        values.append(np.ascontiguousarray(given).astype(detail["dtype"]))
    return values


def _closest(answer: Array, expected: Array) -> float:
    if answer.ndim != expected.ndim or answer.size != expected.size:
        return float("inf")
    orders = itertools.permutations(range(answer.ndim)) if answer.shape != expected.shape else ()
    tried = (range(answer.ndim), *orders)
    return min(relative(answer.transpose(order), expected) for order in map(tuple, tried))


def _source_name(tensor: dict[str, Any]) -> str:
    return str(tensor.get("source_name") or tensor["name"])
