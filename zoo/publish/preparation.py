"""How one input is prepared, in the numbers that a program needs: from the card's preprocessing and the artifact's tensor."""

import math
from dataclasses import dataclass

from registry.card import Resize
from zoo.publish.ports import InputPort

LUMA = (0.299, 0.587, 0.114)
"""Grey from RGB, as `registry.preprocess` has it (ITU-R BT.601)."""
TYPES = ("float32", "float16", "int8", "uint8", "bool", "int16", "int32", "int64")
"""Of tensors, by numpy's names, that the listings can fill and read."""
LIMITS = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-32768, 32767),
    "int32": (-(1 << 31), (1 << 31) - 1),
}
"""Of the integer types that a tensor stores, where numbers saturate."""


@dataclass(frozen=True)
class Recipe:
    """`mean` and `std` have one number a channel for a picture, else as the card has them. `layout` and `shape` are the artifact's.

    `source_shape` is the tensor's shape in the source's axes, `permutation` leads from them to the artifact's.
    """

    name: str
    shape: tuple[int, ...]
    source_shape: tuple[int, ...]
    permutation: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int
    layout: str
    image: tuple[int, int] | None
    channels: int
    color: str
    resize: Resize | None
    divide_by: float | str
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def plain(self) -> bool:
        """Whether nothing is done to the numbers."""
        return (self.divide_by, set(self.mean), set(self.std)) == (1.0, {0.0}, {1.0})

    @property
    def limits(self) -> tuple[int, int] | None:
        return LIMITS.get(self.dtype)


def recipe(port: InputPort) -> Recipe:
    tensor, spec = port.tensor, port.spec
    rule = spec.preprocess if spec else None
    is_image = port.image is not None and port.channels in (1, 3) and port.color != ""
    mean, std = (rule.mean, rule.std) if rule else ((0.0,), (1.0,))
    if is_image:
        mean = mean * port.channels if len(mean) == 1 else mean
        std = std * port.channels if len(std) == 1 else std
    permutation = tensor.permutation or tuple(range(len(tensor.shape)))
    source = [0] * len(tensor.shape)
    for axis, came_from in enumerate(permutation):
        source[came_from] = tensor.shape[axis]
    return Recipe(
        name=tensor.name,
        shape=tensor.shape,
        source_shape=tuple(source),
        permutation=permutation,
        dtype=tensor.dtype,
        scale=tensor.scale,
        zero_point=tensor.zero_point,
        layout=port.layout,
        image=port.image if is_image else None,
        channels=port.channels,
        color=port.color,
        resize=rule.resize if rule else None,
        divide_by=(rule.divide_by or 1.0) if rule else 1.0,
        mean=mean,
        std=std,
    )


def elements(one: Recipe) -> int:
    return math.prod(one.shape)


def levels(port: InputPort) -> float | None:
    """The largest level of the pictures that the card's range is about: 255 of usual ones; None where the card does not say."""
    spec = port.spec
    if spec is None or spec.range is None or spec.preprocess.divide_by == "max" or port.image is None:
        return None
    mean, std = recipe(port).mean, recipe(port).std
    return min((spec.range[1] * s + m) * spec.preprocess.divide_by for m, s in zip(mean, std, strict=False))


def resizing(one: Recipe) -> str:
    """How the picture is fitted, in words."""
    if one.image is None:
        return ""
    where, rule = f"{one.image[0]} x {one.image[1]}", one.resize
    if rule is None:
        return f"the picture has to be {where}"
    how = [
        rule.method,
        "antialiased"
        if rule.antialias is True
        else "after a Gaussian"
        if rule.antialias
        else "not antialiased",
    ]
    if rule.edge == "zero":
        how.append("zero outside of the picture")
    if rule.whole_levels:
        how.append("in 8-bit levels")
    said = f"resized to {where} ({', '.join(how)})"
    if rule.keep_aspect:
        place = "in the middle" if rule.place == "middle" else "in the upper left corner"
        return f"{said}, the whole picture {place}, filled up with {rule.fill:g}"
    if rule.crop_pct is not None:
        return f"{said}, of which the middle is taken ({rule.crop_pct:g} of the shorter side)"
    return said
