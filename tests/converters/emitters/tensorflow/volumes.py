"""Cases of the operators on volumes."""

from tests.converters.emitters.tensorflow.collecting import Cases, ints


def volumes(c: Cases) -> None:
    volume = c.b("RESHAPE", c.image, ints(1, 3, 6, 6, 4))
    weights, bias = c.normal(2, 3, 2, 4, 5), c.normal(5)
    for name, options in {
        "valid": {"padding": "VALID"},
        "same": {"padding": "SAME", "stride_h": 2, "stride_w": 3, "fused_activation_function": "RELU"},
        "dilated": {"padding": "SAME", "dilation_h_factor": 2},
        "strided_dilated": {"padding": "VALID", "stride_w": 2, "dilation_w_factor": 2},
    }.items():
        c(f"conv_3d_{name}", "CONV_3D", volume, weights, bias, **options)
    transposed = c.normal(2, 3, 2, 5, 4)
    for name, size, options in (
        ("full", (4, 8, 7), {}),
        ("strided", (6, 13, 12), {"stride_d": 2, "stride_h": 2, "stride_w": 2}),
        ("cut", (5, 12, 11), {"stride_d": 2, "stride_h": 2, "stride_w": 2, "padding": "SAME"}),
    ):
        shape = ints(1, *size, 5)
        c(f"conv_3d_transpose_{name}", "CONV_3D_TRANSPOSE", shape, transposed, volume, bias, **options)
