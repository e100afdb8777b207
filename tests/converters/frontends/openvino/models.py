"""Small OpenVINO models, one operator or two each, held against OpenVINO's own execution."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.converters.harness import Compared, convert_and_compare

Shape = tuple[int, ...]


def model_of(
    build: Callable[..., Any], *shapes: Shape, dtypes: Sequence[npt.DTypeLike] | npt.DTypeLike = np.float32
) -> Any:
    """An `openvino.Model` of one parameter per shape; `build` maps parameters to a node, an output or a list of them."""
    import openvino
    from openvino import opset15 as ops

    kinds = [dtypes] * len(shapes) if not isinstance(dtypes, (list, tuple)) else list(dtypes)
    parameters = [
        ops.parameter(list(shape), np.dtype(kind).type, name=f"x{i}")
        for i, (shape, kind) in enumerate(zip(shapes, kinds, strict=True))
    ]
    made = build(*parameters)
    results = (
        made if isinstance(made, (list, tuple)) else made.outputs() if hasattr(made, "outputs") else [made]
    )
    return openvino.Model([ops.result(result) for result in results], parameters, "case")


def check(
    build: Callable[..., Any],
    *shapes: Shape,
    dtypes: Sequence[npt.DTypeLike] | npt.DTypeLike = np.float32,
    inputs: Sequence[npt.NDArray[Any]] | None = None,
    tolerance: float = 1e-5,
) -> Compared:
    return convert_and_compare(model_of(build, *shapes, dtypes=dtypes), inputs=inputs, tolerance=tolerance)


def reference(build: Callable[..., Any], *arrays: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """What OpenVINO's reference of one operator computes (its folding of constants), for where the CPU plugin errs."""
    import openvino
    from openvino import opset15 as ops

    node = build(*(ops.constant(array) for array in arrays))
    results = [openvino.Tensor(port.get_element_type(), port.get_shape()) for port in node.outputs()]
    operands = [openvino.Tensor(np.array(port.get_node().data)) for port in node.input_values()]
    assert node.evaluate(results, operands)
    return [np.array(result.data) for result in results]


def weights(*shape: int, seed: int = 1) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)
