"""Which ranges suit a model: those whose int8 answers are nearest to the float graph's on some of the calibration samples; and how near."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from converters.graph import Graph
from converters.quantize.static import Calibrated, Recipe, Sample, quantize_calibrated
from converters.verify.runtimes import Runtime, open_runtime
from registry.errors import ConversionError

AUTO = "auto"
"""The method that stands for the best of `CHOICES`."""
CHOICES = ("mse", "minmax")
"""Least squared error is best for each tensor alone; a network that passes its answer through as a sum (super-resolution,
regression) needs the rare large values that it clips. The first is kept where the two are alike."""

_KEPT = 8
"""At least so many samples decide, where there are as many."""
_LEAST = 1e-30
_EXACT = 300.0
"""dB where there is no error at all."""


class Thinned:
    """Passes samples on and remembers 8 to 16 of them, evenly spaced, however many come."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.samples = samples
        self.kept: list[Sample] = []

    def __iter__(self) -> Iterator[Sample]:
        step = 1
        for number, sample in enumerate(self.samples):
            if number % step == 0:
                self.kept.append({name: np.array(array) for name, array in sample.items()})
            if len(self.kept) > 2 * _KEPT:
                self.kept, step = self.kept[::2], step * 2
            yield sample


def choose(
    graph: Graph, input_names: Sequence[str], calibrated: Calibrated, samples: Sequence[Sample]
) -> Calibrated:
    """`calibrated` with the one of `CHOICES` whose int8 file has the highest SQNR on the `samples`, where its method is AUTO; and with
    the `quality` of that file.

    Where a file cannot be written or run it is the first of them: what is wrong shows when the variant itself is made.
    """
    methods = CHOICES if calibrated.method == AUTO else (calibrated.method,)
    tried = [replace(calibrated, method=method) for method in methods]
    try:
        with tempfile.TemporaryDirectory(prefix="zoo-choose-") as folder:
            expected = _opened(graph, input_names, Path(folder) / "float32.tflite")
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

    outputs = tuple(f"y{number}" for number in range(len(graph.outputs)))
    write_tflite(graph, path, input_names=tuple(input_names), output_names=outputs)
    return open_runtime(path, threads=2)


def _sqnr(expected: Runtime, files: Sequence[Runtime], samples: Sequence[Sample]) -> list[list[float]]:
    """Of each file and output in dB: 10 log10(Σ y² / Σ (y - ŷ)²), sums over all samples. An output in which something is not finite
    counts as 0 dB."""
    signal: dict[str, float] = {}
    noise: list[dict[str, float]] = [{} for _ in files]
    for sample in samples:
        answers = expected.run(sample)
        for name, answer in answers.items():
            signal[name] = signal.get(name, 0.0) + float(np.square(answer, dtype=np.float64).sum())
        for sums, file in zip(noise, files, strict=True):
            for name, answer in file.run(sample).items():
                error = np.square(answer.astype(np.float64) - answers[name]).sum()
                sums[name] = sums.get(name, 0.0) + float(error)
    names = sorted(signal, key=lambda name: int(name[1:]))
    return [[_decibels(signal[name], sums[name]) for name in names] for sums in noise]


def _decibels(signal: float, noise: float) -> float:
    if not np.isfinite((signal, noise)).all():
        return 0.0
    if noise < _LEAST:
        return _EXACT
    return float(10 * np.log10(max(signal, _LEAST) / noise))
