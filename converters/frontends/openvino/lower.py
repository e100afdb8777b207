"""OpenVINO model → graph in the LiteRT dialect, one operator after the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from converters.frontends.openvino import (  # noqa: F401  (importing a family registers its lowerings)
    activations,
    adaptive,
    arithmetic,
    attention,
    bags,
    bitwise,
    blocks,
    conversion,
    convolution,
    coordinates,
    deformable,
    division,
    drawing,
    dynamic,
    einsum,
    frames,
    functions,
    indexing,
    loops,
    matmul,
    normalisation,
    ordering,
    pooling,
    quantization,
    recurrent,
    reduction,
    regions,
    resampling,
    sampling,
    scattering,
    sequences,
    shapes,
    spectral,
    transposed,
)
from converters.frontends.openvino.door import simplify
from converters.frontends.openvino.lowering import (
    DYNAMIC,
    LOWERINGS,
    Context,
    NotExpressibleError,
    attributes_for,
)
from converters.frontends.openvino.names import own_name
from converters.frontends.openvino.ports import agree, data_of, extent, room
from converters.frontends.openvino.widening import widened
from converters.graph import Graph, Value, constant
from converters.ops.builder import Builder
from registry.errors import ConversionError

_NARROWED = {"float64": np.dtype(np.float32), "bfloat16": np.dtype(np.float32)}


_DRAWN = ("RandomUniform", "Multinomial")
"""Operators whose results are no constants though their operands are."""


class _Lowerer:
    def __init__(self, builder: Builder, flags: dict[str, bool], notes: dict[str, None]) -> None:
        self.builder = builder
        self.values: dict[tuple[str, int], Value] = {}
        self.flags = flags
        self.notes = notes

    def model(self, model: Any, given: Sequence[Value]) -> list[Value]:
        """The model's results, in order, for these values of its parameters."""
        for parameter, value in zip(model.get_parameters(), given, strict=True):
            # All the data of an empty tensor are known.
            self.values[parameter.get_name(), 0] = (
                constant(np.zeros(value.shape, value.dtype), value.name) if value.elements == 0 else value
            )
        outputs: dict[str, Value] = {}
        for node in model.get_ordered_ops():
            if node.get_type_name() == "Result":
                outputs[node.get_name()] = self.result(node.input_value(0))
            elif node.get_type_name() not in ("Parameter", "Constant"):
                self.lower(node)
        return [outputs[result.get_name()] for result in model.get_results()]

    def body(self, model: Any, given: Sequence[Value], build: Builder) -> list[Value]:
        """The results of a body (of a loop, of a branch) written into `build`; shapes known here are made known in it."""
        return _Lowerer(build, self.flags, self.notes).model(_with_shapes(model, given), given)

    def operand(self, output: Any) -> Value:
        node = output.get_node()
        key = (node.get_name(), output.get_index())
        if key not in self.values and node.get_type_name() == "Constant":
            self.values[key] = constant(self.narrowed(data_of(node)), own_name(node))
        if key not in self.values:
            raise ConversionError(
                f"result {output.get_index()} of {node.get_type_name()} `{node.get_friendly_name()}` is read, "
                f"which no LiteRT operator gives; cut the model before its reader (--outputs)"
            )
        return self.values[key]

    def result(self, output: Any) -> Value:
        """What a model's output shows; an empty one is cut at run time, as LiteRT knows no empty constant."""
        value = self.operand(output)
        if value.elements or value.data is None:
            return value
        full = np.zeros([max(n, 1) for n in value.shape], value.dtype)
        begin = np.zeros(value.rank, np.int32)
        return self.builder("SLICE", full, begin, np.asarray(value.shape, np.int32), name=value.name)

    def narrowed(self, data: Any) -> Any:
        """float64 and bfloat16 become float32 (LiteRT computes in neither)."""
        target = _NARROWED.get(data.dtype.name)
        if target is None:
            return np.asarray(data, order="C")  # ascontiguousarray would make a vector of a scalar
        self.notes[f"{data.dtype.name} became float32"] = None
        return np.asarray(data.astype(target), order="C")

    def dtype(self, output: Any) -> np.dtype[Any]:
        kind = output.get_element_type()
        if kind.is_dynamic():
            raise ConversionError(
                f"the type of `{own_name(output.get_node())}` is decided at run time, LiteRT's is not; "
                f"cut the model before it (--outputs)"
            )
        dtype = np.dtype(np.float32 if kind.get_type_name() == "bf16" else kind.to_dtype())
        if dtype.kind not in "fiub":
            name = output.get_node().get_friendly_name()
            raise ConversionError(
                f"`{name}` is of type {output.get_element_type()}, which LiteRT's operators do not take"
            )
        narrowed: np.dtype[Any] = _NARROWED.get(dtype.name, dtype)
        return narrowed

    def lower(self, node: Any) -> None:
        name = own_name(node)
        op_type = node.get_type_name()
        operands = [self.operand(output) for output in node.input_values()]
        outputs = node.outputs()
        extents = tuple(extent(output) for output in outputs)
        if all(shape is not None and 0 in shape for shape in extents):
            for index, output in enumerate(outputs):
                self.values[node.get_name(), index] = constant(
                    np.zeros(extents[index] or (), self.dtype(output)), name
                )
            return
        if operands and all(operand.is_constant for operand in operands) and self.fold(node, operands):
            return
        unknown = any(s is None or -1 in s for s in (*extents, *(operand.shape for operand in operands)))
        lowering = DYNAMIC.get(op_type) if unknown else LOWERINGS.get(op_type, DYNAMIC.get(op_type))
        if lowering is None:
            raise ConversionError(_no_lowering(node, unknown))
        context = Context(
            self.builder,
            tuple((-1,) if shape is None else shape for shape in extents),
            tuple(self.dtype(output) for output in outputs),
            **self.flags,
            node=node,
            lower_body=self.body,
        )
        try:
            with self.builder.source(name):
                attributes = attributes_for(lowering, node.get_attributes())
                results = widened(op_type, lowering, context, operands, attributes)
        except (NotExpressibleError, ValueError) as error:
            raise ConversionError(
                f"{op_type} `{name}` cannot be expressed exactly in LiteRT: {error}"
            ) from error
        self.store(node, results, context)

    def store(self, node: Any, results: tuple[Value | None, ...], context: Context) -> None:
        """Keep the results under their names; what OpenVINO inferred is the check on every lowering."""
        for index, (value, dtype) in enumerate(zip(results, context.dtypes, strict=True)):
            if value is None:
                continue
            shape = extent(node.output(index))
            if not agree(value.shape, shape) or value.dtype != dtype:
                raise ConversionError(
                    f"{node.get_type_name()} `{node.get_friendly_name()}` came out as {value.dtype}{list(value.shape)} "
                    f"instead of {dtype}{shape}: a fault of this converter, please report it"
                )
            if shape is not None and value.data is None:
                value.shape = tuple(max(a, b) for a, b in zip(value.shape, shape, strict=True))
            name = own_name(node)
            last = self.builder.nodes[-1] if self.builder.nodes else None
            if last is not None and value in last.outputs:
                value.name = name if index == 0 else f"{name}:{index}"
                before = self.builder.nodes[-2] if len(self.builder.nodes) > 1 else last
                if last.op == "TRANSPOSE" and before.source == name and last.input(0) is before.output:
                    before.output.name = value.name  # what remains when the Transpose dissolves
            self.values[node.get_name(), index] = value

    def fold(self, node: Any, operands: list[Value]) -> bool:
        """Evaluate an operator whose operands are all constant by OpenVINO itself; False where it cannot."""
        import openvino

        if node.get_type_name() in _DRAWN:
            return False

        # Some evaluations write without asking for room (PriorBox), others ask (a shape that only the data tell).
        results = [
            openvino.Tensor(port.get_element_type(), openvino.Shape(room(port))) for port in node.outputs()
        ]
        inputs = [
            openvino.Tensor(np.ascontiguousarray(operand.array).reshape(operand.shape))
            for operand in operands
        ]
        if any(
            tensor.get_element_type() != given.get_element_type()
            for tensor, given in zip(inputs, node.input_values(), strict=True)
        ):
            return False
        if not node.evaluate(results, inputs):
            return False
        for index, tensor in enumerate(results):
            self.values[node.get_name(), index] = constant(
                self.narrowed(np.array(tensor.data)), own_name(node)
            )
        return True


def _with_shapes(model: Any, given: Sequence[Value]) -> Any:
    """`model` with its parameters of the shapes that `given` have, and what follows from them folded."""
    import openvino

    known = {
        parameter.output(0): openvino.PartialShape(list(value.shape))
        for parameter, value in zip(model.get_parameters(), given, strict=True)
    }
    if all(port.get_partial_shape() == shape for port, shape in known.items()):
        return model
    copy = model.clone()
    copy.reshape(dict(zip((p.output(0) for p in copy.get_parameters()), known.values(), strict=True)))
    simplify(copy)
    return copy


def _no_lowering(node: Any, unknown: bool) -> str:
    op_type, name = node.get_type_name(), node.get_friendly_name()
    if unknown and op_type in LOWERINGS:
        open_shapes = ", ".join(str(output.get_partial_shape()) for output in node.outputs())
        return (
            f"{op_type} `{name}` has the shape {open_shapes}, which is not known before run time; "
            f"give the inputs' shapes with --input-shape, or make what decides it a constant"
        )
    return (
        f"{op_type} `{name}` has no form in LiteRT's builtin operators here; "
        f"cut the model before it (--outputs) or replace it in the source"
    )


def lower(
    model: Any,
    name: str,
    *,
    replace_swish: bool = False,
    replace_hard_swish: bool = False,
    unroll_loops: bool = False,
) -> tuple[Graph, tuple[str, ...]]:
    """(the graph in the source's own layouts, notices for the user).

    `model` is an `openvino.Model` of static shapes. Raises ConversionError, naming op, node, reason and what can be done.
    """
    flags = {
        "replace_swish": replace_swish,
        "replace_hard_swish": replace_hard_swish,
        "unroll_loops": unroll_loops,
    }
    lowerer = _Lowerer(Builder(), flags, {})
    inputs = [
        Value(p.get_friendly_name(), extent(p.output(0)) or (), lowerer.dtype(p.output(0)))
        for p in model.get_parameters()
    ]
    outputs = lowerer.model(model, inputs)
    return Graph(name, tuple(inputs), tuple(outputs), lowerer.builder.nodes), tuple(lowerer.notes)
