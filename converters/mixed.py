"""Integer variants of mixed precision: the ways to prepare a float graph for rounding, and the file in which chosen layers stay finer."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt

from converters.description import on_grids
from converters.engine import Built, calibrate
from registry.types import Tensor

if TYPE_CHECKING:
    from converters.quantize.static import Calibrated, ChannelSums, Sample

Vector = npt.NDArray[np.float64]
Ends = tuple[tuple[Tensor, ...], tuple[Tensor, ...]]
"""Inputs and outputs of a file."""

EQUALISATION = "cross-layer equalisation"
CORRECTION = "bias correction"


@dataclass(frozen=True)
class Prepared:
    """A float graph, what flows through it, and which `techniques` prepared it."""

    built: Built
    calibrated: "Calibrated"
    techniques: tuple[str, ...] = ()
    means: Mapping[str, Vector] | None = None
    """Value's name → mean of each channel, where biases are to be corrected."""


def preparations(
    built: Built, samples: "Callable[[], Iterable[Sample]]", method: str, per_channel: bool
) -> Iterator[Prepared]:
    """The graph as it is, with corrected biases, equalised, and both; each calibrated. `samples` may be asked for several times.

    A graph that says its own grids stays as it is. Raises InputError where a sample does not fit the model.
    """
    from converters.quantize.static import Calibrated

    if built.says_its_grids:
        yield Prepared(built, Calibrated({}, method, per_channel))
        return
    plain = calibrate(built, samples(), method, per_channel)
    yield Prepared(built, plain)
    sums = _channels(built, samples())
    means = {name: one.mean for name, one in sums.items()}
    yield Prepared(built, plain, (CORRECTION,), means)
    if built.stored is not None:
        return
    from converters.quantize.equalise import equalise

    done = equalise(built.graph, {name: one.peak for name, one in sums.items()})
    if not done.scales:
        return
    equal = dataclasses.replace(built, graph=done.graph)
    calibrated = calibrate(equal, samples(), method, per_channel)
    yield Prepared(equal, calibrated, (EQUALISATION,))
    scaled = {name: mean / done.scales[name] if name in done.scales else mean for name, mean in means.items()}
    yield Prepared(equal, calibrated, (EQUALISATION, CORRECTION), scaled)


def _channels(built: Built, samples: "Iterable[Sample]") -> "dict[str, ChannelSums]":
    """Largest magnitude and mean of each channel of every float activation that an operator computes."""
    from converters.quantize.static import ChannelSums, observe

    graph = built.graph
    values = [value for node in graph.nodes for value in node.outputs if value.dtype == np.float32]
    names = tuple(tensor.name for tensor in built.inputs)
    return {value.name: sums for value, sums in observe(graph, names, samples, values, ChannelSums).items()}


def emit_mixed(prepared: Prepared, path: Path, floats: Iterable[str] = (), wide: Iterable[str] = ()) -> Ends:
    """Write int8 with float inputs and outputs, the layers that compute `floats` in float32, `wide` on 16-bit activations.

    The file's description is its recipe, as JSON. Same graph, samples and layers, same bytes. Raises ConversionError, OSError.
    """
    from converters.emitters.tflite import write_tflite
    from converters.quantize.correct import correct_biases
    from converters.quantize.static import Recipe, quantize

    built, calibrated = prepared.built, prepared.calibrated
    recipe = Recipe(per_channel=calibrated.per_channel, floats=frozenset(floats), wide=frozenset(wide))
    source = built.stored or built.graph
    if prepared.means is not None:
        source = correct_biases(
            source, prepared.means, per_channel=calibrated.per_channel, spared=recipe.floats
        )
    statistics = calibrated.statistics
    graph = quantize(source, statistics, recipe, calibrated.method)
    described = {
        "variant": "int8_mixed",
        "techniques": prepared.techniques,
        "float32": sorted(recipe.floats),
        "int16": sorted(recipe.wide),
    }
    names_in, names_out = (tuple(t.name for t in tensors) for tensors in (built.inputs, built.outputs))
    text = f"zoo {msgspec.json.encode(described).decode()}"
    write_tflite(graph, path, input_names=names_in, output_names=names_out, description=text)
    return on_grids(built.inputs, graph.inputs), on_grids(built.outputs, graph.outputs)
