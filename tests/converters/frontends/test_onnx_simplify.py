"""onnx-simplifier in its own process: fewer ops, same numbers, same bytes; a failure keeps the original."""

from pathlib import Path

import numpy as np
import pytest

from converters.frontends import onnx_simplify
from converters.frontends.onnx_simplify import simplify
from registry.errors import InputError, StorageError

pytestmark = pytest.mark.slow


def write_foldable(path: Path) -> None:
    """y = reshape(x, concat([1], [6])) + (1 + 2): the shape and the sum fold away."""
    from onnx import TensorProto, checker, helper, numpy_helper, save

    nodes = [
        helper.make_node("Concat", ["one", "six"], ["shape"], axis=0),
        helper.make_node("Reshape", ["x", "shape"], ["r"]),
        helper.make_node("Add", ["a", "b"], ["c"]),
        helper.make_node("Add", ["r", "c"], ["y"]),
    ]
    constants = {
        "one": np.array([1], np.int64),
        "six": np.array([6], np.int64),
        "a": np.array([1.0], np.float32),
        "b": np.array([2.0], np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 6])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    save(model, path)


def test_constants_fold_and_bytes_repeat(tmp_path: Path) -> None:
    from converters.verify.runtimes import open_runtime

    write_foldable(tmp_path / "a.onnx")
    report = simplify(tmp_path / "a.onnx", tmp_path / "out" / "b.onnx")
    assert (report.ops_before, report.ops_after, report.reason) == (4, 2, "")
    assert report.version
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert open_runtime(tmp_path / "out" / "b.onnx").run({"x": x})["y"].tolist() == [[3, 4, 5, 6, 7, 8]]
    simplify(tmp_path / "a.onnx", tmp_path / "c.onnx")
    assert (tmp_path / "c.onnx").read_bytes() == (tmp_path / "out" / "b.onnx").read_bytes()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["b.onnx"]


def test_failure_keeps_the_original(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"no model at all")
    report = simplify(tmp_path / "a.onnx", tmp_path / "b.onnx")
    assert "the original was kept" in report.reason
    assert (tmp_path / "b.onnx").read_bytes() == b"no model at all"


def test_absent_package_and_time_limit_keep_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_foldable(tmp_path / "a.onnx")
    late = simplify(tmp_path / "a.onnx", tmp_path / "b.onnx", timeout_s=0.05)
    assert "time limit" in late.reason
    assert (tmp_path / "b.onnx").read_bytes() == (tmp_path / "a.onnx").read_bytes()
    monkeypatch.setattr(onnx_simplify, "find_spec", lambda name: None)
    assert "not installed" in simplify(tmp_path / "a.onnx", tmp_path / "c.onnx").reason
    assert (tmp_path / "c.onnx").exists()


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no ONNX file"):
        simplify(tmp_path / "none.onnx", tmp_path / "b.onnx")
    write_foldable(tmp_path / "a.onnx")
    with pytest.raises(StorageError, match="Cannot write"):
        simplify(tmp_path / "a.onnx", tmp_path / "a.onnx" / "b.onnx")


def test_a_result_that_does_not_run_is_not_taken(tmp_path: Path) -> None:
    """A slice assignment that covers nothing: empty indices joined along the last axis; the answer is the input, either way."""
    from onnx import helper, numpy_helper, save

    from converters.verify.runtimes import open_runtime

    part = numpy_helper.from_array(np.zeros((0, 7, 1), np.int64), "part")
    constants = [
        part,
        numpy_helper.from_array(np.zeros((2, 3, 7), np.float32), "table"),
        numpy_helper.from_array(np.zeros((0, 7), np.float32), "values"),
    ]
    nodes = [
        helper.make_node("Concat", ["part", "part", "part"], ["places"], axis=-1),
        helper.make_node("ScatterND", ["table", "places", "values"], ["filled"]),
        helper.make_node("Add", ["x", "filled"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(name, 1, [2, 3, 7]) for name in "xy"]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], constants)
    save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8),
        tmp_path / "a.onnx",
    )
    report = simplify(tmp_path / "a.onnx", tmp_path / "b.onnx")
    x = np.ones((2, 3, 7), np.float32)
    assert np.array_equal(open_runtime(tmp_path / "b.onnx").run({"x": x})["y"], x), report
    assert "original was kept" in report.reason
