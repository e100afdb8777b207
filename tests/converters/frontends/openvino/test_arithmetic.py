"""Elementwise operators with numpy's broadcasting against OpenVINO's own execution."""

import numpy as np
import pytest

from registry.errors import ConversionError
from tests.converters.frontends.openvino.models import check, model_of, weights
from tests.converters.harness import convert_and_compare

ops = pytest.importorskip("openvino").opset15

BINARY = ("add", "subtract", "multiply", "divide", "maximum", "minimum", "squared_difference")
COMPARE = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
SHAPES = (
    ((2, 3, 4, 5), (2, 3, 4, 5)),
    ((2, 3, 4, 5), (4, 5)),
    ((5,), (2, 3, 4, 5)),
    ((2, 1, 4, 1), (3, 1, 5)),
    ((2, 3, 4, 5), ()),
    ((1,), (2, 3)),
    ((2, 1, 3, 2, 2), (3, 1, 2)),
)


def rng_arrays(*shapes, seed=0):
    """Away from zero, so that quotients compare well."""
    rng = np.random.default_rng(seed)
    return [(rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)).astype(np.float32) for shape in shapes]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("name", BINARY)
def test_binary(name, shapes):
    check(getattr(ops, name), *shapes, inputs=rng_arrays(*shapes))


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("constant_first", [True, False])
@pytest.mark.parametrize("name", ["subtract", "divide", "multiply"])
def test_with_a_constant(name, shapes, constant_first):
    x, y = rng_arrays(*shapes)

    def build(value):
        pair = (ops.constant(y), value) if constant_first else (value, ops.constant(y))
        return getattr(ops, name)(*pair)

    check(build, x.shape, inputs=[x])


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("name", BINARY)
def test_broadcast_between_convolutions(name, shapes):
    """The result runs channels last; what broadcasts into it from a lower rank must follow."""
    if len(shapes[0]) != 4 or shapes[0][1] != 3:
        shapes = ((2, 3, 4, 5), shapes[1] if shapes[1] in ((4, 5), (3, 1, 5), ()) else (3, 1, 1))

    def build(x, y):
        x = ops.convolution(x, weights(3, 3, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        x = getattr(ops, name)(x, ops.add(ops.abs(y), np.float32(1)))
        return ops.convolution(x, weights(3, 3, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])

    check(build, *shapes)


@pytest.mark.parametrize("name", COMPARE)
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_comparison(name, dtype):
    x = np.random.default_rng(0).integers(-2, 3, (2, 3, 4)).astype(dtype)
    y = np.random.default_rng(1).integers(-2, 3, (3, 1)).astype(dtype)
    check(getattr(ops, name), x.shape, y.shape, dtypes=dtype, inputs=[x, y])


@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor"])
def test_logic(name):
    check(getattr(ops, name), (2, 3, 4), (3, 1), dtypes=np.bool_)


def test_logical_not():
    check(ops.logical_not, (2, 3), dtypes=np.bool_)


@pytest.mark.parametrize("name", ["abs", "negative", "exp", "sin", "cos", "floor", "ceiling", "sign"])
def test_unary(name):
    check(getattr(ops, name), (2, 3, 4))


@pytest.mark.parametrize("name", ["log", "sqrt"])
def test_unary_of_positive(name):
    check(getattr(ops, name), (2, 3, 4), inputs=[np.abs(rng_arrays((2, 3, 4))[0])])


def test_round_half_to_even():
    x = np.asarray([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997, 3.3], np.float32)
    check(lambda v: ops.round(v, "half_to_even"), x.shape, inputs=[x])
    with pytest.raises(ConversionError, match="halves"):
        check(lambda v: ops.round(v, "half_away_from_zero"), x.shape, inputs=[x])


@pytest.mark.parametrize("shapes", SHAPES[:4])
def test_power(shapes):
    x, y = (np.abs(a) for a in rng_arrays(*shapes))
    check(ops.power, *shapes, inputs=[x, y])


@pytest.mark.parametrize("exponent", [2.0, 0.5, -1.0, -0.5, 3.0, 1.0, 0.0])
def test_power_of_a_constant_exponent(exponent):
    x = np.abs(rng_arrays((2, 3, 4, 5))[0])
    check(lambda a: ops.power(a, np.float32(exponent)), x.shape, inputs=[x])


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.int64])
def test_mod_takes_the_sign_of_the_dividend_floor_mod_of_the_divisor(dtype):
    x = np.asarray([[-7, -6, -5, 5, 6, 7, 0, 3]], dtype)
    y = np.asarray([[3, -3, 4, -4, 5, 5, 3, 3]], dtype)
    check(ops.mod, x.shape, y.shape, dtypes=dtype, inputs=[x, y])
    check(ops.floor_mod, x.shape, y.shape, dtypes=dtype, inputs=[x, y])
    check(lambda a: ops.mod(a, ops.constant(y)), x.shape, dtypes=dtype, inputs=[x])


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "maximum", "minimum"])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_integers(name, dtype):
    check(getattr(ops, name), (2, 3, 4), (3, 1), dtypes=dtype)


def test_integer_division_rounds_down():
    """OpenVINO specifies Python's division (m_pythondiv); its CPU plugin truncates."""
    x, y = np.asarray([-7, 7, -6, 6, 5], np.int32), np.asarray([2, -2, 3, 3, -7], np.int32)
    model = model_of(ops.divide, x.shape, y.shape, dtypes=np.int32)
    convert_and_compare(model, inputs=[x, y], expected=[np.floor_divide(x, y)])


def test_select():
    check(
        ops.select,
        (3, 1),
        (2, 3, 4),
        (4,),
        dtypes=[np.bool_, np.float32, np.float32],
    )


@pytest.mark.parametrize("shapes", [((1, 3, 4, 4), (1, 3, 4, 4)), ((1, 3, 4, 4), (4, 4)), ((1, 3, 4, 4), ())])
def test_select_between_convolutions(shapes):
    def build(x, y):
        x = ops.convolution(x, weights(3, 3, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])
        return ops.convolution(
            ops.select(ops.greater(x, y), x, y), weights(3, 3, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1]
        )

    check(build, *shapes)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f32", "i32"),
        ("i32", "f32"),
        ("f32", "boolean"),
        ("boolean", "f32"),
        ("i64", "i32"),
        ("u8", "f32"),
        ("f32", "i64"),
    ],
)
def test_convert(before, after):
    kinds = {"f32": np.float32, "i32": np.int32, "i64": np.int64, "u8": np.uint8, "boolean": np.bool_}
    x = {"f32": np.asarray([-2.7, -0.3, 0, 0.4, 1.5, 3.9]), "boolean": np.asarray([0, 1, 1, 0])}.get(
        before, np.asarray([0, 1, 5, 3])
    )
    check(lambda v: ops.convert(v, after), x.shape, dtypes=kinds[before], inputs=[x.astype(kinds[before])])
