"""Pooling to constant sizes, even windows and uneven ones, against PyTorch (the definition) and OpenVINO's own execution."""

import numpy as np
import pytest

from registry.errors import ConversionError
from tests.converters.frontends.openvino.models import check, model_of, weights
from tests.converters.harness import convert_and_compare

ops = pytest.importorskip("openvino").opset15

CASES = [
    ((2, 3, 9, 10), (1, 1)),
    ((2, 3, 9, 10), (3, 5)),
    ((2, 3, 9, 10), (4, 5)),
    ((2, 3, 9, 10), (4, 3)),
    ((1, 2, 5, 7), (7, 2)),
    ((1, 2, 3, 2), (5, 7)),
    ((2, 3, 7), (3,)),
    ((2, 3, 8), (4,)),
    ((1, 2, 4, 6, 8), (2, 3, 4)),
    ((1, 2, 5, 6, 7), (2, 4, 3)),
]
NAMES = {1: "adaptive_{}_pool1d", 2: "adaptive_{}_pool2d", 3: "adaptive_{}_pool3d"}


def pooled_by_torch(kind, x, size, **options):
    torch = pytest.importorskip("torch")
    function = getattr(torch.nn.functional, NAMES[len(size)].format(kind))
    result = function(torch.from_numpy(x), size, **options)
    return [one.numpy() for one in result] if isinstance(result, tuple) else [result.numpy()]


def average(size):
    return lambda x: ops.adaptive_avg_pool(x, ops.constant(list(size)))


def largest(size, kind="i64"):
    return lambda x: ops.adaptive_max_pool(x, ops.constant(list(size)), index_element_type=kind)


@pytest.mark.parametrize(("shape", "size"), CASES)
def test_average(shape, size):
    check(average(size), shape)
    x = weights(*shape)
    convert_and_compare(model_of(average(size), shape), inputs=[x], expected=pooled_by_torch("avg", x, size))


@pytest.mark.parametrize(("shape", "size"), CASES)
def test_largest(shape, size):
    """Without its indices; the data are all negative, so that a zero which leaked in would show."""
    x = -np.abs(weights(*shape)) - 1
    model = model_of(lambda v: largest(size)(v).output(0), shape)
    convert_and_compare(model, inputs=[x], expected=pooled_by_torch("max", x, size))


@pytest.mark.parametrize("kind", ["i32", "i64"])
@pytest.mark.parametrize(("shape", "size"), CASES)
def test_largest_and_its_index(shape, size, kind):
    """Small integers: several are largest, the first counts."""
    x = np.random.default_rng(0).integers(-3, 3, shape).astype(np.float32)
    model = model_of(largest(size, kind), shape)
    expected = pooled_by_torch("max", x, size, return_indices=True)
    kinds = {"i32": np.int32, "i64": np.int64}
    wanted = [expected[0], expected[1].astype(kinds[kind])]
    convert_and_compare(model, inputs=[x], expected=wanted)
    if kind == "i32":  # OpenVINO's CPU plugin has no other
        check(largest(size, kind), shape)


def test_even_windows_are_one_pool_between_convolutions():
    """9 by 10 to 4 by 5: windows of 3 at a pace of 2, and of 2; a pool of that kernel and stride."""

    def build(x, pool):
        x = ops.convolution(x, weights(4, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])
        return ops.convolution(pool(ops.relu(x)), weights(4, 4, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])

    got = check(lambda x: build(x, average((4, 5))), (1, 3, 9, 10))
    assert got.histogram == {"CONV_2D": 2, "AVERAGE_POOL_2D": 1}
    got = check(lambda x: build(x, lambda v: largest((4, 5), "i32")(v).output(0)), (1, 3, 9, 10))
    assert got.histogram == {"CONV_2D": 2, "MAX_POOL_2D": 1}


@pytest.mark.parametrize("size", [(4, 3), (6, 6)])
def test_uneven_windows_leave_no_transposes_between_convolutions(size):
    def build(x, pool):
        x = ops.convolution(x, weights(4, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1])
        return ops.convolution(pool(ops.relu(x)), weights(4, 4, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1])

    assert check(lambda x: build(x, average(size)), (1, 3, 9, 10)).transposes == 0
    assert (
        check(lambda x: build(x, lambda v: largest(size, "i32")(v).output(0)), (1, 3, 9, 10)).transposes == 0
    )


def test_a_size_that_only_the_run_knows_is_refused():
    model = model_of(ops.adaptive_avg_pool, (1, 3, 9, 10), (2,), dtypes=[np.float32, np.int64])
    with pytest.raises(ConversionError, match="AdaptiveAvgPool"):
        convert_and_compare(model)
