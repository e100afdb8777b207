"""Cases of the operators that address elements by coordinates or by rank."""

import numpy as np

from tests.converters.emitters.tensorflow.collecting import Cases, ints


def coordinates(c: Cases) -> None:
    picks = np.asarray([[0, 8, 0], [0, 0, 11], [0, 3, 3]], np.int32)
    c("gather_nd", "GATHER_ND", c.image, picks)
    rows = c.b(
        "CAST",
        c.b("RELU_0_TO_1", c.b("SLICE", c.matrix, ints(0, 0), ints(6, 2))),
        in_data_type="float32",
        out_data_type="int32",
    )
    c("gather_nd_computed", "GATHER_ND", c.matrix, rows)
    c("scatter_nd", "SCATTER_ND", np.asarray([[3], [0], [3], [5], [1], [7]], np.int32), c.matrix, ints(9, 10))
    c("scatter_nd_computed", "SCATTER_ND", rows, c.normal(6), ints(4, 3))
    c("topk", "TOPK_V2", c.matrix, np.asarray(3, np.int32))
    c("topk_channels", "TOPK_V2", c.image, np.asarray(2, np.int32))
    index = c.b("CAST", c.b("ABS", c.matrix), in_data_type="float32", out_data_type="int32")
    on, off = np.asarray(2.5, np.float32), np.asarray(-1, np.float32)
    c("one_hot", "ONE_HOT", index, np.asarray(3, np.int32), on, off)
    c("one_hot_first", "ONE_HOT", index, np.asarray(4, np.int32), on, off, axis=0)
    c("lrn", "LOCAL_RESPONSE_NORMALIZATION", c.image, radius=1, bias=2.0, alpha=0.3, beta=0.75)
