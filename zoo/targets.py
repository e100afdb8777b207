"""What the project can make, under which names, and what each target needs to be made and checked."""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.errors import InputError


@dataclass(frozen=True)
class Target:
    """One kind of artifact. `files` are its file names after the model's name, the first being the one its manifest entry names;
    `packages` are what making and checking it takes, and what makes it another file when they change."""

    name: str
    asked_as: str
    files: tuple[str, ...]
    packages: tuple[str, ...]


_ENGINE = ("openvino", "ai-edge-litert")
_QUANTIZER = (*_ENGINE, "ai-edge-quantizer")
_TENSORFLOW = (*_ENGINE, "tensorflow")

TARGETS = (
    Target("onnx", "onnx", (".onnx",), ("onnx",)),
    Target("openvino", "openvino", (".xml", ".bin"), ("openvino",)),
    Target("openvino_fp16", "openvino", ("_fp16.xml", "_fp16.bin"), ("openvino",)),
    Target("openvino_int8", "openvino_int8", ("_int8.xml", "_int8.bin"), ("openvino", "nncf")),
    Target("float32", "float32", ("_float32.tflite",), _ENGINE),
    Target("float16", "float16", ("_float16.tflite",), _ENGINE),
    Target("dynamic_range", "dynamic_range", ("_dynamic_range.tflite",), _QUANTIZER),
    Target("dynamic_range_mixed", "dynamic_range_mixed", ("_dynamic_range_mixed.tflite",), _QUANTIZER),
    Target("weight_only_int8", "weight_only_int8", ("_weight_only_int8.tflite",), _QUANTIZER),
    Target("weight_only_int4", "weight_only_int4", ("_weight_only_int4.tflite",), _QUANTIZER),
    Target("int8", "int8", ("_int8.tflite",), _ENGINE),
    Target("int8_mixed", "int8_mixed", ("_int8_mixed.tflite",), _ENGINE),
    Target("full_int8", "full_int8", ("_full_int8.tflite",), _ENGINE),
    Target("full_uint8", "full_uint8", ("_full_uint8.tflite",), _ENGINE),
    Target("int16x8", "int16x8", ("_int16x8.tflite",), _ENGINE),
    Target("full_int16x8", "full_int16x8", ("_full_int16x8.tflite",), _ENGINE),
    Target("edgetpu", "edgetpu", ("_edgetpu_ready.tflite",), _ENGINE),
    Target("saved_model", "saved_model", ("_saved_model",), _TENSORFLOW),
    Target("pb", "pb", (".pb",), _TENSORFLOW),
    Target("h5", "h5", (".h5",), _TENSORFLOW),
    Target("keras", "keras", (".keras",), _TENSORFLOW),
    Target("json", "json", (".json", ".weights.h5"), _TENSORFLOW),
)
BY_NAME = {target.name: target for target in TARGETS}
INTEGER = ("int8", "full_int8", "full_uint8", "int16x8", "full_int16x8", "edgetpu")
"""LiteRT's targets that compute in integers."""
EIGHT_BITS = ("int8", "full_int8", "full_uint8", "edgetpu")
"""Those of them whose activations have 8 bits."""
CALIBRATED = (*INTEGER, "openvino_int8")
"""Targets that need calibration samples."""
_COARSE = ("dynamic_range", "weight_only_int8", "weight_only_int4", *INTEGER)
QUANTIZED = (*_COARSE, "openvino_int8")
RECOVERED = ("int8_mixed", "dynamic_range_mixed")
"""Targets that are searched for (`--recover`), with a metric; a conversion alone makes none of them."""
TFLITE = ("float32", "float16", *_COARSE)
ALIASES = {"weight_quant": "dynamic_range"}
OPENVINO = ("openvino", "openvino_fp16", "openvino_int8")
TENSORFLOW = ("saved_model", "pb", "h5", "keras", "json")
NAMES = tuple(dict.fromkeys(target.asked_as for target in TARGETS))


def parse(text: str | None, option: str = "--to") -> tuple[Target, ...] | None:
    """The targets of a list given as `option`, in the order they are made; None where nothing is asked (the caller's default holds).

    Raises InputError for a name that is none.
    """
    if text is None or text.strip() == "all":
        return None
    words = [word.strip() for word in text.split(",") if word.strip()]
    asked = [ALIASES.get(word, word) for word in words]
    unknown = [word for word in asked if word not in NAMES and word not in BY_NAME]
    if unknown or not asked:
        raise InputError(f"{option} {text}: {_unknown(unknown)}; there are {', '.join(NAMES)}")
    return tuple(target for target in TARGETS if target.asked_as in asked or target.name in asked)


def names(targets: Iterable[Target]) -> tuple[str, ...]:
    return tuple(target.name for target in targets)


def _unknown(words: list[str]) -> str:
    return f"no target is called {', '.join(f'`{word}`' for word in words)}" if words else "names no target"
