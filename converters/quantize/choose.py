"""Which ranges suit a model: those whose int8 answers are nearest to the float graph's on some of the calibration samples; and how near."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from converters.graph import Graph, Value
from converters.quantize.static import Calibrated, Recipe, Sample, quantize_calibrated
from converters.verify.runtimes import Runtime, open_runtime
from converters.verify.samples import Array
from registry.errors import ConversionError

AUTO = "auto"
"""The method that stands for the best of `CHOICES`."""
CHOICES = ("mse", "minmax")
"""Least squared error is best for each tensor alone; a network that passes its answer through as a sum (super-resolution,
regression) needs the rare large values that it clips. The first is kept where the two are alike."""

_KEPT = 8
"""At least so many samples decide, where there are as many."""
_MEMORY = 128_000_000
"""Bytes that the float graph's answers to these may take."""
_LEAST = 1e-30
_EXACT = 300.0
"""dB where there is no error at all."""
T = TypeVar("T")


class Thin(Generic[T]):
    """Remembers 8 to 16 of what it is shown, evenly spaced, however much comes."""

    def __init__(self, copied: Callable[[T], T]) -> None:
        self.copied = copied
        self.kept: list[T] = []
        self.seen, self.step = 0, 1

    def add(self, one: T) -> None:
        if self.seen % self.step == 0:
            self.kept.append(self.copied(one))
        self.seen += 1
        if len(self.kept) > 2 * _KEPT:
            self.kept, self.step = self.kept[::2], self.step * 2


class Thinned:
    """Passes samples on and remembers some of them, and the answers that a calibration shows to `answers`."""

    def __init__(self, samples: Iterable[Sample], graph: Graph | None = None) -> None:
        self.samples = samples
        self.thin: Thin[Sample] = Thin(lambda sample: {name: np.array(one) for name, one in sample.items()})
        self.outputs = graph.outputs if graph is not None else ()
        fits = sum(value.nbytes for value in self.outputs) * 2 * _KEPT <= _MEMORY
        shown = [
            value for value in self.outputs if graph and value.data is None and value not in graph.inputs
        ]
        self.answers: dict[Value, Thin[Array]] = {value: Thin(np.array) for value in shown if fits}

    def __iter__(self) -> Iterator[Sample]:
        for sample in self.samples:
            self.thin.add(sample)
            yield sample

    @property
    def kept(self) -> list[Sample]:
        return self.thin.kept

    @property
    def expected(self) -> list[list[Array]] | None:
        """The outputs on each of the kept samples; None where they were not to be seen or take too much memory."""
        if not self.outputs or any(value not in self.answers for value in self.outputs):
            return None
        return [list(one) for one in zip(*(self.answers[v].kept for v in self.outputs), strict=True)]


def choose(
    graph: Graph,
    input_names: Sequence[str],
    calibrated: Calibrated,
    samples: Sequence[Sample],
    expected: Sequence[Sequence[Array]] | None = None,
) -> Calibrated:
    """`calibrated` with the one of `CHOICES` whose int8 file has the highest SQNR on the `samples`, where its method is AUTO; and with
    the `quality` of that file.

    `expected`: the graph's outputs on each of them, where they are known. Where a file cannot be written or run it is the first of them:
    what is wrong shows when the variant itself is made.
    """
    methods = CHOICES if calibrated.method == AUTO else (calibrated.method,)
    tried = [replace(calibrated, method=method) for method in methods]
    try:
        with tempfile.TemporaryDirectory(prefix="zoo-choose-") as folder:
            if expected is None:
                source = _opened(graph, input_names, Path(folder) / "float32.tflite")
                answers = [source.run(sample) for sample in samples]
                expected = [[one[name] for name in _names(graph)] for one in answers]
                del source
            recipe = Recipe(per_channel=calibrated.per_channel)
            files = [
                _opened(
                    quantize_calibrated(graph, one, recipe),
                    input_names,
                    Path(folder) / f"{one.method}.tflite",
                )
                for one in tried
            ]
            found = _sqnr(expected, files, samples)
    except (ConversionError, RuntimeError, ValueError):
        return tried[0]
    best = int(np.argmax([float(np.mean(one)) if one else 0.0 for one in found]))
    return replace(tried[best], quality=tuple(found[best]))


def _opened(graph: Graph, input_names: Sequence[str], path: Path) -> Runtime:
    from converters.emitters.tflite import write_tflite

    write_tflite(graph, path, input_names=tuple(input_names), output_names=_names(graph))
    return open_runtime(path, threads=1)


def _names(graph: Graph) -> tuple[str, ...]:
    return tuple(f"y{number}" for number in range(len(graph.outputs)))


def _sqnr(
    expected: Sequence[Sequence[Array]], files: Sequence[Runtime], samples: Sequence[Sample]
) -> list[list[float]]:
    """Of each file and output in dB: 10 log10(Σ y² / Σ (y - ŷ)²), sums over all samples. An output in which something is not finite
    counts as 0 dB."""
    signal = [
        sum(float(np.square(one, dtype=np.float64).sum()) for one in answers)
        for answers in zip(*expected, strict=True)
    ]

    def noise(file: Runtime) -> list[float]:
        sums = [0.0] * len(signal)
        for sample, answers in zip(samples, expected, strict=True):
            found = file.run(sample)
            for number, answer in enumerate(answers):
                sums[number] += float(np.square(found[f"y{number}"].astype(np.float64) - answer).sum())
        return sums

    with ThreadPoolExecutor(len(files)) as pool:
        noises = list(pool.map(noise, files))
    return [[_decibels(*pair) for pair in zip(signal, sums, strict=True)] for sums in noises]


def _decibels(signal: float, noise: float) -> float:
    if not np.isfinite((signal, noise)).all():
        return 0.0
    if noise < _LEAST:
        return _EXACT
    return float(10 * np.log10(max(signal, _LEAST) / noise))
