"""Fourier transforms against OpenVINO's own execution: axes, lengths, inverses, half spectra."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.converters.frontends.openvino.models import check, model_of
from tests.converters.harness import convert_and_compare

SHAPE = (2, 4, 5, 6)


def _axes(draw: Any) -> tuple[list[int], list[int] | None]:
    axes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True))
    sizes = draw(st.one_of(st.none(), st.lists(st.sampled_from([-1, 2, 3, 5, 7, 8]), min_size=3, max_size=3)))
    negative = draw(st.booleans())
    return [a - 4 if negative else a for a in axes], None if sizes is None else sizes[: len(axes)]


def _operands(axes: list[int], sizes: list[int] | None) -> list[Any]:
    return [np.asarray(part, np.int64) for part in (axes, sizes) if part is not None]


def _numpy(name: str, x: Any, axes: list[int], sizes: list[int] | None) -> Any:
    """What the specification refers to: numpy.fft, pairs for complex numbers."""
    numbers = x if name == "rdft" else x[..., 0] + 1j * x[..., 1]
    lengths = []
    for axis, size in zip(axes, sizes or [-1] * len(axes), strict=True):
        halved = name == "irdft" and axis == axes[-1]
        n = numbers.shape[axis]
        lengths.append(size if size > 0 else 2 * (n - 1) if halved else n)
    functions = {"dft": np.fft.fftn, "idft": np.fft.ifftn, "rdft": np.fft.rfftn, "irdft": np.fft.irfftn}
    made = functions[name](numbers.astype(np.complex128 if name != "rdft" else np.float64), lengths, axes)
    return (made if name == "irdft" else np.stack([made.real, made.imag], -1)).astype(np.float32)


@pytest.mark.parametrize("name", ["dft", "idft", "rdft", "irdft"])
@given(st.data())
@settings(max_examples=15, deadline=None)
def test_axes_and_lengths(name: str, data: st.DataObject) -> None:
    """Against numpy, by which the specification defines them: OpenVINO's CPU plugin does not take every length."""
    from openvino import opset15 as ops

    axes, sizes = _axes(data.draw)
    x = np.random.default_rng(0).normal(size=SHAPE if name == "rdft" else (*SHAPE, 2)).astype(np.float32)
    model = model_of(lambda v: getattr(ops, name)(v, *_operands(axes, sizes)), x.shape)
    convert_and_compare(model, inputs=[x], expected=[_numpy(name, x, axes, sizes)])


@pytest.mark.parametrize("name", ["dft", "idft", "rdft", "irdft"])
@pytest.mark.parametrize("axes", [[0], [3], [1, 2], [3, 0], [0, 1, 2]])
def test_as_openvino_computes(name: str, axes: list[int]) -> None:
    from openvino import opset15 as ops

    check(lambda x: getattr(ops, name)(x, np.asarray(axes)), SHAPE if name == "rdft" else (*SHAPE, 2))


def test_of_one_axis() -> None:
    from openvino import opset15 as ops

    assert check(lambda x: ops.rdft(x, np.asarray([0])), (8,)).histogram["FULLY_CONNECTED"] == 1
    check(lambda x: ops.irdft(x, np.asarray([0])), (5, 2))


def test_of_the_last_axis_is_one_product() -> None:
    from openvino import opset15 as ops

    got = check(lambda x: ops.dft(x, np.asarray([1])), (3, 16, 2))
    assert got.histogram["FULLY_CONNECTED"] == 1
    assert got.transposes == 0


def test_a_spectrum_and_back() -> None:
    from openvino import opset15 as ops

    axes = np.asarray([1, 2])
    check(lambda x: ops.irdft(ops.rdft(x, axes), axes, np.asarray([9, 7])), (2, 9, 7))
