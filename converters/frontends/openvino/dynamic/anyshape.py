"""Operators whose lowering is the same for any shape: it never looks at a dimension."""

from converters.frontends.openvino import (  # noqa: F401
    activations,
    arithmetic,
    conversion,
    coordinates,
    division,
    functions,
    quantization,
)
from converters.frontends.openvino.lowering import DYNAMIC, LOWERINGS

_ELEMENTWISE = (
    *("Add", "Subtract", "Multiply", "Divide", "Maximum", "Minimum", "Power", "SquaredDifference", "FloorMod", "Mod"),
    *("Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual"),
    *("LogicalAnd", "LogicalOr", "LogicalXor", "LogicalNot"),
    *("Abs", "Negative", "Exp", "Log", "Sqrt", "Sin", "Cos", "Tan", "Floor", "Ceiling", "Sign", "Round"),
    *("Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Erf", "IsNaN", "IsInf", "IsFinite"),
    *("Relu", "Clamp", "Sigmoid", "Tanh", "Elu", "HSwish", "HSigmoid", "Swish", "Gelu", "Mish", "SoftPlus", "SoftSign"),
    *("Convert", "ConvertLike", "Identity", "Select", "FakeQuantize"),
)  # fmt: skip
_ALONG_KNOWN_AXES = ("TopK", "OneHot", "Transpose", "Concat", "CumSum")

for _name in (*_ELEMENTWISE, *_ALONG_KNOWN_AXES):
    if _name in LOWERINGS:
        DYNAMIC[_name] = LOWERINGS[_name]
