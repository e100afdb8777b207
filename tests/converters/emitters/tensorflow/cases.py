"""One small graph that uses every operator in the forms that matter; each result is an output named after its case."""

import numpy as np

from converters.graph import Quantization
from tests.converters.emitters.tensorflow import images
from tests.converters.emitters.tensorflow.collecting import Cases, ints
from tests.converters.emitters.tensorflow.control import control
from tests.converters.emitters.tensorflow.coordinates import coordinates
from tests.converters.emitters.tensorflow.extents import extents
from tests.converters.emitters.tensorflow.volumes import volumes


def every_operator() -> Cases:
    cases = Cases()
    for family in (
        images.convolutions,
        images.transpose_convolutions,
        images.pools,
        images.resizes,
        images.fusions,
        _unary,
        _binary,
        _linear,
        _reductions,
        _indexing,
        _slices,
        control,
        coordinates,
        extents,
        volumes,
    ):
        family(cases)
    return cases


def _unary(c: Cases) -> None:
    positive = c("exp", "EXP", c.image)
    scaled = c.b("MUL", c.image, np.float32(4.0))
    for op in (
        "RELU",
        "RELU6",
        "RELU_N1_TO_1",
        "RELU_0_TO_1",
        "LOGISTIC",
        "TANH",
        "ELU",
        "SIN",
        "COS",
        "FLOOR",
        "CEIL",
        "ROUND",
    ):
        c(op.lower(), op, scaled)
    for op in ("NEG", "ABS", "SQUARE", "SIGN", "HARD_SWISH", "ZEROS_LIKE"):
        c(op.lower(), op, scaled)
    for op in ("SQRT", "RSQRT", "LOG"):
        c(op.lower(), op, positive)
    c("round_halves", "ROUND", c.b("MUL", c.b("ROUND", scaled), np.float32(0.5)))
    c("gelu", "GELU", scaled)
    c("gelu_approximate", "GELU", scaled, approximate=True)
    c("leaky_relu", "LEAKY_RELU", scaled, alpha=0.2)
    c("prelu_channels", "PRELU", scaled, c.normal(1, 1, 4))
    c("prelu_everywhere", "PRELU", scaled, c.normal(9, 12, 4))
    c("prelu_computed", "PRELU", scaled, c.image)
    whole = c("cast_to_integer", "CAST", scaled, in_data_type="float32", out_data_type="int32")
    c("cast_back", "CAST", whole, in_data_type="int32", out_data_type="float32")
    c("cast_to_bool", "CAST", whole, in_data_type="int32", out_data_type="bool")
    pieces = c("bitcast_smaller", "BITCAST", whole, out_data_type="int16")
    c("bitcast_larger", "BITCAST", pieces, out_data_type="int32")
    c("bitcast_unsigned", "BITCAST", whole, out_data_type="uint32")
    half = c.b("CAST", scaled, in_data_type="float32", out_data_type="float16")
    c("dequantize_half", "DEQUANTIZE", half)
    c("dequantize_weights", "MUL", c.image, c.b("DEQUANTIZE", c.normal(4).astype(np.float16)))
    small = c.b("QUANTIZE", scaled, scale=0.05, zero_point=3)
    small.quantization = Quantization((0.05,), (3,))
    c("through_int8", "DEQUANTIZE", small)
    c("logical_not", "LOGICAL_NOT", c.b("GREATER", c.image, np.float32(0.0)))


def _binary(c: Cases) -> None:
    other, channels = c.b("SIN", c.image), c.normal(4)
    large = c.normal(9, 12, 40)
    for op in ("ADD", "SUB", "MUL", "DIV"):
        c(f"{op.lower()}_values", op, c.image, other, fused_activation_function="RELU6")
        c(f"{op.lower()}_constant", op, c.image, channels)
        c(f"{op.lower()}_from_constant", op, channels, c.b("EXP", c.image))
    c("add_large_constant", "ADD", c.b("TILE", c.image, ints(1, 1, 1, 10)), large)
    c("add_itself", "ADD", c.image, c.image)
    for op in ("MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "ATAN2", "FLOOR_DIV", "FLOOR_MOD"):
        c(f"{op.lower()}_values", op, c.image, other)
        constant = c.normal(1, 9, 12, 4) if op == "ATAN2" else channels
        c(f"{op.lower()}_constant", op, c.image, constant)
    c("pow_constant", "POW", c.b("ABS", c.image), np.float32(2.5))
    c("pow_values", "POW", c.b("ABS", c.image), other)
    whole = c.b("CAST", c.b("MUL", c.image, np.float32(10.0)), in_data_type="float32", out_data_type="int32")
    divisor = np.asarray([3, -4, 5, -7], np.int32)
    for op in ("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "FLOOR_DIV", "FLOOR_MOD", "BITWISE_XOR"):
        c(f"{op.lower()}_integers", op, whole, divisor)
    c("right_shift", "RIGHT_SHIFT", whole, ints(1, 2, 3, 4))
    yes, no = c.b("GREATER", c.image, np.float32(0.2)), c.b("LESS", other, np.float32(0.5))
    c("logical_and", "LOGICAL_AND", yes, no)
    c("logical_or", "LOGICAL_OR", yes, no)
    for op in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"):
        c(f"{op.lower()}_values", op, c.b("ROUND", c.image), c.b("ROUND", other))
    c("select", "SELECT_V2", yes, c.image, other)
    c("select_constant", "SELECT_V2", yes, c.image, np.float32(0.0))


def _linear(c: Cases) -> None:
    c(
        "fully_connected",
        "FULLY_CONNECTED",
        c.matrix,
        c.normal(7, 10),
        c.normal(7),
        fused_activation_function="RELU",
    )
    c("fully_connected_without_bias", "FULLY_CONNECTED", c.matrix, c.normal(7, 10), None)
    c("fully_connected_flattened", "FULLY_CONNECTED", c.image, c.normal(3, 432), c.normal(3))
    c("fully_connected_rows", "FULLY_CONNECTED", c.image, c.normal(3, 48), c.normal(3))
    c("fully_connected_kept", "FULLY_CONNECTED", c.image, c.normal(3, 4), c.normal(3), keep_num_dims=True)
    c("fully_connected_computed", "FULLY_CONNECTED", c.matrix, c.b("SIN", c.matrix), None)
    x, y = c.b("RESHAPE", c.image, ints(1, 9, 12, 4)), c.b("SIN", c.image)
    c("batch_matmul_adj_y", "BATCH_MATMUL", x, y, adj_y=True)
    c("batch_matmul_adj_x", "BATCH_MATMUL", x, y, adj_x=True)
    c("batch_matmul_constant", "BATCH_MATMUL", x, c.normal(4, 5))
    c("batch_matmul_constants", "BATCH_MATMUL", x, c.normal(1, 9, 4, 40))
    c("batch_matmul_left_constant", "BATCH_MATMUL", c.normal(1, 9, 3, 12), x)
    c("batch_matmul_matrices", "BATCH_MATMUL", c.matrix, c.normal(7, 10), adj_y=True)


def _reductions(c: Cases) -> None:
    for op in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"):
        c(f"{op.lower()}_kept", op, c.image, ints(1, 2), keep_dims=True)
        c(f"{op.lower()}_gone", op, c.image, ints(-1))
    whole = c.b("CAST", c.b("MUL", c.image, np.float32(9.0)), in_data_type="float32", out_data_type="int32")
    c("sum_integers", "SUM", whole, ints(1, 2))
    yes = c.b("GREATER", c.image, np.float32(1.0))
    c("reduce_any", "REDUCE_ANY", yes, ints(3))
    c("reduce_all", "REDUCE_ALL", yes, ints(3), keep_dims=True)
    c("arg_max", "ARG_MAX", c.image, ints(3))
    c("arg_min", "ARG_MIN", c.image, np.asarray(1, np.int32), output_type="int64")
    c("softmax", "SOFTMAX", c.image)
    c("softmax_beta", "SOFTMAX", c.matrix, beta=0.5)
    c("log_softmax", "LOG_SOFTMAX", c.matrix)
    c("l2_normalization", "L2_NORMALIZATION", c.image)
    c("l2_normalization_of_nothing", "L2_NORMALIZATION", c.b("MUL", c.matrix, np.float32(0.0)))
    for exclusive in (False, True):
        for reverse in (False, True):
            name = f"cumsum{'_exclusive' if exclusive else ''}{'_reverse' if reverse else ''}"
            c(name, "CUMSUM", c.image, np.asarray(2, np.int32), exclusive=exclusive, reverse=reverse)


def _indexing(c: Cases) -> None:
    c("pad_image", "PAD", c.image, np.asarray([[0, 0], [1, 2], [3, 0], [0, 0]], np.int32))
    c("pad_channels", "PAD", c.image, np.asarray([[0, 0], [1, 0], [0, 0], [0, 2]], np.int32))
    c("pad_v2", "PADV2", c.image, np.asarray([[0, 0], [1, 0], [0, 0], [0, 2]], np.int32), np.float32(-1.5))
    for mode in ("REFLECT", "SYMMETRIC"):
        c(
            f"mirror_pad_{mode.lower()}",
            "MIRROR_PAD",
            c.image,
            np.asarray([[0, 0], [1, 2], [3, 0], [0, 0]], np.int32),
            mode=mode,
        )
    c("tile", "TILE", c.matrix, ints(2, 3))
    c("gather", "GATHER", c.image, ints(3, 0, 0, 2), axis=3)
    c("gather_one", "GATHER", c.image, np.asarray(2, np.int32), axis=1)
    c(
        "gather_from_constant",
        "GATHER",
        c.normal(9, 5),
        c.b("CAST", c.b("ABS", c.matrix), in_data_type="float32", out_data_type="int32"),
    )
    rows = np.asarray([[0, 4], [1, 1], [2, 9], [3, 3], [0, 0], [8, 7]], np.int32)
    c("gather_batched", "GATHER", c.matrix, rows, axis=1, batch_dims=1)
    deep = c.b("RESHAPE", c.image, ints(9, 4, 3, 4))
    picks = c.random.integers(0, 3, (9, 2)).astype(np.int32)
    c("gather_batched_deep", "GATHER", deep, picks, axis=2, batch_dims=1)
    c("concatenation", "CONCATENATION", c.image, c.b("SIN", c.image), axis=3)
    c("concatenation_twice", "CONCATENATION", c.image, c.image, axis=-2)
    c("concatenation_batch", "CONCATENATION", c.matrix, c.b("SIN", c.matrix), axis=0)
    c("concatenation_constant", "CONCATENATION", c.image, c.normal(1, 9, 12, 2), axis=3)
    c("split", "SPLIT", np.asarray(2, np.int32), c.image, num_splits=3)
    c("split_v", "SPLIT_V", c.image, ints(2, 4, 3), np.asarray(1, np.int32), num_splits=3)
    inner = c.b("CONV_2D", c.image, c.normal(6, 3, 3, 4), c.normal(6))
    outer = np.asarray([[0, 0], [0, 2], [3, 0], [0, 2]], np.int32)
    around = c.b("PAD", c.b("SLICE", c.image, ints(0, 1, 2, 0), ints(1, 5, 7, 4)), outer)
    c("add_padded_to_valid_convolution", "ADD", around, inner)
    point = c.b("CONV_2D", c.image, c.normal(6, 1, 1, 4), c.normal(6))
    c(
        "add_padded_to_pointwise",
        "ADD",
        point,
        c.b("PAD", c.image, np.asarray([[0, 0], [0, 0], [0, 0], [0, 2]], np.int32)),
    )
    c("reshape", "RESHAPE", c.image, ints(1, 108, 4))
    c("reshape_all", "RESHAPE", c.image, ints(12, -1))
    c("transpose", "TRANSPOSE", c.image, ints(0, 3, 1, 2))
    c("transpose_batch", "TRANSPOSE", c.matrix, ints(1, 0))


def _slices(c: Cases) -> None:
    c("slice", "SLICE", c.image, ints(0, 2, 3, 1), ints(1, 4, -1, 2))
    everything = {"begin_mask": 0, "end_mask": 0}
    c(
        "strided_slice",
        "STRIDED_SLICE",
        c.image,
        ints(0, 1, 0, 0),
        ints(1, 8, 12, 4),
        ints(1, 2, 3, 1),
        **everything,
    )
    c(
        "strided_slice_masks",
        "STRIDED_SLICE",
        c.image,
        ints(0, 3, 2, 0),
        ints(0, 0, 9, 3),
        ints(1, 1, 2, 1),
        begin_mask=5,
        end_mask=3,
    )
    c(
        "strided_slice_backwards",
        "STRIDED_SLICE",
        c.image,
        ints(0, 8, 0, 3),
        ints(1, 0, 12, 0),
        ints(1, -1, 1, -2),
        begin_mask=4,
        end_mask=14,
    )
