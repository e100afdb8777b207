"""The forecast against what the compiler did: single operators, and the heads of detectors whose counts are published."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from converters.edgetpu import forecast
from converters.edgetpu.rules import load
from converters.graph import Graph, Value
from tests.converters.edgetpu.small import GRID, chain, one_operator, written

OBSERVED: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("observed.yaml").read_text(encoding="utf-8")
)
WORDS = load().words


def identity(one: dict[str, Any]) -> str:
    return f"{one['op']} {one['inputs'][0]} {one['source']}"


@pytest.mark.parametrize("one", OBSERVED["operators"], ids=identity)
def test_operator(one: dict[str, Any], tmp_path: Path):
    assert one["source"] in OBSERVED["sources"]
    graph = one_operator(one["op"], one["inputs"], one["outputs"], one.get("attrs", {}))
    found = forecast(written(graph, tmp_path))
    assert not found.failure
    assert (found.total, found.mapped) == (1, int(one["mapped"]))
    expected = "mapped" if one["mapped"] else one.get("words")
    assert expected is None or found.ops[0].reason == WORDS[expected]


def flowing(name: str, *shape: int, dtype: str = "int8") -> Value:
    kind = np.dtype(dtype)
    return Value(name, shape, kind, None, GRID if kind == np.int8 else None)


def head(levels: dict[int, int], classes: int) -> Graph:
    """Each level's scores and boxes (size → anchors) out of an activation, reshaped, concatenated, dequantized, as SSDs have them."""
    links: list[Any] = []
    ends = []
    for what, width in (("class", classes), ("box", 4)):
        rows = []
        for size, anchors in levels.items():
            x = flowing(f"{what}{size}", 1, size, size, anchors * width)
            links.append(("RELU", (flowing(f"{what}{size}_in", *x.shape),), x))
            y = flowing(f"{what}{size}_rows", 1, size * size * anchors, width)
            shape = np.asarray(y.shape, np.int32)
            links.append(("RESHAPE", (x, Value("", shape.shape, shape.dtype, shape)), y))
            rows.append(y)
        joined = flowing(f"{what}_rows", 1, sum(row.shape[1] for row in rows), width)
        links.append(("CONCATENATION", tuple(rows), joined))
        if what == "class":
            scores = flowing("scores", *joined.shape)
            links.append(("LOGISTIC", (joined,), scores))
            joined = scores
        real = flowing(f"{what}_real", *joined.shape, dtype="float32")
        links.append(("DEQUANTIZE", (joined,), real))
        ends.append(real)
    return chain(*links, outputs=tuple(ends))


@pytest.mark.parametrize(
    ("model", "levels", "classes"),
    [
        ("efficientdet_lite0_320_ptq", dict.fromkeys((40, 20, 10, 5, 3), 9), 90),
        ("efficientdet_lite1_384_ptq", dict.fromkeys((48, 24, 12, 6, 3), 9), 90),
        ("efficientdet_lite2_448_ptq", dict.fromkeys((56, 28, 14, 7, 4), 9), 90),
        ("efficientdet_lite3x_640_ptq", dict.fromkeys((80, 40, 20, 10, 5), 9), 90),
        ("tf2_ssd_mobilenet_v1_fpn_640x640_coco17_ptq", dict.fromkeys((80, 40, 20, 10, 5), 6), 91),
        ("ssdlite_mobiledet_coco_qat_postprocess", {20: 3, 10: 6, 5: 6, 3: 6, 2: 6, 1: 6}, 91),
    ],
)
def test_detector_heads(model: str, levels: dict[int, int], classes: int, tmp_path: Path):
    """Everything before the head maps, and TFLite_Detection_PostProcess behind it is the CPU's."""
    published = next(one for one in OBSERVED["models"] if one["name"] == model)
    found = forecast(written(head(levels, classes), tmp_path))
    assert found.total - found.mapped + 1 == published["cpu"]
