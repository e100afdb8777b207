"""What the rules may ask about an operator: its options by the schema's names, and these facts.

Of the first operand that is data and of the first result: `in_*` and `out_*` with `elements`, `rank`, `dimensions` (how many
exceed 1), and the innermost three sizes `h`, `w`, `d`; `out_rows`, the results' elements per innermost row.
Of operands: `inputs`, `constants` (among those that carry data), `zeros` (constants that are zero throughout), `weights_constant`,
`kernel_h`, `kernel_w`, `parameter_type` (the second operand's), `alpha_dimensions`.
Of axes: `axes_batch`, `axes_depth`, `reduced` (elements that make one result).
Of the rest: `pads_batch`, `unit_strides`, `squeezes_inside`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from converters.edgetpu.model import Model, Operator, Tensor

_AXES = {"MEAN": 1, "SUM": 1, "REDUCE_MAX": 1, "REDUCE_MIN": 1, "SPLIT": 0}
_DEFAULTS: Mapping[str, Any] = {
    "fused_activation_function": "NONE",
    "weights_format": "DEFAULT",
    "dilation_w_factor": 1,
    "dilation_h_factor": 1,
    "ellipsis_mask": 0,
    "new_axis_mask": 0,
    "axis": 0,
}
"""Where a file leaves the option table out."""


def data_inputs(operator: Operator) -> tuple[int, ...]:
    """The operands that carry data, parameters (shapes, axes, sizes) left out."""
    given = tuple(i for i in operator.inputs if i >= 0)
    if operator.op == "TRANSPOSE_CONV":
        return given[1:]
    if operator.op == "SPLIT":
        return given[1:]
    return given[:1] if operator.op in _PARAMETRISED else given


_PARAMETRISED = frozenset(
    {
        *(
            "RESHAPE",
            "RESIZE_BILINEAR",
            "RESIZE_NEAREST_NEIGHBOR",
            "TILE",
            "PAD",
            "PADV2",
            "MIRROR_PAD",
            "SLICE",
        ),
        *(
            "STRIDED_SLICE",
            "TRANSPOSE",
            "EXPAND_DIMS",
            "MEAN",
            "SUM",
            "REDUCE_MAX",
            "REDUCE_MIN",
            "REDUCE_PROD",
        ),
        *(
            "SPACE_TO_BATCH_ND",
            "BATCH_TO_SPACE_ND",
            "ARG_MAX",
            "ARG_MIN",
            "GATHER",
            "GATHER_ND",
            "SPLIT_V",
            "TOPK_V2",
        ),
    }
)


_WEIGHTED = {
    "CONV_2D": slice(1),
    "DEPTHWISE_CONV_2D": slice(1),
    "FULLY_CONNECTED": slice(1),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": slice(1),
    "TRANSPOSE_CONV": slice(2, 3),
}
"""Where the activations stand in operators with weights."""


def activations(model: Model, operator: Operator) -> list[Tensor]:
    """What flows in and out: operands that carry data and are neither constants nor weights, and results."""
    tensors = model.tensors
    carried = operator.inputs[_WEIGHTED[operator.op]] if operator.op in _WEIGHTED else data_inputs(operator)
    flowing = [tensors[i] for i in carried if i >= 0 and not tensors[i].is_constant]
    return flowing + [tensors[i] for i in operator.outputs if i >= 0]


def facts(model: Model, operator: Operator, mapped_types: frozenset[str]) -> dict[str, Any]:
    """The operator's facts by name."""
    given = [model.tensors[i] if i >= 0 else None for i in operator.inputs]
    data = [model.tensors[i] for i in data_inputs(operator)]
    flowing = [one for one in data if not one.is_constant] or data
    first = flowing[0] if flowing else None
    result = model.tensors[operator.outputs[0]] if operator.outputs and operator.outputs[0] >= 0 else None
    weights = given[1] if len(given) > 1 else None
    constants = [one for one in data if one.is_constant]
    found = {**_DEFAULTS, **operator.attrs}
    found |= _sizes("in", first.shape if first else ()) | _sizes("out", result.shape if result else ())
    found["in_mapped_type"] = first is not None and first.dtype in mapped_types
    found["out_rows"] = math.prod(result.shape[:-1]) if result else 1
    found["inputs"] = len(data)
    found["constants"] = len(constants)
    found["zeros"] = sum(_is_zero(one) for one in constants)
    found["weights_constant"] = weights is not None and weights.is_constant
    found["kernel_h"], found["kernel_w"] = (1, 1, 1, 1, *(weights.shape if weights is not None else ()))[
        -3:-1
    ]
    found["parameter_type"] = weights.dtype if weights is not None else ""
    found["alpha_dimensions"] = sum(size > 1 for size in weights.shape) if weights is not None else 0
    shape = first.shape if first else ()
    found |= _axes(_small(given, _AXES.get(operator.op)), shape)
    paddings = _small(given, 1) if operator.op == "PAD" else None
    found["pads_batch"] = (
        paddings is not None and paddings.ndim == 2 and len(shape) > 3 and bool(paddings[:-3].any())
    )
    strides = _small(given, 3)
    found["unit_strides"] = strides is not None and bool((strides == 1).all())
    found["squeezes_inside"] = _squeezes_inside(shape, operator.attrs.get("squeeze_dims") or ())
    return found


def _sizes(prefix: str, shape: Sequence[int]) -> dict[str, int]:
    padded = (1, 1, 1, *shape)
    h, w, d = padded[-3:]
    return {
        f"{prefix}_elements": math.prod(shape),
        f"{prefix}_rank": len(shape),
        f"{prefix}_dimensions": sum(size > 1 for size in shape),
        f"{prefix}_h": h,
        f"{prefix}_w": w,
        f"{prefix}_d": d,
    }


def _axes(axes: Any, shape: Sequence[int]) -> dict[str, Any]:
    numbers = {int(axis) % len(shape) for axis in np.ravel(axes)} if axes is not None and shape else set()
    return {
        "axes_batch": 0 in numbers and len(shape) > 1 and shape[0] > 1,
        "axes_depth": len(shape) - 1 in numbers,
        "reduced": math.prod(shape[axis] for axis in numbers),
    }


def _small(given: Sequence[Tensor | None], place: int | None) -> Any:
    one = given[place] if place is not None and place < len(given) else None
    return None if one is None else one.data


def _is_zero(tensor: Tensor) -> bool:
    return tensor.data is not None and bool((tensor.data == tensor.zero_point).all())


def _squeezes_inside(shape: Sequence[int], dims: Sequence[int]) -> bool:
    """Whether a dimension of 1 goes that stands behind a larger one: then the data would have to move."""
    gone = (
        [dim % len(shape) for dim in dims] if dims and shape else [i for i, n in enumerate(shape) if n == 1]
    )
    return any(size > 1 for dim in gone for size in shape[:dim])
