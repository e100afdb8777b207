"""Loops and branches against OpenVINO's and ONNX Runtime's own execution."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converters.engine import Options
from registry.errors import ConversionError
from tests.converters.frontends.openvino.models import model_of
from tests.converters.frontends.openvino.paced import paced, whiles
from tests.converters.harness import Compared, convert_and_compare

CASES = settings(
    max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def text_model(text: str) -> Any:
    """An ONNX model in ONNX's own text format."""
    import onnx

    model = onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["": 17]> {text}')
    onnx.checker.check_model(model)
    return model


def run(text: str, *inputs: Any, unroll: bool = False, pace: tuple[int, ...] = (1,)) -> Compared:
    arrays = [np.asarray(x) for x in inputs]
    with paced(*pace):
        return convert_and_compare(text_model(text), inputs=arrays, options=Options(unroll_loops=unroll))


@CASES
@given(
    axis=st.integers(0, 2),
    part=st.sampled_from([1, 2]),
    backwards=st.booleans(),
    behind=st.integers(0, 2),
    collected_backwards=st.booleans(),
    unroll=st.booleans(),
    count=st.integers(3, 7),
    pace=st.sampled_from([(1,), (2,), (3,), (4, 2), ()]),
)
def test_slices_in_and_parts_out(axis, part, backwards, behind, collected_backwards, unroll, count, pace):
    """A running sum over an operand's slices, times an invariant: the parts joined along some axis, the last, and the sum."""
    import openvino
    from openvino import opset15 as ops

    shape = [count * part if i == axis else 2 for i in range(3)]
    slab = [part if i == axis else n for i, n in enumerate(shape)]

    def made(x: Any, start: Any, factor: Any) -> Any:
        row, total, f = (
            ops.parameter(slab, np.float32),
            ops.parameter(slab, np.float32),
            ops.parameter([1], np.float32),
        )
        now = ops.add(row, total)
        scaled = ops.multiply(now, f)
        body = openvino.Model([ops.result(now), ops.result(scaled)], [row, total, f], "body")
        iterator = ops.tensor_iterator()
        iterator.set_function(body)
        bounds = (-1, -part, part, 0) if backwards else (0, part, part, -1)
        iterator.set_sliced_input(row, x.output(0), *bounds, axis)
        iterator.set_merged_input(total, start.output(0), now.output(0))
        iterator.set_invariant_input(f, factor.output(0))
        joined = (-1, -part, part, 0) if collected_backwards else (0, part, part, -1)
        joined = (joined[0], joined[1], slab[behind], joined[3])
        outputs = [iterator.get_iter_value(now.output(0), -1), iterator.get_iter_value(scaled.output(0), -1)]
        if slab[behind] == part:
            outputs.append(iterator.get_concatenated_slices(scaled.output(0), *joined, behind))
        return outputs

    with paced(*pace):
        done = convert_and_compare(model_of(made, shape, slab, [1]), options=Options(unroll_loops=unroll))
    assert done.histogram.get("WHILE", 0) == (whiles(count, *pace) if pace and not unroll else 0)


COUNTED = """agraph (int64 n, float[2] x) => (float[2] y) {
  yes = Constant <value = bool {1}> ()
  y = Loop (n, yes, x) <body = step (int64 i, bool go, float[2] a) => (bool go_out, float[2] b) {
    go_out = Identity (go)
    f = Cast <to = 1> (i)
    c = Add (a, f)
    b = Mul (c, x)
  }>
}"""


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_count_that_only_the_run_knows(count: int):
    done = run(COUNTED, np.int64(count), np.float32([0.5, -1.5]))
    assert done.histogram["WHILE"] == 1


SCANNED = """agraph (int64 n, float[2] x) => (float[2] y, float[k, 2] all) {
  yes = Constant <value = bool {1}> ()
  y, all = Loop (n, yes, x) <body = step (int64 i, bool go, float[2] a) => (bool go_out, float[2] b, float[2] part) {
    go_out = Identity (go)
    b = Add (a, x)
    part = Sin (b)
  }>
}"""


@pytest.mark.parametrize("count", [1, 4])
def test_as_many_parts_as_the_run_has_steps(count: int):
    run(SCANNED, np.int64(count), np.float32([0.5, -1.5]))


@pytest.mark.parametrize("count", [0, 3])
def test_no_parts_of_no_steps(count: int):
    """LiteRT's Python interface hands out no empty tensor, so its extents are asked for."""
    counting = SCANNED.replace("float[k, 2] all) {", "int64[2] extents) {", 1)
    counting = counting.removesuffix("}") + "  extents = Shape (all)\n}"
    run(counting, np.int64(count), np.float32([0.5, -1.5]))


UNTIL = """agraph (float[2] x, float limit) => (float[2] y, int64 steps) {
  most = Constant <value = int64 {MOST}> ()
  zero = Constant <value = int64 {0}> ()
  one = Constant <value = int64 {1}> ()
  first = ReduceSum <keepdims = 0> (x)
  yes = Less (first, limit)
  y, steps = Loop (most, yes, x, zero) <body = step (int64 i, bool go, float[2] a, int64 k) => (bool on, float[2] b, int64 l) {
    b = Add (a, x)
    s = ReduceSum <keepdims = 0> (b)
    on = Less (s, limit)
    l = Add (k, one)
  }>
}"""


@pytest.mark.parametrize("most", [4, 9223372036854775807])
@pytest.mark.parametrize("limit", [0.1, 5.0])
def test_until_a_condition_says_so(most: int, limit: float):
    run(UNTIL.replace("MOST", str(most)), np.float32([0.5, 0.25]), np.float32(limit))


SWAPPED = """agraph (float[2] x, float[2] y) => (float[2] a, float[2] b, float[5, 2] all) {
  n = Constant <value = int64 {5}> ()
  yes = Constant <value = bool {1}> ()
  a, b, all = Loop (n, yes, x, y) <body = step (int64 i, bool go, float[2] p, float[2] q)
      => (bool on, float[2] r, float[2] s, float[2] t) {
    on = Identity (go)
    r = Identity (q)
    s = Add (p, q)
    t = Sub (p, q)
  }>
}"""


@pytest.mark.parametrize("unroll", [False, True])
@pytest.mark.parametrize("pace", [(1,), (2,), (3,), ()])
def test_states_that_change_places(unroll: bool, pace: tuple[int, ...]):
    """Fibonacci: one state becomes the other as it is, which LiteRT would overwrite while it copies."""
    done = run(SWAPPED, np.float32([0, 1]), np.float32([1, 1]), unroll=unroll, pace=pace)
    assert ("WHILE" in done.histogram) == (bool(pace) and not unroll)


EXCHANGED = """agraph (int64 n, float[2] x, float[2] y) => (float[2] a, float[2] b) {
  yes = Constant <value = bool {1}> ()
  a, b = Loop (n, yes, x, y) <body = step (int64 i, bool go, float[2] p, float[2] q) => (bool on, float[2] r, float[2] s) {
    on = Identity (go)
    r = Identity (q)
    s = Identity (p)
  }>
}"""


def test_states_that_only_change_places():
    run(EXCHANGED, np.int64(3), np.float32([0, 1]), np.float32([2, 3]))


CHOSEN = """agraph (bool c, float[2, 3] x) => (float[2, 3] y, float[2, 3] z) {
  twice = Add (x, x)
  y, z = If (c) <
    then_branch = yes () => (float[2, 3] p, float[2, 3] q) { p = Sin (twice) q = Identity (x) },
    else_branch = no () => (float[2, 3] p, float[2, 3] q) { p = Mul (twice, x) q = Neg (x) }
  >
}"""


@pytest.mark.parametrize("condition", [True, False])
def test_a_choice_with_what_it_reads_from_outside(condition: bool):
    done = run(CHOSEN, np.bool_(condition), np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32))
    assert done.histogram["IF"] == 1


NESTED = """agraph (float[1, 3, 4, 4] x) => (float[1, 3, 4, 4] y) {
  n = Constant <value = int64 {3}> ()
  m = Constant <value = int64 {2}> ()
  yes = Constant <value = bool {1}> ()
  half = Constant <value = float {0.5}> ()
  y = Loop (n, yes, x) <body = outer (int64 i, bool go, float[1, 3, 4, 4] a) => (bool on, float[1, 3, 4, 4] d) {
    on = Identity (go)
    e = Loop (m, yes, a) <body = inner (int64 j, bool go2, float[1, 3, 4, 4] b) => (bool on2, float[1, 3, 4, 4] c) {
      on2 = Identity (go2)
      pooled = MaxPool <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (b)
      mixed = Add (pooled, x)
      c = Mul (mixed, half)
    }>
    s = ReduceMean <keepdims = 0> (e)
    big = Greater (s, half)
    d = If (big) <
      then_branch = yes () => (float[1, 3, 4, 4] p) { p = Neg (e) },
      else_branch = no () => (float[1, 3, 4, 4] p) { p = Add (e, a) }
    >
  }>
}"""


def test_one_inside_the_other_with_layouts_of_their_own():
    x = np.random.default_rng(0).normal(size=(1, 3, 4, 4)).astype(np.float32)
    done = run(NESTED, x)
    assert (done.histogram["WHILE"], done.histogram["IF"]) == (2, 1)
    assert done.transposes == 2  # inside, around what is pooled twice a step, and not around the loop


FOREVER = """agraph (float[2] x) => (float[2] y) {
  yes = Constant <value = bool {1}> ()
  y = Loop (, yes, x) <body = step (int64 i, bool go, float[2] a) => (bool on, float[2] b) {
    on = Identity (go)
    b = Add (a, x)
  }>
}"""


def test_what_never_ends_is_refused():
    with pytest.raises(ConversionError, match="never ends"):
        run(FOREVER, np.float32([1, 2]))
