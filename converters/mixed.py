"""Integer variants of mixed precision: the ways to prepare a float graph for rounding, and the file in which chosen layers stay finer."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
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
    from converters.quantize.static import Calibrated, Sample

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


def preparations(
    built: Built, samples: "Callable[[], Iterable[Sample]]", method: str, per_channel: bool
) -> Iterator[Prepared]:
    """As integer variants have it, with corrected biases; the graph without; equalised with both; each calibrated. `samples` may be
    asked for several times.

    A graph that says its own grids stays as it is. Raises InputError where a sample does not fit the model.
    """
    from converters.quantize.static import Calibrated

    if built.says_its_grids:
        yield Prepared(built, Calibrated({}, method, per_channel))
        return
    usual = calibrate(built, samples(), method, per_channel)
    yield Prepared(built, usual, (CORRECTION,))
    yield Prepared(built, dataclasses.replace(usual, means={}))
    if built.stored is not None:
        return
    from converters.quantize.affine import affine_layers
    from converters.quantize.equalise import equalise

    free = dataclasses.replace(built, graph=affine_layers(built.graph))
    done = equalise(free.graph, _peaks(free, samples()))
    if not done.scales:
        return
    equal = dataclasses.replace(built, graph=done.graph)
    calibrated = calibrate(equal, samples(), method, per_channel)
    yield Prepared(equal, calibrated, (EQUALISATION, CORRECTION))
    yield Prepared(equal, dataclasses.replace(calibrated, means={}), (EQUALISATION,))


def _peaks(built: Built, samples: "Iterable[Sample]") -> dict[str, Vector]:
    """Value's name → largest magnitude of each channel, of every float activation that an operator computes."""
    from converters.quantize.static import ChannelPeak, observe

    graph = built.graph
    values = [value for node in graph.nodes for value in node.outputs if value.dtype == np.float32]
    peaks = {value: ChannelPeak() for value in values}
    names = tuple(tensor.name for tensor in built.inputs)
    observe(graph, names, samples, {value: [one] for value, one in peaks.items()})
    return {value.name: one.peak for value, one in peaks.items() if one.peak.size}


def emit_mixed(prepared: Prepared, path: Path, floats: Iterable[str] = (), wide: Iterable[str] = ()) -> Ends:
    """Write int8 with float inputs and outputs, the layers that compute `floats` in float32, `wide` on 16-bit activations.

    The file's description is its recipe, as JSON. Same graph, samples and layers, same bytes. Raises ConversionError, OSError.
    """
    from converters.emitters.tflite import write_tflite
    from converters.quantize.static import Recipe, quantize_calibrated

    built, calibrated = prepared.built, prepared.calibrated
    recipe = Recipe(per_channel=calibrated.per_channel, floats=frozenset(floats), wide=frozenset(wide))
    graph = quantize_calibrated(built.stored or built.graph, calibrated, recipe)
    described = {
        "variant": "int8_mixed",
        "techniques": prepared.techniques,
        "float32": sorted(recipe.floats),
        "int16": sorted(recipe.wide),
    }
    names_in, names_out = (tuple(t.name for t in tensors) for tensors in (built.inputs, built.outputs))
    text = f"zoo {msgspec.json.encode(described).decode()}"
    write_tflite(graph, path, input_names=names_in, output_names=names_out, description=text, terse=True)
    return on_grids(built.inputs, graph.inputs), on_grids(built.outputs, graph.outputs)
