"""What Open Model Zoo says of inputs: name, shape and layout, and in its Model Optimizer's arguments means, scales and colours.

Types it does not say. Images are taken as float32 (or as uint8, see `_UINT8`); what else goes in is left to the model file, in words.
"""

import math
import re
from typing import Any

from registry.importing.facts import OmzModel, Shape

_UINT8 = ("image_tensor", "image_arrays")
"""Inputs of graphs that TensorFlow's Object Detection API and AutoML export: 8-bit images."""
_INTEGERS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
_VALUES = re.compile(r"(?:([^\[\],]+))?\[([^\]]+)\]")
_SHOWN = 4

Values = dict[str, list[float]]


def inputs_of(one: OmzModel) -> tuple[list[dict[str, Any]], str]:
    """The card's inputs where all are images, else none of them and a sentence that names them."""
    if all(_is_image(shape, layout) for _, shape, layout in one.inputs):
        return [_image(one, *given) for given in one.inputs], ""
    shown = ", ".join(
        f"{name} {shape}{f' {layout}' if layout else ''}" for name, shape, layout in one.inputs[:_SHOWN]
    )
    more = len(one.inputs) - _SHOWN
    return [], f" Inputs: {shown}{f' and {more} more' if more > 0 else ''}."


def class_inputs(one: OmzModel, order: list[str]) -> list[dict[str, Any]]:
    """The inputs of a PyTorch class, which the card has to say, in the order that its `forward` takes them."""
    given = {name: (name, shape, layout) for name, shape, layout in one.inputs}
    names = order if set(order) == set(given) else list(given)
    return [
        _image(one, *given[name]) if _is_image(*given[name][1:]) else _array(*given[name]) for name in names
    ]


def _is_image(shape: Shape, layout: str | None) -> bool:
    whole = shape is not None and all(isinstance(size, int) and size > 0 for size in shape)
    return whole and layout in ("NCHW", "NHWC", "NCDHW")


def _array(name: str, shape: Shape, layout: str | None) -> dict[str, Any]:
    said: dict[str, Any] = {"name": name, "shape": shape}
    if layout is not None:
        said["layout"] = layout
    return said | ({"dtype": "int64"} if name in _INTEGERS else {})


def _image(one: OmzModel, name: str, shape: Shape, layout: str | None) -> dict[str, Any]:
    said = _array(name, shape, layout)
    channels = (shape or [])[str(layout).index("C")]
    if name in _UINT8 and one.framework == "tf":
        said["dtype"] = "uint8"
    if "--reverse_input_channels" in one.mo_args and channels == 3:
        said["color"] = "RGB"
    mean = _of(one, name, "mean_values")
    scale = _of(one, name, "scale_values") or _of(one, name, "scale")
    if (mean or scale) and channels in (1, 3):
        mean, scale = mean or [0.0], scale or [1.0]
        said["range"] = _range(mean, scale)
        rule = {"mean": [_number(value) for value in mean]} if any(mean) else {}
        said["preprocess"] = rule | ({"std": [_number(value) for value in scale]} if scale != [1.0] else {})
    return said


def _of(one: OmzModel, name: str, argument: str) -> list[float]:
    """`--mean_values=data[1,2,3]`, `--mean_values=[1,2,3]`, `--scale=255` → the numbers for this input; none where none are given."""
    text = next((arg.partition("=")[2] for arg in one.mo_args if arg.startswith(f"--{argument}=")), "")
    if not text:
        return []
    if "[" not in text:
        return [float(text)]
    found = {named or "": numbers for named, numbers in _VALUES.findall(text)}
    numbers = found.get(name, found.get("", ""))
    return [float(number) for number in numbers.split(",")] if numbers else []


def _range(mean: list[float], scale: list[float]) -> list[float]:
    """What 8-bit levels become, rounded outwards."""
    size = max(len(mean), len(scale))
    means, scales = mean * (size // len(mean)), scale * (size // len(scale))
    low = min((0 - m) / s for m, s in zip(means, scales, strict=True))
    high = max((255 - m) / s for m, s in zip(means, scales, strict=True))
    return [_number(math.floor(low * 1000) / 1000), _number(math.ceil(high * 1000) / 1000)]


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
