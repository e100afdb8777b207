"""Dynamic range: int8 weights per channel, activations quantized on the fly (ai-edge-quantizer's `dynamic_wi8_afp32`)."""

import contextlib
import io
import re
from pathlib import Path

from registry.errors import ConversionError, MissingDependencyError


def quantize_dynamic_range(float32: Path, path: Path, keep: tuple[str, ...] = ()) -> None:
    """Write the dynamic-range variant of a float32 .tflite to `path`; the operators that make the tensors `keep` stay float32.

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
            worker = quantizer.Quantizer(str(float32), recipe.dynamic_wi8_afp32())
            for name in keep:
                worker.update_quantization_recipe(
                    regex=rf"(^|;){re.escape(name)}(;|$)",
                    operation_name=qtyping.TFLOperationName.ALL_SUPPORTED,
                    algorithm_key=algorithm_manager.AlgorithmName.NO_QUANTIZE,
                )
            result = worker.quantize()
    except Exception as error:
        raise ConversionError(f"ai-edge-quantizer cannot quantize `{float32.name}`: {error}") from error
    path.write_bytes(bytes(result.quantized_model))
