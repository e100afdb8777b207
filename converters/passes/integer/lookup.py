"""Functions of one element as a table: an entry for each integer that there is, exact to half a step of the result's grid."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.graph import Node, Quantization, Value, constant
from converters.passes.integer.forms import Site, form

Floats = npt.NDArray[np.float64]
Function = Callable[[Floats], Floats]

_OF_ONE: dict[str, Function] = {
    "SIN": np.sin,
    "COS": np.cos,
    "NEG": np.negative,
    "SQUARE": np.square,
    "SQRT": np.sqrt,
    "RSQRT": lambda x: 1 / np.sqrt(x),
    "LOG": np.log,
    "FLOOR": np.floor,
    "CEIL": np.ceil,
    "ROUND": np.rint,
    "SIGN": np.sign,
}


def by_table(x: Value, result: Value, function: Function, source: str) -> list[Node]:
    """result = function(x): the stored integer, counted from the type's lowest, picks its entry. Where the function is not defined the
    nearest end of the result's grid stands (nan: zero)."""
    info, grid = np.iinfo(x.dtype), x.quantization
    assert grid is not None
    assert result.quantization is not None
    levels = np.arange(info.min, info.max + 1, dtype=np.float64)
    with np.errstate(all="ignore"):
        real = function((levels - grid.zero_point[0]) * grid.scale[0])
    table = constant(_stored(real, result.quantization, result.dtype), f"{result.name}/table")
    table.quantization = result.quantization
    plain = Value(f"{result.name}/integers", x.shape, np.dtype(np.int32))
    index = Value(f"{result.name}/index", x.shape, np.dtype(np.int32))
    first = constant(np.asarray(-int(info.min), np.int32))
    types = {"in_data_type": x.dtype.name, "out_data_type": "int32"}
    return [
        Node("CAST", (x,), (plain,), types, source),
        Node("ADD", (plain, first), (index,), {"fused_activation_function": "NONE"}, source),
        Node("GATHER", (table, index), (result,), {"axis": 0, "batch_dims": 0}, source),
    ]


def _stored(real: Floats, grid: Quantization, dtype: "np.dtype[Any]") -> npt.NDArray[Any]:
    info = np.iinfo(dtype)
    largest = float(np.finfo(np.float32).max)
    levels: Floats = (
        np.rint(np.nan_to_num(real, nan=0.0, posinf=largest, neginf=-largest) / grid.scale[0])
        + grid.zero_point[0]
    )
    return np.asarray(np.clip(levels, info.min, info.max), dtype)


@form(*_OF_ONE)
def of_one(site: Site) -> list[Node] | None:
    x = site.stored[0]
    return None if x is None else by_table(x, site.result, _OF_ONE[site.node.op], site.node.source)


@form("POW")
def power(site: Site) -> list[Node] | None:
    """x to a constant power of one element, or a constant to the power x."""
    return _one_number(site, np.power)


@form("DIV")
def quotient(site: Site) -> list[Node] | None:
    """A number by x through a table; x by constants as a product with their reciprocals."""
    x, y = site.node.input(0), site.node.input(1)
    activation = site.node.attrs.get("fused_activation_function", "NONE")
    if x.data is not None and activation == "NONE":
        return _one_number(site, np.divide)
    if y.data is None or site.stored[0] is None or activation not in ("NONE", "RELU", "RELU6"):
        return None
    with np.errstate(divide="ignore"):
        turned = 1 / y.array.astype(np.float64)
    factor = site.constants.constant(constant(turned.astype(np.float32), y.name))
    if factor is None:
        return None
    attrs = {"fused_activation_function": activation}
    return [Node("MUL", (site.stored[0], factor), (site.result,), attrs, site.node.source)]


def _one_number(site: Site, function: Callable[[Floats, Floats], Floats]) -> list[Node] | None:
    left, right = site.node.input(0), site.node.input(1)
    if left.data is not None and left.elements == 1 and site.stored[1] is not None:
        number = left.array.astype(np.float64).reshape(())
        return by_table(site.stored[1], site.result, lambda x: function(number, x), site.node.source)
    if right.data is not None and right.elements == 1 and site.stored[0] is not None:
        number = right.array.astype(np.float64).reshape(())
        return by_table(site.stored[0], site.result, lambda x: function(x, number), site.node.source)
    return None
