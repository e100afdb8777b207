"""Conversions between all types, against numpy's where the number fits."""

from typing import Any

import numpy as np
import pytest

from tests.converters.frontends.openvino.models import check, model_of
from tests.converters.frontends.openvino.test_bitwise import INTEGERS, anything
from tests.converters.harness import convert_and_compare

ops = pytest.importorskip("openvino").opset15

NAMES = {"i": "i", "u": "u", "f": "f"}


def element(dtype: np.dtype[Any]) -> str:
    return "boolean" if dtype.kind == "b" else f"{dtype.kind}{dtype.itemsize * 8}"


@pytest.mark.parametrize("source", INTEGERS, ids=str)
def test_integers_to_every_type(source: Any) -> None:
    x = anything(source, (3, 5))
    targets = [t for t in (*INTEGERS, np.dtype(np.float32), np.dtype(bool)) if t != source]
    model = model_of(lambda a: [ops.convert(a, element(t)) for t in targets], x.shape, dtypes=source)
    convert_and_compare(model, inputs=[x], expected=[x.astype(t) for t in targets], tolerance=0)


def test_uint64_is_rounded_once() -> None:
    near = [2**63 + 2**39 + 1, 2**63 + 3 * 2**39, 2**63 + 3 * 2**39 - 1, 2**64 - 1, 2**62 + 2**38 + 1]
    x = np.asarray(near, np.uint64)
    model = model_of(lambda a: ops.convert(a, "f32"), x.shape, dtypes=np.uint64)
    convert_and_compare(model, inputs=[x], expected=[x.astype(np.float32)], tolerance=0)


@pytest.mark.parametrize("target", INTEGERS, ids=str)
def test_floats_to_integers(target: Any) -> None:
    info = np.iinfo(target)
    top = np.nextafter(np.float32(2.0 ** (target.itemsize * 8 - (target.kind == "i"))), np.float32(0))
    x = np.asarray([0.0, 0.9, 1.5, 2.5, 100.99, min(float(info.max), float(top))], np.float32)
    x = np.append(x, np.asarray([-0.9, -1.5, float(info.min)], np.float32)) if target.kind == "i" else x
    model = model_of(lambda a: ops.convert(a, element(target)), x.shape)
    convert_and_compare(model, inputs=[x], expected=[x.astype(target)])


@pytest.mark.parametrize("target", ["i8", "u8"])
def test_small_integers_wrap_around(target: str) -> None:
    x = np.asarray([300.2, -2.5, -129.7, 255.5], np.float32)
    check(lambda a: ops.convert(a, target), x.shape, inputs=[x])


def test_like_another() -> None:
    x = np.asarray([1.5, -2.5], np.float32)
    model = model_of(ops.convert_like, (2,), (1,), dtypes=[np.float32, np.int16])
    convert_and_compare(model, inputs=[x, np.zeros(1, np.int16)], expected=[x.astype(np.int16)])
