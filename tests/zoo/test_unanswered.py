"""Sources that give no answers to synthetic inputs."""

from pathlib import Path

from zoo import pipeline
from zoo.request import Request
from zoo.targets import BY_NAME


def test_a_source_that_does_not_run_on_synthetic_inputs_is_converted_and_said_to_be_unverified(
    tmp_path: Path,
) -> None:
    """A reshape to a computed shape: no synthetic shape fits, the conversion does not depend on it."""
    from onnx import TensorProto, helper, save

    graph = helper.make_graph(
        [helper.make_node("Reshape", ["x", "shape"], ["y"])],
        "g",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 5]),
            helper.make_tensor_value_info("shape", TensorProto.INT64, [2]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), str(tmp_path / "r.onnx"))
    request = Request("r", tmp_path / "out", model=tmp_path / "r.onnx", targets=(BY_NAME["float32"],))
    manifest = pipeline.run(request).manifest
    assert manifest.artifacts[0].checks == ()
    assert any("not verified" in note for note in manifest.notes)
