"""Loop, TensorIterator, If: bodies lowered into subgraphs, or in place where nothing is left to decide at run time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from converters.frontends.openvino.lowering import Context, NotExpressibleError, int32, lowers, lowers_dynamic
from converters.frontends.openvino.scanning import Collect, Scan, scanned, section
from converters.frontends.openvino.steps import Done, in_steps
from converters.graph import Value, constant
from converters.ops.builder import Builder
from converters.ops.closure import if_else


def _kinds(descriptions: Sequence[Any], kind: str) -> list[Any]:
    return [one for one in descriptions if type(one).__name__ == f"{kind}Description"]


class _Ties:
    """How a loop's operands and results are tied to its body's parameters and results."""

    def __init__(self, node: Any, operands: Sequence[Value]) -> None:
        self.operands = operands
        self.model = node.get_function()
        inputs, outputs = list(node.get_input_descriptions()), list(node.get_output_descriptions())
        self.sliced = _kinds(inputs, "SliceInput")
        merged = _kinds(inputs, "MergedInput")
        kept = {one.body_parameter_index for one in merged if self.hands_on(one)}
        self.fixed = {
            one.body_parameter_index: operands[one.input_index]
            for one in inputs
            if type(one).__name__ == "InvariantInputDescription" or one.body_parameter_index in kept
        }
        self.merged = [one for one in merged if one.body_parameter_index not in kept]
        self.last = _kinds(outputs, "BodyOutput")
        self.collected = _kinds(outputs, "ConcatOutput")
        carried = {one.body_value_index for one in self.merged}
        self.extra = sorted({one.body_value_index for one in self.last} - carried)
        """Results that are read after the last step and are nobody's state."""

    def hands_on(self, merged: Any) -> bool:
        """Whether the body gives a parameter back as it came."""
        port = self.model.get_results()[merged.body_value_index].input_value(0)
        while port.get_node().get_type_name() == "Identity":
            port = port.get_node().input_value(0)
        parameter = self.model.get_parameters()[merged.body_parameter_index]
        return bool(port.get_node().get_name() == parameter.get_name())


def _span(one: Any, size: int) -> tuple[int, int, int]:
    """(first index, indices a step moves on, steps) of a sliced axis; start and end count from behind where negative, -1 the end."""
    start, end = (n + size + 1 if n < 0 else n for n in (int(one.start), int(one.end)))
    stride, part = int(one.stride), int(one.part_size)
    first = start if stride > 0 else start - part
    return first, stride, abs(end - start) // abs(stride)


def _scans(ties: _Ties, count: int | Value | None) -> dict[int, Scan]:
    """By parameter of the body: the sliced operands that `count` steps take part after part, leaving nothing out."""
    scans = {}
    for one in ties.sliced:
        x, size = ties.operands[one.input_index], int(one.part_size)
        axis = int(one.axis) % x.rank
        first, stride, steps = _span(one, x.shape[axis])
        start = 0 if stride > 0 else x.shape[axis] - size
        if steps == count and steps * size == x.shape[axis] and first == start and abs(stride) == size:
            scans[one.body_parameter_index] = Scan(x, axis, size, stride < 0)
    return scans


def _part(context: Context, x: Value, one: Any, number: Value) -> Value:
    """The part of a sliced operand that belongs to step `number`."""
    b, axis, part = context.build, int(one.axis) % x.rank, int(one.part_size)
    first, stride, _ = _span(one, x.shape[axis])
    if number.data is not None:
        begin = first + stride * int(number.data[0])
        return section(context, x, begin, begin + part, axis)
    at = number if stride == 1 else b("MUL", number, int32([stride]))
    offsets = int32(np.arange(part) + first)
    at = at if part == 1 and first == 0 else b("ADD", at, offsets)
    return b("GATHER", x, at, axis=axis)


def _iterate(
    context: Context,
    ties: _Ties,
    count: int | Value | None,
    goes_on: Value | None,
    ports: tuple[int, int],
) -> tuple[Value, ...]:
    """`ports`: the body's parameter for the step's number and its result for the condition, -1 where it has none."""
    ends = ties.operands
    model = ties.model
    parameters = model.get_parameters()
    state = [ends[one.input_index] for one in ties.merged]
    scans = _scans(ties, count)
    single = [one for one in ties.sliced if one.body_parameter_index not in scans]

    def values(inside: Context, number: Value, now: Sequence[Value], parts: Sequence[Value]) -> list[Value]:
        given = dict(ties.fixed)
        given.update({one.body_parameter_index: v for one, v in zip(ties.merged, now, strict=False)})
        given.update(zip(scans, parts, strict=True))
        for one in single:
            given[one.body_parameter_index] = _part(inside, ends[one.input_index], one, number)
        if ports[0] >= 0:
            given[ports[0]] = _number(inside.build, number, parameters[ports[0]].output(0))
        return inside.lower_body(model, [given[i] for i in range(len(parameters))], inside.build)

    def step(inside: Context, number: Value, now: tuple[Value, ...], parts: tuple[Value, ...]) -> Done:
        results = values(inside, number, now, parts)
        after = [results[i] for i in (*(one.body_value_index for one in ties.merged), *ties.extra)]
        shown = [results[one.body_value_index] for one in ties.collected]
        return Done(after, shown, results[ports[1]] if ports[1] >= 0 else None)

    scratch, number = _scratch(context), Value("", (1,), np.dtype(np.int32))
    probe = values(scratch, number, state, scanned(scratch, list(scans.values()), number))
    for i in ties.extra:
        if -1 in probe[i].shape:
            raise NotExpressibleError("a result of its last step has a shape that only the run knows")
        state.append(constant(np.zeros(probe[i].shape, probe[i].dtype)))
    collects = [
        Collect(int(one.axis) % probe[one.body_value_index].rank, int(one.stride) < 0)
        for one in ties.collected
    ]
    last, collected = in_steps(context, count, state, step, collects, goes_on, list(scans.values()))
    carried = {one.body_value_index: value for one, value in zip(ties.merged, last, strict=False)}
    carried.update(dict(zip(ties.extra, last[len(ties.merged) :], strict=True)))
    found = {one.output_index: carried[one.body_value_index] for one in ties.last}
    found.update({one.output_index: v for one, v in zip(ties.collected, collected, strict=True)})
    return tuple(found[i] for i in range(len(context.dtypes)))


def _scratch(context: Context) -> Context:
    return replace(context, build=context.build.inner())


def _number(build: Builder, number: Value, port: Any) -> Value:
    """The step's number in the type and shape that the body takes it in."""
    shape = port.get_partial_shape()
    rank = shape.rank.get_length() if shape.rank.is_static else 0
    return build.reshape(build.cast(number, port.get_element_type().to_dtype()), (1,) * rank)


def _steps(ties: _Ties) -> int | None:
    """How many parts the sliced operands have. Raises NotExpressibleError where that is not known."""
    counts = set()
    for one in ties.sliced:
        size = ties.operands[one.input_index].shape[int(one.axis)]
        if size < 0:
            raise NotExpressibleError("it goes over a sequence whose length only the run knows")
        counts.add(_span(one, size)[2])
    return min(counts) if counts else None


@lowers("TensorIterator")
@lowers_dynamic("TensorIterator")
def tensor_iterator(context: Context, *operands: Value) -> tuple[Value, ...]:
    ties = _Ties(context.node, operands)
    return _iterate(context, ties, _steps(ties), None, (-1, -1))


@lowers("Loop")
@lowers_dynamic("Loop")
def loop(context: Context, trips: Value, goes_on: Value, *operands: Value) -> tuple[Value, ...]:
    """At most `trips` steps (negative: no limit), as long as the condition holds before each."""
    ties = _Ties(context.node, (trips, goes_on, *operands))
    sliced = _steps(ties)
    count: int | Value | None = trips
    if trips.data is not None:
        number = int(trips.data.reshape(-1)[0])
        count = sliced if number < 0 else None if number > 2**31 - 1 else number
    special = list(context.node.get_special_body_ports())
    return _iterate(context, ties, count, goes_on, (int(special[0]), int(special[1])))


@lowers("If")
@lowers_dynamic("If")
def if_(context: Context, condition: Value, *operands: Value) -> tuple[Value, ...]:
    """One of two bodies. A constant condition leaves the one that it chooses."""
    node, values = context.node, (condition, *operands)
    bodies = (node.get_function(0), node.get_function(1))

    def branch(index: int, build: Builder) -> list[Value]:
        given = {
            one.body_parameter_index: values[one.input_index] for one in node.get_input_descriptions(index)
        }
        results = context.lower_body(bodies[index], [given[i] for i in range(len(given))], build)
        found = {
            one.output_index: results[one.body_value_index] for one in node.get_output_descriptions(index)
        }
        return [found[i] for i in range(len(context.dtypes))]

    if condition.data is not None:
        return tuple(branch(0 if condition.data.all() else 1, context.build))
    return if_else(context.build, condition, lambda b: branch(0, b), lambda b: branch(1, b))
