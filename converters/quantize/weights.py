"""Weights in 8 or 4 bits per channel, everything else float at rest: ai-edge-quantizer's recipes, which are exact here."""

import contextlib
import io
import re
from pathlib import Path

from converters.emitters.repack import repack
from converters.graph import Graph, Node, Value
from converters.graph.nested import all_graphs
from converters.quantize.channels import LINEAR, operands
from converters.quantize.float16 import store_float16
from registry.errors import ConversionError, MissingDependencyError

RECIPES = {
    "dynamic_range": "dynamic_wi8_afp32",
    "weight_only_int8": "weight_only_wi8_afp32",
    "weight_only_int4": "weight_only_wi4_afp32",
}
"""Variant → recipe. Dynamic range quantizes activations on the fly; weight-only widens the weights before it computes."""

_QUANTIZED = LINEAR | {"EMBEDDING_LOOKUP"}
"""Operators whose weights the recipes quantize; those that they do not know stay float32 throughout."""

_LEAST_ELEMENTS = 1024


def quantize_weights(float32: Path, path: Path, variant: str, keep: tuple[str, ...] = ()) -> None:
    """Write the `variant` of a float32 .tflite to `path`; the operators that make the tensors `keep` stay float32.

    Raises MissingDependencyError without ai-edge-quantizer, ConversionError where it refuses the model.
    """
    try:
        from ai_edge_quantizer import algorithm_manager, qtyping, quantizer, recipe
    except ImportError as error:
        raise MissingDependencyError(
            "ai-edge-quantizer is not installed; install it with `pip install zoo[tflite]`"
        ) from error
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            worker = quantizer.Quantizer(str(float32), getattr(recipe, RECIPES[variant])())
            if keep:
                worker.update_quantization_recipe(
                    regex=rf"(^|;)({'|'.join(map(re.escape, dict.fromkeys(keep)))})(;|$)",
                    operation_name=qtyping.TFLOperationName.ALL_SUPPORTED,
                    algorithm_key=algorithm_manager.AlgorithmName.NO_QUANTIZE,
                )
            result = worker.quantize()
    except Exception as error:
        raise ConversionError(f"ai-edge-quantizer cannot quantize `{float32.name}`: {error}") from error
    repack(bytes(result.quantized_model), path)


def halve_others(graph: Graph, keep: tuple[str, ...], small: tuple[str, ...]) -> Graph:
    """The graph with float16 for the constants that stay float because they are no layer's weights, or those of a layer too `small`.

    Half precision is 8 times as fine as 8-bit weights. The layers that compute `keep`, and those to be quantized, are as they were.
    """

    def spared(node: Node) -> bool:
        names = {value.name for value in node.outputs}
        return not names.isdisjoint(keep) or (node.op in _QUANTIZED and names.isdisjoint(small))

    return store_float16(graph, spared)


def small_layers(graph: Graph) -> tuple[str, ...]:
    """The results of the layers whose weights have less than 1,024 elements: they save nothing worth their error.

    TensorFlow's converter leaves them float too (`kWeightsMinNumElementsDefault` of its `quantize_weights`).
    """
    return tuple(
        node.output.name
        for inner in all_graphs(graph)
        for node in inner.nodes
        if node.op in LINEAR and _is_small(operands(node)[1])
    )


def _is_small(weights: Value) -> bool:
    return weights.data is not None and weights.data.size < _LEAST_ELEMENTS


def float_products(graph: Graph) -> tuple[str, ...]:
    """The results of the BATCH_MATMULs whose weights are on the left: LiteRT multiplies by int8 weights on the right alone."""
    return tuple(
        node.output.name
        for inner in all_graphs(graph)
        for node in inner.nodes
        if node.op == "BATCH_MATMUL" and node.input(0).is_constant
    )
