"""Which tensor of a quantized file stands for which of the float file: by name, else by the order and form of the operators."""

from dataclasses import dataclass

import numpy as np

from converters.explain.tables import Array, OperatorRow, Tables, TensorRow

CROSSINGS = ("QUANTIZE", "DEQUANTIZE", "CAST")
"""Operators that change how a value is stored, not the value."""

_OTHER_WEIGHTS = 0.5
"""Two layers whose weights have a lower cosine are two layers."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """`tensors`: activations, quantized file's number → float file's. `operators`: likewise, for those that both have.

    `constants`: quantized file's weights and biases → the float file's.
    """

    tensors: dict[int, int]
    operators: dict[int, int]
    constants: dict[int, int]


def align(quantized: Tables, reference: Tables) -> Alignment:
    """Inputs and outputs by position where the files have as many; the rest by name; what has no name in the other file by order.

    A match has the same shape. In doubt a tensor stays without one.
    """
    found = _Aligning(quantized, reference)
    found.ends()
    found.by_name()
    found.across()
    found.in_order()
    found.across()
    operators = found.operators()
    return Alignment(found.pairs, operators, found.constants(operators))


class _Aligning:
    def __init__(self, quantized: Tables, reference: Tables) -> None:
        self.ours, self.theirs = quantized, reference
        self.pairs: dict[int, int] = {}
        self.taken: set[int] = set()
        self.our_producers, self.their_producers = quantized.producers(), reference.producers()

    def join(self, ours: int, theirs: int) -> bool:
        """Notes a pair if the shapes agree and neither has another partner yet (crossings aside)."""
        a, b = self.ours.tensors[ours], self.theirs.tensors[theirs]
        if ours in self.pairs or a.shape != b.shape or a.data is not None or b.data is not None:
            return False
        self.pairs[ours] = theirs
        self.taken.add(theirs)
        return True

    def ends(self) -> None:
        for ours, theirs in (
            (self.ours.inputs, self.theirs.inputs),
            (self.ours.outputs, self.theirs.outputs),
        ):
            if len(ours) == len(theirs):
                for a, b in zip(ours, theirs, strict=True):
                    self.join(a, b)

    def by_name(self) -> None:
        names = {
            one.name: one.index
            for one in self.theirs.tensors
            if one.data is None and (one.index in self.their_producers or one.index in self.theirs.inputs)
        }
        for one in self.ours.tensors:
            theirs = names.get(one.name)
            if theirs is not None and theirs not in self.taken:
                self.join(one.index, theirs)

    def across(self) -> None:
        """QUANTIZE and DEQUANTIZE pass a partner on, forwards and backwards."""
        crossings = [one for one in self.ours.operators if one.op in CROSSINGS]
        for one in crossings:
            if one.inputs[0] in self.pairs:
                self.join(one.outputs[0], self.pairs[one.inputs[0]])
        for one in reversed(crossings):
            if one.outputs[0] in self.pairs:
                self.join(one.inputs[0], self.pairs[one.outputs[0]])

    def in_order(self) -> None:
        """The operators still without a partner, as the longest common sequence of form and weights (Needleman and Wunsch, 1970)."""
        ours = [one for one in self.ours.operators if self._open(one)]
        theirs = [
            one
            for one in self.theirs.operators
            if one.op not in CROSSINGS and one.outputs and one.outputs[0] not in self.taken
        ]
        if not ours or not theirs:
            return
        gains = np.array([[self._gain(a, b) for b in theirs] for a in ours])
        best = np.zeros((len(ours) + 1, len(theirs) + 1))
        for i in range(len(ours) - 1, -1, -1):
            for j in range(len(theirs) - 1, -1, -1):
                best[i, j] = max(best[i + 1, j], best[i, j + 1], gains[i, j] + best[i + 1, j + 1])
        i = j = 0
        while i < len(ours) and j < len(theirs):
            if gains[i, j] > 0 and best[i, j] == gains[i, j] + best[i + 1, j + 1]:
                for a, b in zip(ours[i].outputs, theirs[j].outputs, strict=False):
                    self.join(a, b)
                i, j = i + 1, j + 1
            elif best[i, j] == best[i + 1, j]:
                i += 1
            else:
                j += 1

    def _open(self, one: OperatorRow) -> bool:
        return one.op not in CROSSINGS and bool(one.outputs) and one.outputs[0] not in self.pairs

    def _gain(self, ours: OperatorRow, theirs: OperatorRow) -> float:
        """0 for two operators that cannot be the same; 1 for the same form; up to 2 for the same weights."""
        a, b = self.ours.tensors[ours.outputs[0]], self.theirs.tensors[theirs.outputs[0]]
        if ours.op != theirs.op or a.shape != b.shape:
            return 0.0
        for x, y in zip(ours.inputs, theirs.inputs, strict=False):
            mine, other = self._weights(self.ours, x), self._weights(self.theirs, y)
            if mine is not None and other is not None:
                likeness = _cosine(mine, other)
                return 0.0 if likeness < _OTHER_WEIGHTS else 1 + likeness
        return 1.0

    def _weights(self, tables: Tables, index: int) -> Array | None:
        tensor = tables.tensors[index] if index >= 0 else None
        return None if tensor is None or tensor.data is None or tensor.data.ndim < 2 else tensor.real

    def operators(self) -> dict[int, int]:
        """Operators of the same kind that write partners."""
        found = {}
        for one in self.ours.operators:
            partner = self.their_producers.get(self.pairs.get(one.outputs[0], -1)) if one.outputs else None
            if partner is not None and partner.op == one.op:
                found[one.index] = partner.index
        return found

    def constants(self, operators: dict[int, int]) -> dict[int, int]:
        """Operand by operand of partners; a float16 constant is read behind its DEQUANTIZE."""
        found: dict[int, int] = {}
        for ours, theirs in operators.items():
            operands = zip(
                self.ours.operators[ours].inputs, self.theirs.operators[theirs].inputs, strict=False
            )
            for x, y in operands:
                a, b = (
                    _constant(self.ours, self.our_producers, x),
                    _constant(self.theirs, self.their_producers, y),
                )
                if a is not None and b is not None and a.shape == b.shape and b.is_float:
                    found[a.index] = b.index
        return found


def _constant(tables: Tables, producers: dict[int, OperatorRow], index: int) -> TensorRow | None:
    if index < 0:
        return None
    producer = producers.get(index)
    if producer is not None and producer.op == "DEQUANTIZE":
        index = producer.inputs[0]
    tensor = tables.tensors[index]
    return tensor if tensor.data is not None else None


def _cosine(a: Array, b: Array) -> float:
    if a.shape != b.shape:
        return 0.0
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.vdot(a, b)) / scale if scale else 1.0
