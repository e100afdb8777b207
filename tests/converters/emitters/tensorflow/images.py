"""The operators on images, in the forms that matter; see `cases.py`."""

import numpy as np

from tests.converters.emitters.tensorflow.collecting import Cases, ints


def convolutions(c: Cases) -> None:
    w, bias = c.normal(5, 3, 2, 4), c.normal(5)
    for i, (padding, stride, dilation, fused) in enumerate(
        [
            ("SAME", (1, 1), (1, 1), "NONE"),
            ("SAME", (2, 2), (1, 1), "RELU"),
            ("VALID", (2, 1), (1, 1), "RELU6"),
            ("SAME", (3, 2), (1, 1), "RELU6"),
            ("SAME", (1, 1), (2, 3), "RELU_N1_TO_1"),
            ("VALID", (1, 1), (3, 1), "NONE"),
            ("SAME", (2, 2), (2, 2), "NONE"),
            ("VALID", (2, 3), (2, 1), "RELU"),
        ]
    ):
        options = {
            "padding": padding,
            "stride_h": stride[0],
            "stride_w": stride[1],
            "dilation_h_factor": dilation[0],
            "dilation_w_factor": dilation[1],
            "fused_activation_function": fused,
        }
        c(f"conv_2d_{i}", "CONV_2D", c.image, w, bias, **options)
        c(
            f"depthwise_conv_2d_{i}",
            "DEPTHWISE_CONV_2D",
            c.image,
            c.normal(1, 2, 3, 4),
            c.normal(4),
            **options,
        )
    c("conv_2d_grouped", "CONV_2D", c.image, c.normal(6, 3, 3, 2), c.normal(6), padding="SAME")
    c(
        "conv_2d_computed_bias",
        "CONV_2D",
        c.image,
        w,
        c.b("SIN", c.b("MEAN", c.b("RESHAPE", c.matrix, ints(5, 12)), ints(1))),
    )
    c(
        "depthwise_conv_2d_multiplied",
        "DEPTHWISE_CONV_2D",
        c.image,
        c.normal(1, 3, 3, 8),
        c.normal(8),
        depth_multiplier=2,
        padding="SAME",
    )
    c(
        "depthwise_conv_2d_many",
        "DEPTHWISE_CONV_2D",
        c.image,
        c.normal(1, 3, 3, 8),
        c.normal(8),
        depth_multiplier=2,
        stride_h=2,
        stride_w=1,
    )


def transpose_convolutions(c: Cases) -> None:
    for i, (padding, kernel, stride, out) in enumerate(
        [
            ("SAME", (3, 3), (2, 2), (18, 24)),
            ("SAME", (4, 2), (2, 3), (18, 36)),
            ("SAME", (3, 3), (2, 2), (17, 23)),
            ("VALID", (3, 3), (2, 2), (19, 25)),
            ("VALID", (2, 2), (2, 2), (18, 24)),
            ("VALID", (3, 3), (2, 2), (20, 26)),
            ("SAME", (2, 2), (3, 3), (27, 36)),
            ("SAME", (1, 1), (1, 1), (9, 12)),
        ]
    ):
        shape, weights = ints(1, *out, 5), c.normal(5, *kernel, 4)
        options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
        c(f"transpose_conv_{i}", "TRANSPOSE_CONV", shape, weights, c.image, c.normal(5), **options)
    c(
        "transpose_conv_without_bias",
        "TRANSPOSE_CONV",
        ints(1, 19, 25, 5),
        c.normal(5, 3, 3, 4),
        c.image,
        stride_h=2,
        stride_w=2,
    )


def pools(c: Cases) -> None:
    for op in ("MAX_POOL_2D", "AVERAGE_POOL_2D", "L2_POOL_2D"):
        for i, (padding, size, stride) in enumerate(
            [("SAME", (3, 2), (2, 2)), ("VALID", (2, 2), (2, 2)), ("SAME", (2, 2), (1, 3))]
        ):
            options = {
                "filter_height": size[0],
                "filter_width": size[1],
                "stride_h": stride[0],
                "stride_w": stride[1],
            }
            c(f"{op.lower()}_{i}", op, c.image, padding=padding, **options)
    c(
        "max_pool_2d_fused",
        "MAX_POOL_2D",
        c.image,
        filter_height=2,
        filter_width=2,
        fused_activation_function="RELU",
    )
    c("depth_to_space", "DEPTH_TO_SPACE", c.image, block_size=2)
    c("space_to_depth", "SPACE_TO_DEPTH", c.image, block_size=3)


def resizes(c: Cases) -> None:
    for op in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
        for i, size in enumerate([(18, 36), (13, 7), (9, 12), (5, 24), (1, 1)]):
            for name, flags in (
                ("plain", {}),
                ("corners", {"align_corners": True}),
                ("half", {"half_pixel_centers": True}),
            ):
                c(f"{op.lower()}_{name}_{i}", op, c.image, ints(*size), **flags)


def fusions(c: Cases) -> None:
    """Runs of operators that TensorFlow's graph optimiser makes one of."""
    for op in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        shape = (4, 3, 3, 4) if op == "CONV_2D" else (1, 3, 3, 4)
        convolved = [c.b(op, c.image, c.normal(*shape), c.normal(4), padding="SAME") for _ in range(20)]
        for activation in (
            "RELU",
            "RELU6",
            "ELU",
            "LEAKY_RELU",
            "TANH",
            "LOGISTIC",
            "GELU",
            "HARD_SWISH",
            "PRELU",
            "EXP",
        ):
            operands = [c.normal(4)] if activation == "PRELU" else []
            options = {"alpha": 0.05} if activation == "LEAKY_RELU" else {}
            name = f"{op.lower()}_then_{activation.lower()}"
            c(name, activation, convolved.pop(), *operands, **options)
            total = c.b("ADD", convolved.pop(), c.image)
            c(f"{name}_of_sum", activation, total, *operands, **options)
    convolved = c.b("CONV_2D", c.image, c.normal(4, 3, 3, 4), c.normal(4), padding="SAME")
    c("conv_2d_then_sum_fused", "ADD", convolved, c.image, fused_activation_function="RELU6")
    slower = c.b("CONV_2D", c.image, c.normal(4, 3, 3, 4), c.normal(4), padding="SAME")
    c("conv_2d_then_scaled_maximum", "MAXIMUM", slower, c.b("MUL", slower, np.float32(0.05)))
    swished = c.b("CONV_2D", c.image, c.normal(4, 3, 3, 4), c.normal(4), padding="SAME")
    c("conv_2d_then_swish", "MUL", swished, c.b("LOGISTIC", swished))
    padded = c.b("PAD", c.image, np.asarray([[0, 0], [1, 1], [2, 1], [0, 0]], np.int32))
    c(
        "pad_then_conv_2d",
        "CONV_2D",
        padded,
        c.normal(4, 3, 3, 4),
        c.normal(4),
        fused_activation_function="RELU",
    )
    rows = c.b("FULLY_CONNECTED", c.matrix, c.normal(10, 10), c.normal(10))
    c("fully_connected_then_sum", "LEAKY_RELU", c.b("ADD", rows, c.matrix), alpha=0.05)
