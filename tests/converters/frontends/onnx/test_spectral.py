"""ONNX's DFT in both forms, all the way to LiteRT, against numpy's transforms."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper, save

from converters.frontends.onnx.marks import holds_marks
from tests.converters.frontends.onnx.test_second_chance import TO, model, normal
from tests.converters.harness import convert_and_compare


def transform(x: Any, axis: int | None, length: int | None, opset: int, **attributes: int) -> Any:
    """A DFT node on `x`; `axis` as the opset wants it, None for its default."""
    inputs, constants = ["x"], {}
    if length is not None or (axis is not None and opset >= 20):
        inputs.append("n" if length is not None else "")
        constants |= {"n": np.int64(length)} if length is not None else {}
    if axis is not None and opset >= 20:
        inputs.append("axis")
        constants["axis"] = np.int64(axis)
    elif axis is not None:
        attributes["axis"] = axis
    node = helper.make_node("DFT", inputs, ["y"], **attributes)
    return model([node], {"x": x}, [("y", TO(x.dtype))], opset, **constants)


def pairs(z: Any) -> Any:
    return np.stack([z.real, z.imag], -1).astype(np.float32)


@pytest.mark.parametrize("opset", [17, 20])
@pytest.mark.parametrize("axis", [None, 1, 2, -2, -3])
@pytest.mark.parametrize("length", [None, 3, 9])
def test_whole_spectra(opset: int, axis: int | None, length: int | None) -> None:
    x = normal(2, 5, 4, 2)
    where = axis if axis is not None else 1 if opset < 20 else -2
    numbers, along = x[..., 0] + 1j * x[..., 1], where if where >= 0 else where + 1
    for inverse, numpys in ((0, np.fft.fft), (1, np.fft.ifft)):
        made = transform(x, axis, length, opset, inverse=inverse)
        convert_and_compare(made, inputs=[x], expected=[pairs(numpys(numbers, length, along))])
    real = np.ascontiguousarray(x[..., :1])
    made = transform(real, axis, length, opset)
    convert_and_compare(made, inputs=[real], expected=[pairs(np.fft.fft(real[..., 0], length, along))])


@pytest.mark.parametrize("opset", [17, 20])
@pytest.mark.parametrize("length", [None, 5, 8])
def test_half_spectra(opset: int, length: int | None) -> None:
    x = normal(2, 6, 3, 1)
    made = transform(x, 1, length, opset, onesided=1)
    convert_and_compare(made, inputs=[x], expected=[pairs(np.fft.rfft(x[..., 0], length, 1))])


@pytest.mark.parametrize("length", [None, 5, 8])
def test_half_spectra_back_to_real_numbers(length: int | None) -> None:
    x = normal(2, 4, 5, 2)
    made = transform(x, 2, length, 20, onesided=1, inverse=1)
    expected = np.fft.irfft(x[..., 0] + 1j * x[..., 1], length, 2)[..., None].astype(np.float32)
    convert_and_compare(made, inputs=[x], expected=[expected])


def test_it_is_seen_without_parsing(tmp_path: Path) -> None:
    save(transform(normal(1, 4, 1), 1, None, 20), str(tmp_path / "m.onnx"))
    assert holds_marks(tmp_path / "m.onnx")
