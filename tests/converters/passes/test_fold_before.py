"""Scales and offsets before a linear operator, and constants that meet."""

from pathlib import Path

import pytest

from converters.graph import Value
from converters.ops.builder import Builder
from converters.passes.fold_before import fold_offset_before, fold_scale_before, merge_scales
from converters.passes.pipeline import tidy
from tests.converters.passes.running import graph_of, image, reasons, rewritten, weights

RULES = (fold_offset_before, fold_scale_before)


@pytest.mark.parametrize("op", ["MUL", "ADD"])
def test_every_linear_that_reads_it_takes_it(op: str, tmp_path: Path):
    b = Builder()
    x = image(1, 5, 8)
    graph = graph_of(b, [x], *heads(b, b(op, x, weights(8))))
    assert rewritten(graph, RULES, tmp_path)[0] == ["FULLY_CONNECTED"] * 3


def test_tidy_folds_a_whole_normalisation():
    b = Builder()
    x = image(1, 5, 8)
    graph = graph_of(b, [x], *heads(b, b("ADD", b("MUL", x, weights(8)), weights(8, seed=2))))
    assert [node.op for node in tidy(graph).nodes] == ["FULLY_CONNECTED"] * 3


def heads(b: Builder, y: Value) -> list[Value]:
    """Three linear operators on one value, the last without a bias."""
    options = {"keep_num_dims": True}
    both = [b("FULLY_CONNECTED", y, weights(6, 8, seed=s), weights(6, seed=s), **options) for s in (3, 4)]
    return [*both, b("FULLY_CONNECTED", y, weights(6, 8, seed=5), **options)]


@pytest.mark.parametrize(("kernel", "padding", "left"), [
    (1, "SAME", ["CONV_2D"]), (3, "VALID", ["CONV_2D"]), (3, "SAME", ["ADD", "CONV_2D"]),
])  # fmt: skip
def test_an_offset_needs_an_operator_that_pads_nothing(
    kernel: int, padding: str, left: list[str], tmp_path: Path
):
    b = Builder()
    x = image(1, 6, 7, 4)
    y = b("CONV_2D", b("ADD", x, weights(4)), weights(5, kernel, kernel, 4), weights(5), padding=padding)
    found, notes = rewritten(graph_of(b, [x], y), RULES, tmp_path)
    assert found == left
    assert ("pads" in " ".join(reasons(notes, "fold_offset_before"))) == (len(left) > 1)


def test_a_scale_goes_through_padding(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 7, 4)
    y = b("CONV_2D", b("MUL", x, weights(4)), weights(5, 3, 3, 4), weights(5), padding="SAME")
    assert rewritten(graph_of(b, [x], y), RULES, tmp_path)[0] == ["CONV_2D"]


def test_what_stays_anyway_is_not_folded(tmp_path: Path):
    b = Builder()
    x = image(1, 5, 8)
    y = b("MUL", x, weights(8))
    graph = graph_of(
        b, [x], b("FULLY_CONNECTED", y, weights(6, 8), weights(6), keep_num_dims=True), b("NEG", y)
    )
    left, notes = rewritten(graph, RULES, tmp_path)
    assert left == ["MUL", "FULLY_CONNECTED", "NEG"]
    assert "stays anyway" in reasons(notes, "fold_scale_before")[0]


def test_groups_positions_and_activations_stay(tmp_path: Path):
    b = Builder()
    x = image(1, 6, 7, 4)
    grouped = b("CONV_2D", b("MUL", x, weights(4)), weights(4, 1, 1, 2), weights(4))
    everywhere = b("CONV_2D", b("MUL", x, weights(6, 7, 1)), weights(4, 1, 1, 4), weights(4))
    active = b("MUL", x, weights(4, seed=9), fused_activation_function="RELU")
    activated = b("CONV_2D", active, weights(4, 1, 1, 4), weights(4))
    left, notes = rewritten(graph_of(b, [x], grouped, everywhere, activated), RULES, tmp_path)
    assert left == ["MUL", "CONV_2D"] * 3
    assert len(reasons(notes, "fold_scale_before")) == 2


@pytest.mark.parametrize("op", ["MUL", "ADD"])
def test_constants_that_meet_are_one(op: str, tmp_path: Path):
    b = Builder()
    x = image(2, 3, 4)
    y = b(op, weights(4, seed=2), b(op, x, weights(1)), fused_activation_function="RELU")
    assert rewritten(graph_of(b, [x], y), (merge_scales,), tmp_path)[0] == [op]


def test_constants_that_would_grow_stay(tmp_path: Path):
    b = Builder()
    x = image(2, 3, 4)
    graph = graph_of(b, [x], b("MUL", b("MUL", x, weights(4)), weights(3, 1)))
    left, notes = rewritten(graph, (merge_scales,), tmp_path)
    assert left == ["MUL", "MUL"]
    assert "larger" in reasons(notes, "merge_scales")[0]
