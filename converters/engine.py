"""The engine on one screen: a model file in, one channels-last graph, and the .tflite variants out of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from converters.description import counted, described, kept, on_grids
from registry.errors import ConversionError, InputError
from registry.progress import Progress, silent
from registry.types import GraphStats, Tensor

if TYPE_CHECKING:
    from converters.graph import Graph
    from converters.quantize.static import Calibrated, Sample

WEIGHTS_ONLY = ("dynamic_range", "weight_only_int8", "weight_only_int4")
INTEGER = {
    "int8": ("int8", "float32"),
    "full_int8": ("int8", "int8"),
    "full_uint8": ("int8", "uint8"),
    "int16x8": ("int16", "float32"),
    "full_int16x8": ("int16", "int16"),
    "edgetpu": ("int8", "int8"),
}
"""Variant → the type of its activations, and of the inputs and outputs that are float32 in the graph."""
TFLITE_VARIANTS = ("float32", "float16", *WEIGHTS_ONLY, *INTEGER)


@dataclass(frozen=True)
class Options:
    """What a user may ask of a conversion. Names are the source model's."""

    input_shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Input name (or "" for the only one) → static shape."""
    open_shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Input name → shape, for those that the model leaves open and `input_shapes` does not name."""
    keep_nchw: frozenset[str] = frozenset()
    """Inputs and outputs that keep the source's layout."""
    outputs: tuple[str, ...] = ()
    """Outputs (or inner tensors) to keep, in this order; none named: all."""
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    """Names for the artifact's inputs and outputs, in the graph's order; none given: the source's."""
    replace_swish: bool = False
    replace_hard_swish: bool = False
    unroll_loops: bool = False
    """Recurrent sequences and loops of a constant number of steps are written out step by step."""
    dynamic_batch: bool = False
    """The first axis of every input is left open."""


@dataclass(frozen=True)
class Built:
    """A model in the LiteRT dialect, ready to be written."""

    graph: "Graph"
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    stats: GraphStats
    notes: tuple[str, ...] = ()
    layouts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Value's name → the permutation it is stored in, of the source's axes."""
    stored: "Graph | None" = None
    """The graph on the integers of a quantized .tflite, where `graph` computes what they stand for."""

    @property
    def ends(self) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Inputs and outputs of a float file: those of a quantized .tflite keep their integers, on its grids."""
        if self.stored is None:
            return self.inputs, self.outputs
        return on_grids(self.inputs, self.stored.inputs), on_grids(self.outputs, self.stored.outputs)

    @property
    def says_its_grids(self) -> bool:
        """Whether integer variants need no calibration: the source's own scales are there for all of it."""
        from converters.quantize.static import needs_ranges

        return not needs_ranges(self.stored or self.graph)


def build(model: Path, options: Options, progress: Progress = silent) -> Built:
    """Read, lower, assign layouts, tidy.

    `model` is a .onnx, IR .xml, frozen .pb, SavedModel folder or .tflite. Raises InputError (what was given does not fit),
    ConversionError (what cannot be expressed exactly: op, node, reason).
    """
    if model.suffix == ".tflite":
        return _from_tflite(model, options)
    return _open(model, options, progress) if options.dynamic_batch else _build(model, options, progress)


def _open(model: Path, options: Options, progress: Progress) -> Built:
    """Of two builds that differ in their batch the one graph of any batch; counted for a batch of 1."""
    from converters.passes.open_batch import SIZES, FixedBatchError, open_batch

    _build(model, options, progress)  # what is wrong with the model itself is said as it is
    try:
        builds = [_build(model, options, progress, size) for size in SIZES]
    except InputError as error:
        raise ConversionError(
            f"`{model}` has its batch written into it; export it with an open first axis ({error})"
        ) from error
    one = builds[0]
    try:
        graph = open_batch(one.graph, builds[1].graph)
    except FixedBatchError as error:
        raise ConversionError(
            f"the batch of `{model}` cannot be left open: {error}; convert it for one batch with --input-shape"
        ) from error
    inputs, outputs = (
        tuple(replace(tensor, shape=value.shape) for tensor, value in zip(tensors, values, strict=True))
        for tensors, values in ((one.inputs, graph.inputs), (one.outputs, graph.outputs))
    )
    stats = replace(
        one.stats, transposed_bytes=one.stats.transposed_bytes // SIZES[0], flops=one.stats.flops // SIZES[0]
    )
    return Built(graph, inputs, outputs, stats, one.notes, one.layouts)


def _build(model: Path, options: Options, progress: Progress, batch: int | None = None) -> Built:
    from converters.frontends.openvino import input_name, lower, read_model, shortest_name
    from converters.layout import assign_layouts
    from converters.passes.pipeline import prepare, tidy

    progress("reading the model")
    source, notes = read_model(model, options.input_shapes, options.outputs, batch, options.open_shapes)
    progress("lowering to LiteRT operators")
    source_ops = sum(
        node.get_type_name() not in ("Constant", "Parameter", "Result") for node in source.get_ops()
    )
    lowered, more = lower(
        source,
        model.stem,
        replace_swish=options.replace_swish,
        replace_hard_swish=options.replace_hard_swish,
        unroll_loops=options.unroll_loops,
    )
    prepared = prepare(lowered)
    names_in = [input_name(port) for port in source.inputs]
    names_out = [shortest_name(port) for port in source.outputs]
    keep = kept(options.keep_nchw, model, (*names_in, *names_out), (*prepared.inputs, *prepared.outputs))
    progress("assigning layouts")
    laid = assign_layouts(prepared, keep)
    graph = tidy(laid.graph)
    inputs = described(graph.inputs, names_in, laid.inputs, options.input_names, "input")
    outputs = described(graph.outputs, names_out, laid.outputs, options.output_names, "output")
    return Built(graph, inputs, outputs, counted(graph, laid, source_ops), (*notes, *more), laid.layouts)


def emit_tflite(
    built: Built,
    variant: str,
    path: Path,
    calibrated: "Calibrated | None" = None,
    keep: tuple[str, ...] = (),
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Write one of TFLITE_VARIANTS; its inputs and outputs as they are in the file. Same graph and samples, same bytes.

    Of a variant with small weights alone, the layers that compute `keep` stay float32.
    Integer variants take their ranges from `calibrated` (which a graph that says its grids does without). Raises InputError for
    another variant or a calibration that is missing, ConversionError (a float operator remains in an integer variant), OSError.
    """
    from converters.emitters.tflite import write_tflite
    from converters.quantize.float16 import store_float16

    names: dict[str, Any] = {
        "input_names": tuple(t.name for t in built.inputs),
        "output_names": tuple(t.name for t in built.outputs),
    }
    if variant == "float32":
        write_tflite(built.graph, path, **names)
    elif variant == "float16":
        write_tflite(store_float16(built.graph), path, terse=True, **names)
    elif variant in WEIGHTS_ONLY:
        from converters.quantize.weights import float_products, halve_others, quantize_weights, small_layers

        others = float_products(built.graph)
        if variant == "dynamic_range":
            others = (*others, *small_layers(built.graph))
        float32 = path.with_name(f".{path.name}.float32")
        try:
            write_tflite(halve_others(built.graph, keep, others), float32, terse=True, **names)
            quantize_weights(float32, path, variant, (*keep, *others))
        finally:
            float32.unlink(missing_ok=True)
    elif variant in INTEGER:
        return _emit_integer(built, variant, path, calibrated, names)
    else:
        raise InputError(f"`{variant}` is not a .tflite variant; there are {', '.join(TFLITE_VARIANTS)}")
    return built.ends


def for_edgetpu(built: Built) -> Built:
    """The model in the forms that the Edge TPU's compiler maps, to be calibrated and emitted as `edgetpu`.

    A graph that says its grids stays as it is, since new forms would need new grids. Raises ConversionError where a shape is open.
    """
    import dataclasses

    from converters.passes import edgetpu

    if any(-1 in tensor.shape for tensor in built.inputs):
        raise ConversionError(
            "the Edge TPU takes fixed shapes alone; give every input its shape (--input-shape) and leave the batch at 1"
        )
    if built.says_its_grids:
        return built
    try:
        return dataclasses.replace(built, graph=edgetpu.for_edgetpu(built.graph), stored=None)
    except ValueError as error:
        raise ConversionError(f"the Edge TPU takes fixed shapes alone: {error}") from error


def calibrate(
    built: Built, samples: "Iterable[Sample]", method: str = "mse", per_channel: bool = True
) -> "Calibrated":
    """What flows through the graph on `samples` (input name → array in the artifact's axes), for integer variants.

    The `method` "auto" becomes the one of `choose.CHOICES` that answers best; `quality` says how well. Raises InputError where a sample
    does not fit the model.
    """
    from converters.quantize.choose import Thinned, choose
    from converters.quantize.static import Calibrated, measure

    graph, names = built.stored or built.graph, tuple(t.name for t in built.inputs)
    if any(-1 in tensor.shape for tensor in built.inputs):
        raise ConversionError("a model with open dimensions cannot be calibrated; give its shapes")
    try:
        passed = Thinned(samples, graph)
        statistics, means = measure(graph, names, passed, others=passed.answers)
    except (RuntimeError, ValueError, KeyError) as error:
        raise InputError(f"a calibration sample does not fit the model: {error}") from error
    found = Calibrated(statistics, method, per_channel, means)
    return choose(graph, names, found, passed.kept, passed.expected)


def _emit_integer(
    built: Built, variant: str, path: Path, calibrated: "Calibrated | None", names: dict[str, Any]
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    import numpy as np

    from converters.emitters.tflite import write_tflite
    from converters.quantize.check import require_integer
    from converters.quantize.static import Calibrated, Recipe, quantize_calibrated

    if calibrated is None:
        if not built.says_its_grids:
            raise InputError(f"{variant} needs calibration samples")
        calibrated = Calibrated({})
    activations, border = (np.dtype(name) for name in INTEGER[variant])
    recipe = Recipe(activations, border, calibrated.per_channel)
    graph = quantize_calibrated(built.stored or built.graph, calibrated, recipe)
    try:
        write_tflite(graph, path, terse=True, **names)
        require_integer(path, variant, float_borders=border == np.float32)
    except ConversionError:
        path.unlink(missing_ok=True)
        raise
    return on_grids(built.inputs, graph.inputs), on_grids(built.outputs, graph.outputs)


def _from_tflite(model: Path, options: Options) -> Built:
    """A .tflite is in the dialect already: read, not lowered; nothing about its inputs and outputs can be asked for."""
    from converters.frontends.tflite import read_tflite, signature_names
    from converters.graph.nested import all_graphs
    from converters.passes.integer import is_quantized, simulated
    from converters.quantize.float16 import widen_float16

    if options.input_shapes or options.outputs or options.dynamic_batch:
        raise InputError(
            f"`{model}` is a .tflite file, whose shapes and outputs are fixed; leave out the option"
        )
    graph = widen_float16(read_tflite(model))
    notes: tuple[str, ...] = ()
    stored = graph if is_quantized(graph) else None
    if stored is not None:
        notes = (
            f"`{model.name}` is quantized: what its integers stand for is computed in float32, put on the same grids",
        )
        try:
            graph = simulated(graph)
        except ValueError as error:
            raise ConversionError(
                f"`{model}` is quantized, and {error}; give the float model it was made from"
            ) from error
    names = signature_names(model) or (
        tuple(value.name for value in graph.inputs),
        tuple(value.name for value in graph.outputs),
    )
    custom = [
        node.attrs["custom_code"]
        for inner in all_graphs(graph)
        for node in inner.nodes
        if node.op == "CUSTOM"
    ]
    if custom:
        raise ConversionError(
            f"`{model}` holds the custom op {custom[0]}, which LiteRT's builtin operators cannot express"
        )
    inputs, outputs = (
        described(values, list(source), tuple(tuple(range(v.rank)) for v in values), wanted, kind)
        for values, source, wanted, kind in (
            (graph.inputs, names[0], options.input_names or names[0], "input"),
            (graph.outputs, names[1], options.output_names or names[1], "output"),
        )
    )
    try:
        statistics = counted(graph, None, sum(len(inner.nodes) for inner in all_graphs(graph)))
    except Exception as error:  # an operator without the operands or options it must have
        raise InputError(f"`{model}` is damaged ({error}); fetch or convert it again") from error
    return Built(graph, inputs, outputs, statistics, notes, stored=stored)
