"""Convolutions against OpenVINO's own execution, with the operators and Transposes that must be left."""

import itertools

import pytest

from tests.converters.frontends.openvino.models import check, weights

ops = pytest.importorskip("openvino").opset15

STRIDES, DILATIONS = ((1, 1), (2, 1), (2, 2), (3, 3)), ((1, 1), (2, 1), (2, 2))
PADS = (((0, 0), (0, 0)), ((1, 1), (1, 1)), ((0, 2), (1, 0)), ((3, 0), (0, 1)))


@pytest.mark.parametrize(("strides", "dilations", "pads"), list(itertools.product(STRIDES, DILATIONS, PADS)))
def test_conv_2d(strides, dilations, pads):
    got = check(lambda x: ops.convolution(x, weights(5, 3, 3, 3), strides, *pads, dilations), (2, 3, 11, 12))
    assert got.transposes == 0
    assert got.histogram["CONV_2D"] == 1
    assert set(got.histogram) <= {"CONV_2D", "PAD"}


@pytest.mark.parametrize("size", [(8, 9), (11, 12), (7, 7)])
@pytest.mark.parametrize("mode", ["same_upper", "same_lower", "valid"])
@pytest.mark.parametrize("strides", STRIDES)
@pytest.mark.parametrize("kernel", [(3, 3), (2, 4), (1, 1), (5, 2)])
def test_auto_pad(size, mode, strides, kernel):
    got = check(
        lambda x: ops.convolution(x, weights(4, 3, *kernel), strides, [0, 0], [0, 0], [1, 1], mode),
        (1, 3, *size),
    )
    assert got.transposes == 0
    if mode != "same_lower":
        assert got.histogram == {"CONV_2D": 1}


@pytest.mark.parametrize("groups", [2, 3, 6])
@pytest.mark.parametrize("multiplier", [1, 2])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (1, 2)])
@pytest.mark.parametrize("dilations", [(1, 1), (2, 2)])
def test_grouped(groups, multiplier, strides, dilations):
    """Depthwise where a group has one channel (with its multiplier), grouped CONV_2D otherwise."""
    kernel = weights(groups, multiplier * 6 // groups, 6 // groups, 3, 3)
    got = check(lambda x: ops.group_convolution(x, kernel, strides, [1, 1], [1, 1], dilations), (1, 6, 9, 8))
    assert got.transposes == 0
    assert ("DEPTHWISE_CONV_2D" in got.histogram) == (groups == 6)


@pytest.mark.parametrize("dilations", [(2, 1), (1, 3)])
def test_depthwise_uneven_dilation(dilations):
    check(
        lambda x: ops.group_convolution(x, weights(4, 1, 1, 3, 3), [1, 1], [1, 1], [1, 1], dilations),
        (1, 4, 9, 9),
    )


@pytest.mark.parametrize("strides", [(1, 2), (2, 1)])
def test_depthwise_uneven_stride(strides):
    check(
        lambda x: ops.group_convolution(x, weights(4, 2, 1, 3, 3), strides, [1, 0], [1, 0], [1, 1]),
        (1, 4, 9, 9),
    )


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("pads", [(0, 0), (1, 1), (2, 0)])
def test_conv_1d(groups, stride, dilation, pads):
    begin, end = [pads[0]], [pads[1]]
    if groups == 1:
        got = check(
            lambda x: ops.convolution(x, weights(5, 4, 3), [stride], begin, end, [dilation]), (2, 4, 13)
        )
    else:
        got = check(
            lambda x: ops.group_convolution(x, weights(4, 2, 1, 3), [stride], begin, end, [dilation]),
            (2, 4, 13),
        )
    assert got.transposes == 0


def test_one_channel_in_and_out():
    check(lambda x: ops.convolution(x, weights(1, 1, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1]), (1, 1, 6, 6))


def test_a_chain_of_convolutions_has_no_transpose():
    def build(x):
        for seed in range(3):
            x = ops.relu(ops.convolution(x, weights(4, 4, 3, 3, seed=seed), [1, 1], [1, 1], [1, 1], [1, 1]))
        return x

    assert check(build, (1, 4, 8, 8)).histogram == {"CONV_2D": 3}


@pytest.mark.parametrize("strides", [(1, 1), (2, 2), (3, 2), (2, 1)])
@pytest.mark.parametrize("kernel", [(3, 3), (2, 2), (4, 5), (1, 1)])
@pytest.mark.parametrize("pads", [((0, 0), (0, 0)), ((1, 1), (1, 1)), ((0, 1), (1, 0))])
def test_transposed(strides, kernel, pads):
    if min(kernel) == 1 and pads != ((0, 0), (0, 0)):
        pytest.skip("pads larger than the kernel")
    got = check(
        lambda x: ops.convolution_backprop_data(
            x, weights(3, 4, *kernel), strides, pads_begin=pads[0], pads_end=pads[1]
        ),
        (2, 3, 5, 6),
    )
    assert got.transposes == 0
    assert got.histogram["TRANSPOSE_CONV"] == 1


@pytest.mark.parametrize("output_padding", [(1, 1), (0, 1), (1, 0)])
@pytest.mark.parametrize("dilations", [(1, 1), (2, 2), (1, 2)])
@pytest.mark.parametrize("kernel", [(3, 3), (2, 2)])
def test_transposed_output_padding_and_dilation(output_padding, dilations, kernel):
    check(
        lambda x: ops.convolution_backprop_data(
            x,
            weights(3, 4, *kernel),
            (2, 2),
            pads_begin=(0, 0),
            pads_end=(0, 0),
            dilations=dilations,
            output_padding=output_padding,
        ),
        (1, 3, 5, 6),
    )


@pytest.mark.parametrize("mode", ["same_upper", "same_lower", "explicit"])
@pytest.mark.parametrize("kernel", [(3, 3), (4, 2)])
@pytest.mark.parametrize("size", [(10, 12), (9, 11), (8, 8)])
def test_transposed_output_shape(mode, kernel, size):
    """An explicit begin stands; a SAME mode halves what is too much, the odd one at the end it names not."""
    check(
        lambda x: ops.convolution_backprop_data(
            x,
            weights(3, 4, *kernel),
            (2, 2),
            output_shape=ops.constant(list(size)),
            auto_pad=mode,
            pads_begin=(1, 0),
            pads_end=(0, 0),
        ),
        (1, 3, 5, 6),
    )


@pytest.mark.parametrize("groups", [2, 4])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
@pytest.mark.parametrize("output_padding", [(0, 0), (1, 1)])
def test_transposed_grouped(groups, strides, output_padding):
    if output_padding >= strides:
        pytest.skip("output padding must be smaller than the stride")
    kernel = weights(groups, 4 // groups, 3, 3, 3)
    got = check(
        lambda x: ops.group_convolution_backprop_data(
            x,
            kernel,
            strides,
            pads_begin=(1, 1),
            pads_end=(1, 1),
            dilations=(1, 1),
            output_padding=output_padding,
        ),
        (1, 4, 5, 6),
    )
    assert got.transposes == 0


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("auto_pad", ["explicit", "same_upper", "same_lower"])
def test_kernel_computed_at_run_time(rank, auto_pad):
    got = check(
        lambda x, k: ops.convolution(x, k, [2] * rank, [1] * rank, [0] * rank, [2] * rank, auto_pad),
        (2, 4, *(6, 7, 5)[:rank]),
        (5, 4, *(3, 2, 3)[:rank]),
    )
    assert got.histogram["CONV_3D" if rank == 3 else "CONV_2D"] == 1


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("groups", "outputs"), [(1, 3), (2, 3), (4, 1), (4, 2)])
def test_grouped_kernel_computed_at_run_time(groups, outputs, rank):
    check(
        lambda x, k: ops.group_convolution(x, k, [1] * rank, [1] * rank, [0] * rank, [2] * rank),
        (2, 4, *(6, 7, 5)[:rank]),
        (groups, outputs, 4 // groups, *(3, 2, 3)[:rank]),
    )


def test_what_follows_a_computed_kernel_stays_outside_of_it():
    def build(x, k):
        y = ops.convolution(x, k, [1, 1], [1, 1], [1, 1], [1, 1])
        y = ops.add(ops.multiply(y, weights(1, 4, 1, 1)), weights(1, 4, 1, 1, seed=2))
        return ops.relu(y)

    check(build, (1, 3, 6, 7), (4, 3, 3, 3))
