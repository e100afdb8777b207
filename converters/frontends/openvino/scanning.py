"""What steps take from whole tensors, and how what they give becomes whole tensors again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from converters.frontends.openvino.lowering import Context, int32
from converters.graph import Value, constant
from converters.ops.builder import Builder


def section(context: Context, x: Value, first: int, last: int, axis: int = 0) -> Value:
    """x[first:last] along an axis."""
    if first == 0 and last == x.shape[axis]:
        return x
    if x.data is not None:
        return constant(np.ascontiguousarray(x.data[(slice(None),) * axis + (slice(first, last),)]))
    begin = int32([first if i == axis else 0 for i in range(x.rank)])
    size = int32([last - first if i == axis else n for i, n in enumerate(x.shape)])
    return context.build("SLICE", x, begin, size)


def pick(context: Context, x: Value, at: Value, axis: int = 0, size: int = 1) -> Value:
    """x's part number `at` (int32 [1]) of `size` indices along `axis`."""
    b = context.build
    if at.data is not None:
        first = int(at.data[0]) * size
        return section(context, x, first, first + size, axis)
    if size > 1:
        at = b("ADD", b("MUL", at, int32([size])), int32(np.arange(size)))
    return b("GATHER", x, at, axis=axis)


def from_the_end(context: Context, number: Value, count: int) -> Value:
    """count - 1 - number."""
    last = int32([count - 1])
    return constant(last - number.data) if number.data is not None else context.build("SUB", last, number)


@dataclass(frozen=True)
class Scan:
    """Step n is given part n of `value`: `size` indices along `axis`, from the front or (reverse) from the end."""

    value: Value
    axis: int = 0
    size: int = 1
    reverse: bool = False

    @property
    def count(self) -> int:
        return self.value.shape[self.axis] // self.size

    def blocks(self, context: Context, count: int, size: int) -> tuple["Scan", "Scan"]:
        """What `count` blocks of `size` steps each are given, along an axis of their own, and what the steps behind them are."""
        axis, extent, taken = self.axis, self.value.shape[self.axis], count * size * self.size
        bounds = (
            ((extent - taken, extent), (0, extent - taken)) if self.reverse else ((0, taken), (taken, extent))
        )
        here, behind = (section(context, self.value, *bound, axis) for bound in bounds)
        shape = (*here.shape[:axis], count, size * self.size, *here.shape[axis + 1 :])
        return Scan(context.build.reshape(here, shape), axis, 1, self.reverse), replace(self, value=behind)

    def within(self, context: Context, block: Value) -> "Scan":
        """What the steps of one of these blocks are given."""
        shape = (*block.shape[: self.axis], *block.shape[self.axis + 1 :])
        return replace(self, value=context.build.reshape(block, shape))


def scanned(context: Context, scans: Sequence[Scan], number: Value) -> tuple[Value, ...]:
    """The parts of what is scanned that belong to step `number`."""
    places = [from_the_end(context, number, one.count) if one.reverse else number for one in scans]
    return tuple(
        pick(context, one.value, at, one.axis, one.size) for one, at in zip(scans, places, strict=True)
    )


@dataclass(frozen=True)
class Collect:
    """A step's part joins the others' along `axis`, behind them or (reverse) before them."""

    axis: int
    reverse: bool = False

    def joined(self, context: Context, parts: Sequence[Value], one: Value) -> Value:
        """Parts like `one`, of all steps in their order."""
        if not parts:
            shape = [0 if i == self.axis else n for i, n in enumerate(one.shape)]
            return constant(np.zeros(shape, one.dtype))
        ordered = parts[::-1] if self.reverse else parts
        return ordered[0] if len(ordered) == 1 else context.build("CONCATENATION", *ordered, axis=self.axis)

    def room(self, part: Value, count: int | None) -> np.ndarray[Any, Any]:
        """Where a known number of parts is written; one part, to be cut off again, where they are joined one by one (a tensor of
        LiteRT's WHILE may grow, but not from nothing)."""
        factor = 1 if count is None else count
        return np.zeros([n * factor if i == self.axis else n for i, n in enumerate(part.shape)], part.dtype)

    def added(self, context: Context, buffer: Value, part: Value, number: Value, count: int | None) -> Value:
        """The buffer with the part of step `number`."""
        b, axis = context.build, self.axis
        if count is None:
            return b("CONCATENATION", *((part, buffer) if self.reverse else (buffer, part)), axis=axis)
        place = from_the_end(context, number, count) if self.reverse else number
        if part.shape[axis] != 1:
            place = b("MUL", place, int32([part.shape[axis]]))
        before, after = ([int32([0] * n)] if n else [] for n in (axis, part.rank - axis - 1))
        ends: list[Value | np.ndarray[Any, Any]] = [*before, place, *after]
        start = place if len(ends) == 1 else b("CONCATENATION", *ends, axis=0)
        return b("DYNAMIC_UPDATE_SLICE", buffer, part, start)

    def without_first(self, build: Builder, value: Value, part: Value) -> Value:
        """`value` without the part that `room` began with."""
        begin = [part.shape[i] if i == self.axis and not self.reverse else 0 for i in range(part.rank)]
        if not self.reverse:
            return build("SLICE", value, int32(begin), int32([-1] * part.rank))
        end = [-part.shape[i] if i == self.axis else 0 for i in range(part.rank)]
        mask = sum(1 << i for i in range(part.rank) if i != self.axis)
        ones = int32([1] * part.rank)
        return build("STRIDED_SLICE", value, int32(begin), int32(end), ones, end_mask=mask)
