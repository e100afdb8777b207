"""Einsum: diagonals taken, lone labels summed, operands joined pair by pair as products of matrices."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from converters.frontends.openvino.lowering import Context, int32, lowers
from converters.graph import Value, constant


@dataclass(frozen=True)
class _Term:
    """A value and the label of each of its axes; the axes of an ellipsis are labelled by their numbers from the right."""

    value: Value
    labels: tuple[str, ...]

    def size(self, labels: Sequence[str]) -> list[int]:
        return [self.value.shape[self.labels.index(label)] for label in labels]


def _labels(pattern: str, rank: int) -> tuple[str, ...]:
    if "..." not in pattern:
        return tuple(pattern)
    before, after = pattern.split("...")
    inner = rank - len(before) - len(after)
    return (*before, *(f".{i}" for i in range(inner, 0, -1)), *after)


def _parsed(equation: str, operands: Sequence[Value]) -> tuple[list[_Term], tuple[str, ...]]:
    """The terms and the labels of the result (given none: those that stand once, in alphabetical order, behind the ellipsis)."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    patterns = left.split(",")
    terms = [_Term(v, _labels(p, v.rank)) for v, p in zip(operands, patterns, strict=True)]
    dots = max(([label for label in t.labels if label[0] == "."] for t in terms), key=len)
    if arrow:
        return terms, _labels(right, len(right.replace("...", "")) + len(dots))
    letters = left.replace(".", "").replace(",", "")
    return terms, (*dots, *sorted(letter for letter in set(letters) if letters.count(letter) == 1))


def _arranged(context: Context, term: _Term, labels: Sequence[str]) -> Value:
    return context.build.transpose(term.value, tuple(term.labels.index(label) for label in labels))


def _diagonal(context: Context, term: _Term) -> _Term:
    """x[…i…i…] → x[…i]: of the two axes made one, every (n + 1)th element."""
    b = context.build
    for label in dict.fromkeys(term.labels):
        while term.labels.count(label) > 1:
            first = term.labels.index(label)
            second = term.labels.index(label, first + 1)
            order = (*(i for i in range(term.value.rank) if i not in (first, second)), first, second)
            x = b.transpose(term.value, order)
            *lead, n, _ = x.shape
            rank = len(lead) + 1
            flat = b.reshape(x, (*lead, n * n))
            pace = int32([*(1,) * len(lead), n + 1])
            taken = b("STRIDED_SLICE", flat, int32([0] * rank), int32([*lead, n * n]), pace)
            labels = [name for i, name in enumerate(term.labels) if i not in (first, second)]
            term = _Term(taken, (*labels, label))
    return term


def _without(context: Context, term: _Term, sizes: dict[str, int]) -> _Term:
    """Without axes of size 1 whose label is longer elsewhere: they are repeated."""
    kept = [label for label, n in zip(term.labels, term.value.shape, strict=True) if n == sizes[label]]
    if len(kept) == len(term.labels):
        return term
    return _Term(context.build.reshape(term.value, tuple(term.size(kept))), tuple(kept))


def _summed(context: Context, term: _Term, wanted: set[str]) -> _Term:
    lone = [i for i, label in enumerate(term.labels) if label not in wanted]
    if not lone:
        return term
    kept = tuple(label for label in term.labels if label in wanted)
    return _Term(context.build("SUM", term.value, int32(lone), keep_dims=False), kept)


def _joined(context: Context, a: _Term, c: _Term, wanted: set[str]) -> _Term:
    """The product of two terms, summed over what both have and nobody wants."""
    b = context.build
    shared = [label for label in a.labels if label in c.labels]
    batch = [label for label in shared if label in wanted]
    over = [label for label in shared if label not in wanted]
    left, right = ([label for label in t.labels if label not in shared] for t in (a, c))
    labels = (*batch, *left, *right)
    shape = (*a.size(batch), *a.size(left), *c.size(right))
    p, k = math.prod(a.size(batch)), math.prod(a.size(over))
    m, n = math.prod(a.size(left)), math.prod(c.size(right))
    if over and not batch and a.value.dtype == np.float32 and a.value.is_constant != c.value.is_constant:
        if a.value.is_constant:
            return _joined(context, c, a, wanted)
        weights = constant(_arranged(context, c, (*right, *over)).array.reshape(n, k))
        x = b.reshape(_arranged(context, a, (*left, *over)), (*a.size(left), k) if left else (1, k))
        return _Term(b.reshape(b("FULLY_CONNECTED", x, weights, keep_num_dims=x.rank > 2), shape), labels)
    first = b.reshape(_arranged(context, a, (*batch, *left, *over)), (p, m, k))
    second = _arranged(context, c, (*batch, *over, *right))
    if over and a.value.dtype == np.float32:
        made = b("BATCH_MATMUL", first, b.reshape(second, (p, k, n)), adj_x=False, adj_y=False)
    elif over:  # LiteRT multiplies no matrices of plain integers
        products = b("MUL", b.reshape(first, (p, m, k, 1)), b.reshape(second, (p, 1, k, n)))
        made = b("SUM", products, int32([2]), keep_dims=False)
    else:
        made = b("MUL", first, b.reshape(second, (p, 1, n)))
    return _Term(b.reshape(made, shape), labels)


@lowers("Einsum")
def einsum(context: Context, *operands: Value, equation: str) -> Value:
    parsed, result = _parsed(equation, operands)
    sizes: dict[str, int] = {}
    for term in parsed:
        for label, n in zip(term.labels, term.value.shape, strict=True):
            sizes[label] = max(sizes.get(label, 1), n)
    terms = [_without(context, _diagonal(context, term), sizes) for term in parsed]
    while True:
        alone = []
        for i, term in enumerate(terms):
            elsewhere = {label for j, other in enumerate(terms) if j != i for label in other.labels}
            alone.append(_summed(context, term, elsewhere | set(result)))
        terms = alone
        if len(terms) == 1:
            return context.build.reshape(_arranged(context, terms[0], result), context.shape)
        first, second, *rest = terms
        wanted = {label for term in rest for label in term.labels} | set(result)
        terms = [_joined(context, first, second, wanted), *rest]
